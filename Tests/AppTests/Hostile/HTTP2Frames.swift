/// Frames of HTTP/2, written by hand (RFC 9113 §4.1, §6).
enum HTTP2Frames {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    static let endStream: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4

    static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind.rawValue, flags]
            + self.number(stream) + payload
    }

    static func settings(_ pairs: [(UInt16, UInt32)] = []) -> [UInt8] {
        self.frame(.settings, pairs.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] + self.number($1) })
    }

    /// A head in literals without indexing (RFC 7541 §6.2.2), none of them longer than 126 bytes.
    static func head(_ method: String, _ path: String, _ fields: [(String, String)] = []) -> [UInt8] {
        ([(":method", method), (":path", path), (":scheme", "https"), (":authority", "localhost")] + fields)
            .flatMap { self.field($0, $1) }
    }

    static func field(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }

    static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    /// The frames in what was received, whole ones.
    static func parse(_ bytes: [UInt8]) -> [(kind: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] {
        var frames: [(UInt8, UInt8, UInt32, [UInt8])] = []
        var index = 0
        while index + 9 <= bytes.count {
            let length = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            guard index + 9 + length <= bytes.count else { break }
            let stream = bytes[index + 5..<index + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            frames.append(
                (bytes[index + 3], bytes[index + 4], stream, Array(bytes[index + 9..<index + 9 + length]))
            )
            index += 9 + length
        }
        return frames
    }

    /// Streams that the server has reset.
    static func resets(_ bytes: [UInt8]) -> Set<UInt32> {
        Set(self.parse(bytes).filter { $0.kind == Kind.reset.rawValue }.map(\.stream))
    }

    /// The error code of the GOAWAY in what was received.
    static func goAwayCode(_ bytes: [UInt8]) -> UInt32? {
        self.parse(bytes).last { $0.kind == Kind.goAway.rawValue && $0.payload.count >= 8 }
            .map { $0.payload[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
    }
}
