/// Makes the ids that clients see.
package enum Identifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    /// 20 characters of five bits: 100 bits, enough that an id cannot be guessed.
    private static let length = 20

    package static func session() -> String { Self.make("s_") }
    package static func turn() -> String { Self.make("t_") }
    package static func message() -> String { Self.make("m_") }
    package static func approval() -> String { Self.make("a_") }
    package static func job() -> String { Self.make("j_") }
    package static func webhook() -> String { Self.make("w_") }
    package static func delivery() -> String { Self.make("d_") }
    /// What a webhook's calls are signed with, where its client brings nothing of its own: 200 bits.
    package static func secret() -> String { "whsec_\(Self.make(""))\(Self.make(""))" }

    private static func make(_ prefix: String) -> String {
        var text = prefix
        // Two draws, as each asks the kernel: ten characters from each.
        for _ in 0..<2 {
            var bits = UInt64.random(in: .min ... .max)
            for _ in 0..<(Self.length / 2) {
                text.append(Self.alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
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
