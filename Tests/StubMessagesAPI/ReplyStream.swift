import NIOCore

/// Turns a reply into the API's server-sent events, as much at a time as the reader takes.
///
/// Shape: <https://docs.anthropic.com/en/api/messages-streaming>. Decides only; the caller owns the connection and the
/// clock. Holds the reply and a position in it, so that an endless reply needs no more memory than a short one.
struct ReplyStream {
    enum Progress: Equatable {
        /// The limit was reached; ask again when the reader has caught up.
        case more
        /// Nothing is due before that instant.
        case wait(until: NIODeadline)
        /// Nothing will ever come; leave the connection open.
        case stall
        /// Cut the connection.
        case drop
        /// That was all.
        case finish
    }

    private enum State {
        /// Nothing was sent. May go to `between`.
        case opening
        /// A block may start. May go to `inside`, `ended`.
        case between(next: Int)
        /// In a block. May go to `between`, `ended`.
        case inside(Int, Rest)
        /// All was sent. Final.
        case ended(Progress)
    }

    /// What of a block is still to be sent.
    private enum Rest {
        case text(Substring, piece: Int)
        case filler(Int, piece: Int)
        case counted(next: Int, count: Int, isThinking: Bool, began: NIODeadline)
        case json(Substring)
    }

    private let reply: Reply
    private let writer: MessageWriter
    private var state = State.opening
    private var outputTokens = 0

    init(_ reply: Reply, writer: MessageWriter) {
        self.reply = reply
        self.writer = writer
    }

    /// Appends what is due at `now` to `buffer`, until that holds `limit` bytes or a little more.
    mutating func write(to buffer: inout ByteBuffer, limit: Int, now: NIODeadline) -> Progress {
        while buffer.readableBytes < limit {
            switch self.state {
            case .opening:
                buffer.writeString("event: message_start\ndata: {\"type\":\"message_start\",\"message\":")
                self.writer.writeMessage(content: nil, reason: nil, outputTokens: 1, to: &buffer)
                buffer.writeString("}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")
                self.state = .between(next: 0)
            case .between(let next) where next < self.reply.blocks.count:
                self.state = .inside(next, self.start(next, to: &buffer, now: now))
            case .between:
                self.writeClosing(to: &buffer)
                self.state = .ended(.finish)
            case .inside(let index, let rest):
                switch self.advance(rest, index, to: &buffer, now: now) {
                case .rest(let rest): self.state = .inside(index, rest)
                case .done: self.end(index, to: &buffer)
                case .notBefore(let instant): return .wait(until: instant)
                }
            case .ended(let progress):
                return progress
            }
        }
        return .more
    }

    // MARK: One block

    private func start(_ index: Int, to buffer: inout ByteBuffer, now: NIODeadline) -> Rest {
        buffer.writeString(
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":\(index),"
                + "\"content_block\":{\"type\":"
        )
        let rest: Rest
        switch self.reply.blocks[index] {
        case .text(let text, let piece):
            buffer.writeString(#""text","text":"""#)
            rest = .text(text[...], piece: piece)
        case .filler(let count, let piece):
            buffer.writeString(#""text","text":"""#)
            rest = .filler(count, piece: piece)
        case .tokens(let count):
            buffer.writeString(#""text","text":"""#)
            rest = .counted(next: 0, count: count, isThinking: false, began: now)
        case .thinking(let count):
            buffer.writeString(#""thinking","thinking":"","signature":"""#)
            rest = .counted(next: 0, count: count, isThinking: true, began: now)
        case .tool(let name, let input):
            buffer.writeString(#""tool_use","id":"\#(MessageWriter.makeID("toolu"))","name":"#)
            buffer.writeJSON(name)
            buffer.writeString(#","input":{}"#)
            rest = .json(input[...])
        }
        buffer.writeString("}}\n\n")
        return rest
    }

    private enum Advance {
        case rest(Rest)
        case done
        case notBefore(NIODeadline)
    }

    private mutating func advance(
        _ rest: Rest,
        _ index: Int,
        to buffer: inout ByteBuffer,
        now: NIODeadline
    ) -> Advance {
        switch rest {
        case .text(let text, let piece):
            guard let (head, tail) = Self.cut(text, piece) else { return .done }
            self.outputTokens += max(1, head.utf8.count / 4)
            Self.writeDelta(index, "text_delta", "text", to: &buffer) { $0.writeJSON(head) }
            return .rest(.text(tail, piece: piece))
        case .json(let text):
            guard let (head, tail) = Self.cut(text, 256) else { return .done }
            self.outputTokens += max(1, head.utf8.count / 4)
            Self.writeDelta(index, "input_json_delta", "partial_json", to: &buffer) { $0.writeJSON(head) }
            return .rest(.json(tail))
        case .filler(let count, let piece):
            guard count > 0 else { return .done }
            let size = min(count, piece)
            self.outputTokens += max(1, size / 4)
            Self.writeDelta(index, "text_delta", "text", to: &buffer) {
                $0.writeString("\"")
                $0.writeRepeatingByte(UInt8(ascii: "x"), count: size)
                $0.writeString("\"")
            }
            return .rest(.filler(count - size, piece: piece))
        case .counted(let next, let count, let isThinking, let began):
            guard next < count else {
                if isThinking {
                    Self.writeDelta(index, "signature_delta", "signature", to: &buffer) {
                        $0.writeString(#""c3R1Yg==""#)
                    }
                }
                return .done
            }
            if let rate = self.reply.rate {
                let due = began + .nanoseconds(Int64(Double(next) / rate * 1e9))
                if now < due { return .notBefore(due) }
            }
            self.outputTokens += 1
            let name = isThinking ? "thinking" : "text"
            Self.writeDelta(index, name + "_delta", name, to: &buffer) {
                $0.writeString("\"\(isThinking ? "t" : "w")\(next) \"")
            }
            return .rest(.counted(next: next + 1, count: count, isThinking: isThinking, began: began))
        }
    }

    private mutating func end(_ index: Int, to buffer: inout ByteBuffer) {
        switch self.reply.ending {
        case .stop:
            buffer.writeString(
                "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":\(index)}\n\n"
            )
            self.state = .between(next: index + 1)
        case .error:
            buffer.writeString("event: error\ndata: ")
            buffer.writeString(
                #"{"type":"error","error":{"type":"overloaded_error","message":"stub mid-stream"}}"#
            )
            buffer.writeString("\n\n")
            self.state = .ended(.finish)
        case .drop:
            self.state = .ended(.drop)
        case .stall:
            self.state = .ended(.stall)
        }
    }

    // MARK: Writing

    private func writeClosing(to buffer: inout ByteBuffer) {
        var reason = "end_turn"
        if case .stop(let given) = self.reply.ending { reason = given }
        buffer.writeString("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":")
        buffer.writeJSON(reason)
        buffer.writeString(",\"stop_sequence\":null},\"usage\":{\"output_tokens\":\(max(1, self.outputTokens))}}\n\n")
        buffer.writeString("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }

    private static func writeDelta(
        _ index: Int,
        _ type: String,
        _ key: String,
        to buffer: inout ByteBuffer,
        value: (inout ByteBuffer) -> Void
    ) {
        buffer.writeString(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":\(index),"
                + "\"delta\":{\"type\":\"\(type)\",\"\(key)\":"
        )
        value(&buffer)
        buffer.writeString("}}\n\n")
    }

    /// The first `length` scalars and the others; nil at the end.
    private static func cut(_ text: Substring, _ length: Int) -> (Substring, Substring)? {
        if text.isEmpty { return nil }
        let end = text.unicodeScalars.index(text.startIndex, offsetBy: length, limitedBy: text.endIndex)
        return (text[..<(end ?? text.endIndex)], text[(end ?? text.endIndex)...])
    }
}
