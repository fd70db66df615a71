import Actors
import Foundation
import NIOCore

/// A permission to connect that may stand in a URL: for a minute everything its maker may do, or for longer to look at one
/// session.
///
/// Signed with the digest of its maker's key (HMAC-SHA256), so that nothing is kept of it and it ends with the key. Form:
/// `<payload>.<signature>`, both base64url; the payload is `key id|expiry|session` with the expiry in Unix seconds.
struct Ticket: Equatable {
    /// What a browser gets to open its socket or stream.
    static let connectLife: TimeInterval = 60
    /// The longest a viewer link lasts.
    static let maximumViewerLife: TimeInterval = 30 * 24 * 3600

    let keyID: String
    let expires: Int
    /// The one session it shows, as `owner~id`; `nil` for all its maker may do.
    let session: String?

    init(keyID: String, expires: Int, session: String?) {
        self.keyID = keyID
        self.expires = expires
        self.session = session
    }

    func signed(with secret: String) -> String {
        let payload = Data("\(self.keyID)|\(self.expires)|\(self.session ?? "")".utf8)
        let signature = Digest.hmacSHA256(key: ByteBuffer(string: secret), ByteBuffer(bytes: payload))
        return "\(Self.base64url(payload)).\(signature)"
    }

    /// Reads a ticket without believing it: `isGenuine` says whether to.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 512, parts.count == 2, let payload = Self.data(String(parts[0])),
            let payload = String(data: payload, encoding: .utf8)
        else { return nil }
        let fields = payload.split(separator: "|", omittingEmptySubsequences: false)
        guard fields.count == 3, let expires = Int(fields[1]) else { return nil }
        self.init(keyID: String(fields[0]), expires: expires, session: fields[2].isEmpty ? nil : String(fields[2]))
    }

    /// Whether `text` is this ticket, signed with `secret`.
    func isGenuine(_ text: String, secret: String) -> Bool {
        Digest.isEqual(self.signed(with: secret), text)
    }

    private static func base64url(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func data(_ text: String) -> Data? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4))
    }
}
