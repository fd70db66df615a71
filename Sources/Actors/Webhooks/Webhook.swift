/// A subscription: which events of which sessions are sent where.
package struct Webhook: Sendable, Equatable, Codable {
    /// `w_…`.
    package let id: String
    /// The key it belongs to; only that key sees it.
    ///
    /// `nil` on a server without keys.
    package let owner: String?
    /// A `WebhookURL`.
    package let url: String
    /// Types or beginnings of types: `turn.ended`, `approval.`, `job.`; `*` for all.
    package let events: [String]
    /// One session, or `nil` for every one that its key may see.
    package let session: String?
    /// What that one is filed under: unlike its id, of all owners unique.
    let storageID: String?
    /// What its calls are signed with.
    package let secret: String
    /// RFC 3339.
    package let createdAt: String
    /// What its maker sent to have it made once.
    let creation: IdempotencyKey?

    /// - Parameters:
    ///   - owner: the key it belongs to.
    ///   - url: of a `WebhookURL`.
    ///   - events: beginnings of types.
    ///   - session: the one it is about.
    ///   - storageID: what that one is filed under.
    ///   - secret: what its calls are signed with.
    ///   - createdAt: RFC 3339.
    ///   - creation: asked for again with the same key, it is the same webhook.
    package init(
        owner: String?,
        url: String,
        events: [String],
        session: String? = nil,
        storageID: String? = nil,
        secret: String,
        createdAt: String = Timestamp.now(),
        creation: IdempotencyKey? = nil
    ) {
        self.id = Identifier.webhook()
        self.owner = owner
        self.url = url
        self.events = events
        self.session = session
        self.storageID = storageID
        self.secret = secret
        self.createdAt = createdAt
        self.creation = creation
    }

    /// Whether it wants an event of that type, of the session that is filed so.
    func wants(_ type: String, of session: String) -> Bool {
        (self.storageID == nil || self.storageID == session)
            && self.events.contains { $0 == "*" || type.hasPrefix($0) }
    }
}
