import Agent
package import Storage

/// What a caller can find: sessions, approvals, usage, and the lives of all sessions.
extension Supervisor {
    /// The session of an id, an ended one included as long as it is remembered.
    ///
    /// Every Claude session id that a session has ever had is accepted as well. What the caller may not see is not there:
    /// it costs the same look-ups as what does not exist.
    ///
    /// - Parameters:
    ///   - id: the caller's own session, or `owner~id` of one that it may see.
    ///   - caller: who asks.
    /// - Returns: the session.
    /// - Throws: `SessionError` when there is none for this caller.
    package func session(_ id: String, for caller: Caller) throws(SessionError) -> Session {
        let address = SessionAddress(qualified: id) ?? SessionAddress(owner: caller.owner, id: id)
        let named = self.sessions[address] ?? self.ended.last(where: { $0.session.address == address })?.session
        if let named, caller.maySee(named.address) { return Self.noted(named) }
        // Ours are no UUIDs; for those who see all sessions a bare id will do when only one has it.
        let isConversation = id.utf8.count == 36
        let others = self.sessions.values.filter { session in
            caller.maySee(session.address)
                && (session.id == id && caller.may(.admin) || isConversation && session.hasHad(id))
        }
        guard let other = others.first else { throw Self.notFound }
        guard others.count == 1 || isConversation else {
            throw SessionError(.ambiguousSession, "Several keys have a session of that id: name one as owner~id.")
        }
        return Self.noted(other)
    }

    /// The session at a place, if the caller may see it.
    ///
    /// - Throws: `SessionError` when there is none for this caller.
    package func session(at address: SessionAddress, for caller: Caller) throws(SessionError) -> Session {
        let session = self.sessions[address] ?? self.ended.last(where: { $0.session.address == address })?.session
        guard let session, caller.maySee(address) else { throw Self.notFound }
        return session
    }

    /// The session that has an approval.
    ///
    /// - Throws: `SessionError` when none has that the caller may see.
    package func session(ofApproval id: String, for caller: Caller) async throws(SessionError) -> Session {
        for session in self.visible(to: caller) where await session.approval(id) != nil { return session }
        throw SessionError(.approvalNotFound, "There is no approval of that id.")
    }

    /// The approvals of all sessions that the caller may see, oldest first.
    package func approvals(for caller: Caller) async -> [Approval] {
        var approvals: [Approval] = []
        for session in self.visible(to: caller) { approvals += await session.approvals() }
        return approvals.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// All sessions that the caller may see, newest activity first.
    package func summaries(for caller: Caller) async -> [SessionSummary] {
        var summaries: [SessionSummary] = []
        for session in self.visible(to: caller) { await summaries.append(session.summary()) }
        return summaries.sorted { SessionPlace($0) > SessionPlace($1) }
    }

    /// The same with what each was asked for, without those that are ending.
    package func details(for caller: Caller) async -> [SessionDetails] {
        var details: [SessionDetails] = []
        for session in self.visible(to: caller) where !session.log.head.isClosed {
            await details.append(session.details())
        }
        return details.filter { $0.summary.state != .ended }
            .sorted { ($0.summary.lastActivityAt, $0.summary.id) > ($1.summary.lastActivityAt, $1.summary.id) }
    }

    /// What the caller's sessions have used: from the store, or of this server's life.
    ///
    /// - Parameters:
    ///   - from: the first day, `2026-11-21`.
    ///   - through: the last day.
    ///   - session: of this one only, as the caller names it.
    ///   - caller: who asks; one that sees all gets other owners' sessions as `owner~id`.
    /// - Returns: entries by day, session and model.
    /// - Throws: `StorageError` when the store cannot be read.
    package func usage(
        from: String?,
        through: String?,
        session: String?,
        for caller: Caller
    ) async throws(StorageError) -> [UsageEntry] {
        let wanted = session.map { id in
            (SessionAddress(qualified: id) ?? SessionAddress(owner: caller.owner, id: id)).qualified
        }
        let entries: [UsageEntry]
        if let usageLedger {
            entries = usageLedger.entries(from: from, through: through, session: wanted)
        } else {
            entries = try await self.store?.usage(from: from, through: through, session: wanted) ?? []
        }
        return entries.compactMap { entry in
            let address = SessionAddress(qualified: entry.session) ?? SessionAddress(owner: nil, id: entry.session)
            guard caller.maySee(address) else { return nil }
            return address.owner == caller.owner ? entry.named(address.id) : entry
        }
    }

    /// What a reader of the lobby begins with: the sessions as they are, and where to read on.
    ///
    /// - Parameters:
    ///   - cursor: where it left off.
    ///   - caller: who reads.
    /// - Returns: the log, and a snapshot that may already hold what the events after it tell again.
    package func attachToLobby(
        after cursor: ResumeRequest,
        for caller: Caller
    ) async -> (log: EventLog, attachment: Attachment) {
        let log = caller.may(.admin) ? self.lobby : caller.owner.map { self.lobby(of: $0) } ?? self.lobby
        let point = log.resume(after: cursor)
        guard point.kind.needsSnapshot, cursor != .latest else {
            return (log, Attachment(point: point, snapshot: nil))
        }
        let snapshot = await EventData.encode(LobbySnapshot(sessions: self.summaries(for: caller)))
        return (log, Attachment(point: point, snapshot: snapshot))
    }

    private struct LobbySnapshot: Encodable {
        let sessions: [SessionSummary]
    }

    // MARK: Steps

    /// Says which session it is that somebody does something to.
    private static func noted(_ session: Session) -> Session {
        AuditNotes.current?.note(session: session.id, owner: session.owner)
        return session
    }

    /// The sessions that exist for a caller.
    func visible(to caller: Caller) -> [Session] {
        self.sessions.values.filter { caller.maySee($0.address) }
    }

    /// Where the lives of one key's sessions are told.
    func lobby(of owner: String) -> EventLog {
        if let log = self.ownLobbies[owner] { return log }
        let log = EventLog(session: "*", epoch: self.configuration.epoch(), maximumBytes: Self.lobbyBytes)
        self.ownLobbies[owner] = log
        return log
    }
}
