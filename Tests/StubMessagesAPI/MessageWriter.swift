import NIOCore

/// Writes one message of the API as JSON and as server-sent events, into buffers and without a tree in between.
struct MessageWriter {
    /// Every id starts so, so that a reader of a transcript sees who answered.
    let id: String
    let model: String
    let inputTokens: Int

    init(model: String, bodyBytes: Int) {
        self.id = Self.makeID("msg")
        self.model = model
        self.inputTokens = max(1, bodyBytes / 40)
    }

    static func makeID(_ prefix: String) -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "\(prefix)_stub" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The message object up to its content, or whole with `content` and `reason`.
    func writeMessage(content: ByteBuffer?, reason: String?, outputTokens: Int, to buffer: inout ByteBuffer) {
        buffer.writeString(#"{"id":"\#(self.id)","type":"message","role":"assistant","model":"#)
        buffer.writeJSON(self.model)
        buffer.writeString(#","content":["#)
        if let content { buffer.writeImmutableBuffer(content) }
        buffer.writeString(#"],"stop_reason":"#)
        if let reason { buffer.writeJSON(reason) } else { buffer.writeString("null") }
        buffer.writeString(
            #","stop_sequence":null,"usage":{"input_tokens":\#(self.inputTokens),"cache_creation_input_tokens":0,"#
                + #""cache_read_input_tokens":0,"output_tokens":\#(outputTokens),"service_tier":"standard"}}"#
        )
    }

    /// The whole message for a request that did not ask for a stream.
    ///
    /// Endings other than a stop are for streams only; here they are a plain end of the turn.
    func whole(_ reply: Reply) -> ByteBuffer {
        var content = ByteBuffer()
        var outputTokens = 0
        for block in reply.blocks {
            if content.readableBytes > 0 { content.writeString(",") }
            outputTokens += Self.writeWhole(block, to: &content)
        }
        var reason = "end_turn"
        if case .stop(let given) = reply.ending { reason = given }
        var buffer = ByteBuffer()
        self.writeMessage(content: content, reason: reason, outputTokens: max(1, outputTokens), to: &buffer)
        return buffer
    }

    /// Writes a block as it stands in a whole message and returns its tokens, of which there are 100 000 at most.
    private static func writeWhole(_ block: Reply.Block, to buffer: inout ByteBuffer) -> Int {
        switch block {
        case .text(let text, _):
            buffer.writeString(#"{"type":"text","text":"#)
            buffer.writeJSON(text)
            buffer.writeString("}")
            return text.utf8.count / 4
        case .filler(let count, _):
            buffer.writeString(#"{"type":"text","text":""#)
            buffer.writeRepeatingByte(UInt8(ascii: "x"), count: count)
            buffer.writeString(#""}"#)
            return count / 4
        case .tokens(let count):
            let count = min(count, 100_000)
            buffer.writeString(#"{"type":"text","text":""#)
            for index in 0..<count { buffer.writeString(index == 0 ? "w0" : " w\(index)") }
            buffer.writeString(#""}"#)
            return count
        case .thinking(let count):
            let count = min(count, 100_000)
            buffer.writeString(#"{"type":"thinking","thinking":""#)
            for index in 0..<count { buffer.writeString("t\(index) ") }
            buffer.writeString(#"","signature":"c3R1Yg=="}"#)
            return count
        case .tool(let name, let input):
            buffer.writeString(#"{"type":"tool_use","id":"\#(Self.makeID("toolu"))","name":"#)
            buffer.writeJSON(name)
            buffer.writeString(#","input":\#(input)}"#)
            return 20
        }
    }
}

extension ByteBuffer {
    /// Writes `text` as a JSON string with its quotes (RFC 8259 §7); everything past ASCII goes as it is.
    mutating func writeJSON(_ text: some StringProtocol) {
        self.writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.writeInteger(UInt8(ascii: "\\"))
                self.writeInteger(byte)
            case UInt8(ascii: "\n"):
                self.writeStaticString(#"\n"#)
            case ..<0x20:
                self.writeString(#"\u00"# + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
            default:
                self.writeInteger(byte)
            }
        }
        self.writeInteger(UInt8(ascii: "\""))
    }
}
