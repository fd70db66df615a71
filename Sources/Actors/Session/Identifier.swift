/// Makes the ids that clients see.
package enum Identifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    /// 20 characters of five bits: 100 bits, enough that an id cannot be guessed.
    private static let length = 20

    package static func session() -> String { Self.make("s_") }
    package static func turn() -> String { Self.make("t_") }
    package static func message() -> String { Self.make("m_") }

    private static func make(_ prefix: String) -> String {
        var text = prefix
        for _ in 0..<Self.length { text.append(Self.alphabet[Int.random(in: 0..<32)]) }
        return text
    }

    /// Whether a client may choose this id for a session: 1 to 64 of `A-Z a-z 0-9 _ -`.
    package static func isAcceptable(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
