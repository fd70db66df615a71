import Foundation
import NIOCore

/// The secret that a client holds: `troupe_<id>_<secret>`, where the id names the key and the secret has 256 random bits.
package enum KeyToken {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    /// Digits of the id after its `k`: told in lists and logs, so it need only be unique.
    private static let idLength = 8
    /// Digits of five bits: 260 bits.
    private static let secretLength = 52

    /// A new token, and the id in it.
    package static func make() -> (token: String, id: String) {
        let id = "k" + Self.digits(Self.idLength)
        return ("troupe_\(id)_\(Self.digits(Self.secretLength))", id)
    }

    /// What is kept of a token.
    package static func digest(_ token: String) -> String {
        Digest.sha256(ByteBuffer(string: token))
    }

    private static func digits(_ count: Int) -> String {
        // The system's generator: getrandom(2).
        String((0..<count).map { _ in Self.alphabet.randomElement() ?? "0" })
    }
}
