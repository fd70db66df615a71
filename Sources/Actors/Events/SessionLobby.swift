/// Where the life of a session is told: to its owner, and to those who see all sessions.
///
/// Each owner has a log of its own, so that not even a number tells of others' sessions.
package struct SessionLobby: Sendable {
    private let all: EventLog
    private let own: EventLog?
    private let address: SessionAddress

    init(_ address: SessionAddress, all: EventLog, own: EventLog?) {
        self.address = address
        self.all = all
        self.own = own
    }

    /// Tells what of these events is part of a session's life.
    func append(_ drafts: [EventDraft]) {
        self.all.append(drafts.compactMap { $0.forLobby(session: self.address.qualified) })
        self.own?.append(drafts.compactMap { $0.forLobby(session: self.address.id) })
    }
}
