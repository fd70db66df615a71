/// Makes the ids that the lines carry.
///
/// Random enough to be unique among the processes of one machine; not for secrets.
struct Identifiers {
    private static let hexDigits = Array("0123456789abcdef".utf8)
    private var state = UInt64.random(in: .min ... .max)

    /// A fresh random UUID (version 4), lower case.
    mutating func uuid() -> String {
        var high = self.next()
        var low = self.next()
        high = (high & ~0xF000) | 0x4000
        low = (low & ~(0b11 << 62)) | (0b10 << 62)
        let hex = Self.hex(high) + Self.hex(low)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, digit) in hex.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A fresh id with a prefix, as the API makes them: `msg_…`, `toolu_…`.
    mutating func prefixed(_ prefix: String) -> String {
        prefix + String(decoding: Self.hex(self.next()), as: UTF8.self)
    }

    private static func hex(_ value: UInt64) -> [UInt8] {
        (0..<16).map { Self.hexDigits[Int(truncatingIfNeeded: value >> (60 - 4 * UInt64($0))) & 0xF] }
    }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
