package import Actors
import COpenSSL
import Foundation
import Synchronization

/// The keys in force.
///
/// Asked for every request, read again on SIGHUP. A server without any is open to whoever reaches it.
package final class KeyRing: Sendable {
    /// A key that is given to the server in plain: `name:token`, or a token alone.
    package struct PlainKey: Sendable {
        let name: String
        let token: String

        /// What may not be guessed has this many characters at least.
        private static let minimumBytes = 16

        /// - Returns: `nil` for one that is too short to be a secret.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard let token = parts.last, token.utf8.count >= Self.minimumBytes else { return nil }
            self.token = token
            self.name = parts.count == 2 ? parts[0] : "environment"
        }
    }

    private struct State {
        var keys: [AccessKey]
        /// When each opened the server last, RFC 3339.
        var lastUse: [String: String]
        var hasNewUses = false
    }

    private let file: KeyFile?
    private let plain: [AccessKey]
    private let state: Mutex<State>
    /// Fixed at the start: a server with keys does not become open because its file was emptied.
    package let isRequired: Bool

    /// - Parameters:
    ///   - file: read now and with each `reload`.
    ///   - plain: keys given otherwise, with the usual scopes and `admin`.
    /// - Throws: `KeyFile.Fault`.
    package init(file: KeyFile? = nil, plain: [PlainKey] = []) throws(KeyFile.Fault) {
        self.file = file
        self.plain = plain.map { key in
            let digest = KeyToken.digest(key.token)
            return AccessKey(
                id: "e\(digest.prefix(8))",
                name: key.name,
                digest: digest,
                scopes: Set(Scope.allCases),
                createdAt: "1970-01-01T00:00:00.000Z"
            )
        }
        let keys = try (file?.read() ?? []) + self.plain
        self.state = Mutex(State(keys: keys, lastUse: file?.readUses() ?? [:]))
        self.isRequired = !keys.isEmpty
    }

    private init(open: Void) {
        self.file = nil
        self.plain = []
        self.state = Mutex(State(keys: [], lastUse: [:]))
        self.isRequired = false
    }

    /// No keys: everybody may do everything.
    package static let open = KeyRing(open: ())

    /// Who holds a token.
    ///
    /// Every key is compared, in constant time each (`CRYPTO_memcmp(3)`), whatever the token: wrong ones cost what right
    /// ones do.
    ///
    /// - Returns: `nil` for a token that opens nothing (any more).
    func caller(_ token: String) -> Caller? {
        let digest = Array(KeyToken.digest(token).utf8)
        return self.state.withLock { state in
            var found: Int?
            for index in state.keys.indices {
                var known = state.keys[index].digest
                let isEqual = known.withUTF8 { bytes in
                    bytes.count == digest.count && CRYPTO_memcmp(bytes.baseAddress, digest, digest.count) == 0
                }
                if isEqual { found = index }
            }
            guard let found, Self.isInForce(state.keys[found]) else { return nil }
            state.lastUse[state.keys[found].id] = Timestamp.now()
            state.hasNewUses = true
            return Caller(state.keys[found])
        }
    }

    /// The key of an id as it is now; `nil` when it is gone or has expired.
    func key(_ id: String) -> AccessKey? {
        self.state.withLock { $0.keys.first { $0.id == id } }.flatMap { Self.isInForce($0) ? $0 : nil }
    }

    /// What the key of an id is held to.
    package func limits(of id: String) -> KeyLimits? {
        self.key(id)?.limits
    }

    /// Whether a caller's key, and the viewer link made with it, still opens the server: asked again while its streams last.
    func isInForce(_ caller: Caller, now: Date = Date()) -> Bool {
        if let left = caller.timeLeft(now: now), left <= .zero { return false }
        guard let key = caller.key else { return !self.isRequired }
        return self.key(key.id) != nil
    }

    /// Whether who made something with a key may (still) see the sessions of an owner: asked for what goes on by itself.
    ///
    /// - Parameters:
    ///   - id: the key's; `nil` for what was made on a server without keys.
    ///   - owner: the sessions'.
    /// - Returns: `false` once the key is gone.
    func maySee(keyOf id: String?, sessionsOf owner: String?) -> Bool {
        guard let id else { return !self.isRequired }
        return self.key(id).map { Caller($0).maySee(owner: owner) && Caller($0).may(.read) } ?? false
    }

    /// All of them, for those who may see them.
    package var all: [AccessKey] { self.state.withLock(\.keys) }

    /// When each opened the server last, by its id.
    package var lastUses: [String: String] { self.state.withLock(\.lastUse) }

    /// Writes down when keys were used, beside their file, where that has changed: `troupe keys list` shows it.
    ///
    /// What cannot be written is left for the next time.
    package func keepUses() {
        guard let file else { return }
        let uses: [String: String]? = self.state.withLock { state in
            guard state.hasNewUses else { return nil }
            state.hasNewUses = false
            let known = Set(state.keys.map(\.id))
            state.lastUse = state.lastUse.filter { known.contains($0.key) }
            return state.lastUse
        }
        guard let uses, !file.writeUses(uses) else { return }
        self.state.withLock { $0.hasNewUses = true }
    }

    /// Reads the file again; a broken one leaves the old keys in force.
    ///
    /// - Returns: what has changed, a line each, without anything secret.
    /// - Throws: `KeyFile.Fault`.
    package func reload() throws(KeyFile.Fault) -> [String] {
        let keys = try (self.file?.read() ?? []) + self.plain
        let old = self.state.withLock { state in
            let old = state.keys
            state.keys = keys
            return old
        }
        let before = Dictionary(old.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(keys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var changes = after.keys.filter { before[$0] == nil }.map { "key \($0) added" }
        changes += before.keys.filter { after[$0] == nil }.map { "key \($0) revoked" }
        changes += after.values.filter { before[$0.id].map { old in old != after[old.id] } ?? false }
            .map { "key \($0.id) changed" }
        return changes.sorted()
    }

    private static func isInForce(_ key: AccessKey) -> Bool {
        // A time that cannot be read has passed.
        key.expiresAt.map { (Timestamp.remaining(until: $0) ?? .zero) > .zero } ?? true
    }
}
