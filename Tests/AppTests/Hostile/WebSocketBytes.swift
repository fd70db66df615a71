/// What a client of RFC 6455 says, as bytes, broken ones too.
enum WebSocketBytes {
    static func handshake(_ path: String) -> [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r
            Host: localhost\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r

            """.utf8
        )
    }

    /// A frame with a mask of zeros, or none.
    static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8] = [],
        isFinal: Bool = true,
        isMasked: Bool = true,
        length: UInt64? = nil
    ) -> [UInt8] {
        let mask: UInt8 = isMasked ? 0x80 : 0
        var frame = [opcode | (isFinal ? 0x80 : 0)]
        let length = length ?? UInt64(payload.count)
        switch length {
        case 0...125: frame.append(mask | UInt8(length))
        case 126...65_535: frame += [mask | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: frame += [mask | 127] + stride(from: 56, through: 0, by: -8).map { UInt8(length >> UInt64($0) & 0xFF) }
        }
        if isMasked { frame += [0, 0, 0, 0] }
        return frame + payload
    }

    /// The code of the close frame that the server has sent last.
    static func closeCode(_ socket: RawSocket) -> Int? {
        guard let head = socket.text.firstRange(of: "\r\n\r\n") else { return nil }
        let start = socket.text[..<head.upperBound].utf8.count
        var bytes = Array(socket.received.dropFirst(start))
        while bytes.count >= 2 {
            let length: Int
            let prefix: Int
            switch bytes[1] {
            case 126 where bytes.count >= 4: (length, prefix) = (Int(bytes[2]) << 8 | Int(bytes[3]), 4)
            case 127 where bytes.count >= 10: (length, prefix) = (bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }, 10)
            case 0...125: (length, prefix) = (Int(bytes[1]), 2)
            default: return nil
            }
            guard bytes.count >= prefix + length else { return nil }
            if bytes[0] == 0x88, length >= 2 { return Int(bytes[prefix]) << 8 | Int(bytes[prefix + 1]) }
            bytes.removeFirst(prefix + length)
        }
        return nil
    }
}
