import NIOCore
import Storage

/// How events look on one kind of stream: what members of a group that share it can be sent from one buffer.
struct WireForm: Hashable, Sendable {
    enum Framing: Hashable, Sendable {
        /// Server-Sent Events (WHATWG HTML §9.2), in a chunk of its own (RFC 9112 §7.1) where we write below the encoder.
        case serverSentEvents(isNamed: Bool, isChunked: Bool)
        /// One unmasked text frame an event (RFC 6455 §5.2).
        case webSocket
    }

    let framing: Framing
    let filter: EventFilter

    /// The bytes of some events, in one buffer.
    ///
    /// - Parameters:
    ///   - events: in order.
    ///   - supersededThrough: previews at or below are left out.
    /// - Returns: `nil` when the filter lets none through.
    func frame(_ events: some Collection<Event>, supersededThrough: UInt64 = 0) -> ByteBuffer? {
        let wanted = events.filter { event in
            !(event.kind == .preview && event.position <= supersededThrough) && self.filter.passes(event)
        }
        guard !wanted.isEmpty else { return nil }
        return self.write(wanted.map { Piece(envelope: $0.envelope, type: $0.type, event: $0) })
    }

    /// The bytes of one stream frame such as `stream.hello`.
    func frame(_ frame: StreamFrame) -> ByteBuffer {
        self.write([Piece(envelope: frame.envelope, type: frame.type, event: nil)])
    }

    /// What an SSE stream says before anything else; nothing for a WebSocket.
    func preamble(retry: Duration) -> ByteBuffer? {
        guard case .serverSentEvents(_, let isChunked) = self.framing else { return nil }
        let text = ByteBuffer(string: "retry: \(Int(retry / .milliseconds(1)))\n\n")
        return isChunked ? Self.chunk(text) : text
    }

    private struct Piece {
        let envelope: ByteBuffer
        let type: String
        let event: Event?
    }

    private func write(_ pieces: [Piece]) -> ByteBuffer {
        let size = pieces.reduce(0) { $0 + $1.envelope.readableBytes + 96 }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        switch self.framing {
        case .webSocket:
            for piece in pieces { WebSocketWriter.append(text: piece.envelope, to: &buffer) }
        case .serverSentEvents(let isNamed, let isChunked):
            // Room for the chunk's size, filled in when it is known: eight hexadecimal digits may lead with zeros.
            if isChunked { buffer.writeString("00000000\r\n") }
            for piece in pieces { Self.append(piece, isNamed: isNamed, to: &buffer) }
            if isChunked {
                Self.setChunkSize(of: &buffer)
                buffer.writeString("\r\n")
            }
        }
        return buffer
    }

    private static func append(_ piece: Piece, isNamed: Bool, to buffer: inout ByteBuffer) {
        if let event = piece.event, event.kind == .durable { buffer.writeString("id: \(event.cursor)\n") }
        if isNamed { buffer.writeString("event: \(piece.type)\n") }
        buffer.writeString("data: ")
        buffer.writeImmutableBuffer(piece.envelope)
        buffer.writeString("\n\n")
    }

    private static func chunk(_ content: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer(string: "00000000\r\n")
        buffer.writeImmutableBuffer(content)
        Self.setChunkSize(of: &buffer)
        buffer.writeString("\r\n")
        return buffer
    }

    private static func setChunkSize(of buffer: inout ByteBuffer) {
        let digits = String(buffer.readableBytes - 10, radix: 16)
        buffer.setString(String(repeating: "0", count: 8 - digits.count) + digits, at: buffer.readerIndex)
    }
}
