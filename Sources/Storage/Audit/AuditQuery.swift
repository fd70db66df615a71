/// Which acts are wanted; `nil` stands for any.
package struct AuditQuery: Sendable {
    package var session: String?
    /// Whose session it is.
    package var owner: String?
    /// The id of a key, or a caller's name.
    package var actor: String?
    package var action: String?
    /// RFC 3339: no earlier, and earlier than.
    package var from: String?
    package var to: String?
    /// The key that asks: its own acts, and those on its own sessions.
    ///
    /// `nil` for one that may see everything.
    package var asker: String?
    /// Only entries before this one.
    package var before: Int64?
    package var limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    /// Whether an entry is wanted.
    package func matches(_ entry: AuditEntry) -> Bool {
        if let session, entry.session != session { return false }
        if let owner, entry.owner != owner { return false }
        if let actor, entry.key != actor, entry.actor != actor { return false }
        if let action, entry.action != action { return false }
        if let from, entry.at < from { return false }
        if let to, entry.at >= to { return false }
        if let asker, entry.key != asker, entry.owner != asker { return false }
        if let before, entry.number >= before { return false }
        return true
    }
}
