/// Base64 as in RFC 4648, section 4, strictly: padded, no white space, no bits left over.
enum Base64 {
    private static let invalid: UInt8 = 0xFF

    /// The value of each character, or `invalid`.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: Self.invalid, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The bytes that `text` stands for, or nil if it is not base64.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        guard let last = text.last else { return [] }
        let padding = last != UInt8(ascii: "=") ? 0 : text[text.count - 2] != UInt8(ascii: "=") ? 1 : 2
        let whole = (text.count - (padding == 0 ? 0 : 4)) / 4
        var isValid = true
        var bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { output, count in
            Self.values.withUnsafeBufferPointer { values in
                var seen: UInt8 = 0
                for group in 0..<whole {
                    let a = values[Int(text[group &* 4])]
                    let b = values[Int(text[group &* 4 &+ 1])]
                    let c = values[Int(text[group &* 4 &+ 2])]
                    let d = values[Int(text[group &* 4 &+ 3])]
                    seen |= a | b | c | d
                    output[group &* 3] = a << 2 | b >> 4
                    output[group &* 3 &+ 1] = b << 4 | c >> 2
                    output[group &* 3 &+ 2] = c << 6 | d
                }
                // Values have six bits; only `invalid` has the highest.
                isValid = seen & 0x80 == 0
            }
            count = whole * 3
        }
        guard isValid else { return nil }
        guard padding > 0 else { return bytes }
        guard let rest = Self.decodeLast(text[(whole * 4)...].dropLast(padding)) else { return nil }
        bytes += rest
        return bytes
    }

    /// The one or two bytes of two or three characters.
    private static func decodeLast(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        var bits = 0
        for character in text {
            let value = Self.values[Int(character)]
            guard value != Self.invalid else { return nil }
            bits = bits << 6 | Int(value)
        }
        let unused = text.count == 2 ? 4 : 2
        guard bits & (1 << unused - 1) == 0 else { return nil }
        bits >>= unused
        let last = UInt8(truncatingIfNeeded: bits)
        return text.count == 2 ? [last] : [UInt8(truncatingIfNeeded: bits >> 8), last]
    }
}
