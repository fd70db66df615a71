package import NIOCore

/// One act: who did what, when, to which session, and what came of it.
///
/// No text that a person wrote: ids, sizes, decisions. Each entry holds a digest over itself and the digest of the one
/// before, so that one which is changed or taken out afterwards can be told by reading them in order.
package struct AuditEntry: Sendable, Equatable {
    /// In the order in which they were made, without holes but those that a failing store made.
    package let number: Int64
    /// RFC 3339, UTC, milliseconds.
    package let at: String
    /// What was done, by the name the API's description gives it.
    package let action: String
    /// The id of the caller's key; `nil` for callers without one.
    package let key: String?
    /// The caller's name: the key's, `anonymous`, or `system` for the server itself.
    package let actor: String
    /// The session it was done to.
    package let session: String?
    /// Whose the session is: the id of a key.
    package let owner: String?
    /// What else it was done to: the id of a message, an approval, a key.
    package let target: String?
    /// `done`, or the code of the refusal.
    package let outcome: String
    /// `http`, `websocket`, or `server`.
    package let origin: String
    /// The request's id.
    package let request: String?
    /// A JSON object of short facts.
    package let details: ByteBuffer
    /// SHA-256 over the digest before and this entry, in hexadecimal.
    package var digest = ""

    package init(
        number: Int64,
        at: String,
        action: String,
        key: String?,
        actor: String,
        session: String?,
        owner: String?,
        target: String?,
        outcome: String,
        origin: String,
        request: String?,
        details: ByteBuffer,
        digest: String = ""
    ) {
        self.number = number
        self.at = at
        self.action = action
        self.key = key
        self.actor = actor
        self.session = session
        self.owner = owner
        self.target = target
        self.outcome = outcome
        self.origin = origin
        self.request = request
        self.details = details
        self.digest = digest
    }

    /// What its digest is taken of: every field with its length before it, so that no two entries look alike.
    ///
    /// - Parameter previous: the digest of the entry before; empty for the first.
    /// - Returns: the bytes.
    package func digested(after previous: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        func write(_ field: String?) {
            guard let field else { return _ = buffer.writeString("-;") }
            buffer.writeString("\(field.utf8.count):\(field);")
        }
        write(previous)
        write(String(self.number))
        for field in [self.at, self.action, self.key, self.actor, self.session, self.owner] { write(field) }
        for field in [self.target, self.outcome, self.origin, self.request] { write(field) }
        write(String(buffer: self.details))
        return buffer
    }

    /// What it holds in memory, in bytes.
    var cost: Int { 512 + self.details.readableBytes }
}
