import NIOCore

/// Writes the server's WebSocket frames: unmasked, unfragmented (RFC 6455 §5.2), so that one buffer serves every reader.
enum WebSocketWriter {
    static func append(text: ByteBuffer, to buffer: inout ByteBuffer) {
        Self.append(opcode: 0x1, payload: text, to: &buffer)
    }

    /// A ping, a pong or a close; the payload is cut at 125 bytes, the limit of control frames (RFC 6455 §5.5).
    static func control(opcode: UInt8, payload: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        var payload = payload
        Self.append(
            opcode: opcode,
            payload: payload.readSlice(length: min(125, payload.readableBytes)) ?? payload,
            to: &buffer
        )
        return buffer
    }

    static func close(_ code: UInt16, reason: String) -> ByteBuffer {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        payload.writeString(reason)
        return Self.control(opcode: 0x8, payload: payload)
    }

    private static func append(opcode: UInt8, payload: ByteBuffer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(0x80 | opcode)
        switch payload.readableBytes {
        case 0...125:
            buffer.writeInteger(UInt8(payload.readableBytes))
        case 126...Int(UInt16.max):
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(payload.readableBytes))
        default:
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(payload.readableBytes))
        }
        buffer.writeImmutableBuffer(payload)
    }
}
