import Actors
import Foundation

@testable import Transport

/// A key file of a test: two users who know nothing of each other, somebody who may only read, an admin, and somebody who may
/// send and not approve.
final class TestKeys: Sendable {
    let path: String
    let alice: String
    let bob: String
    let reader: String
    let admin: String
    let sender: String

    init() throws {
        self.path = NSTemporaryDirectory() + "troupe-keys-\(UUID().uuidString).json"
        let tokens = (0..<5).map { _ in KeyToken.make() }
        (self.alice, self.bob, self.reader, self.admin, self.sender) = (
            tokens[0].token, tokens[1].token, tokens[2].token, tokens[3].token, tokens[4].token
        )
        let scopes: [Set<Scope>] = [Scope.usual, Scope.usual, [.read], Set(Scope.allCases), [.read, .send]]
        let names = ["alice", "bob", "reader", "admin", "sender"]
        try KeyFile(path: self.path).write(
            zip(tokens, zip(names, scopes)).map { token, key in
                Self.key(token, name: key.0, scopes: key.1)
            }
        )
    }

    deinit {
        for path in [self.path, "\(self.path).used"] { try? FileManager.default.removeItem(atPath: path) }
    }

    static func key(
        _ made: (token: String, id: String),
        name: String,
        scopes: Set<Scope> = Scope.usual,
        expiresAt: String? = nil
    ) -> AccessKey {
        AccessKey(
            id: made.id,
            name: name,
            digest: KeyToken.digest(made.token),
            scopes: scopes,
            createdAt: "2026-11-27T00:00:00.000Z",
            expiresAt: expiresAt
        )
    }

    var file: KeyFile { KeyFile(path: self.path) }

    func ring() throws -> KeyRing { try KeyRing(file: self.file) }

    /// Takes a key out of the file.
    func revoke(_ name: String) throws {
        try self.file.write(self.file.read().filter { $0.name != name })
    }
}

extension String {
    /// The header that shows this token.
    var bearer: [String: String] { ["Authorization": "Bearer \(self)"] }
}
