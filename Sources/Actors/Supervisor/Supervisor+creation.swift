import Agent
import Metrics
import Storage

/// How sessions are made, and whose they are not.
extension Supervisor {
    /// Makes a session and starts its process.
    ///
    /// - Parameters:
    ///   - options: what its client asks for.
    ///   - caller: whose it becomes.
    ///   - key: asked again with the same key, it is the same session.
    /// - Returns: the session.
    /// - Throws: `SessionError` when the id is taken, another session works on the conversation it would take up, the
    ///   house is full, the server drains, the key stood for something else, or the caller may not have it so or there.
    package func create(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey? = nil
    ) async throws(SessionError) -> Session {
        do throws(SessionError) {
            try caller.checkMayAllow(
                tools: options.allowedTools,
                mode: options.permissionMode,
                backend: options.backend
            )
        } catch {
            self.metrics.sessionsRefused.increment(error.code)
            throw error
        }
        return try await self.makeCounted(options, for: caller, key: key)
    }

    private func makeCounted(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey?
    ) async throws(SessionError) -> Session {
        do throws(SessionError) {
            return try await self.makeInPlace(options, for: caller, key: key)
        } catch {
            self.metrics.sessionsRefused.increment(error.code)
            throw error
        }
    }

    /// Makes a session that goes on from where another is, which stays as it is.
    ///
    /// - Parameters:
    ///   - id: the session to copy.
    ///   - change: what is different in the copy.
    ///   - newID: the copy's id, or `nil` for any.
    ///   - caller: who asks, and whose the copy becomes.
    ///   - key: as in `create`.
    /// - Returns: the copy.
    /// - Throws: `SessionError` when a turn runs or nothing was ever said, and as `create`.
    package func fork(
        _ id: String,
        _ change: SessionChange = SessionChange(),
        as newID: String? = nil,
        for caller: Caller,
        key: IdempotencyKey? = nil
    ) async throws(SessionError) -> Session {
        let source = try self.session(id, for: caller)
        // What the source has been allowed it goes on with; more is the caller's to allow or not.
        try caller.checkMayAllow(mode: change.permissionMode)
        AuditNotes.current?.note("from", .text(source.address.qualified))
        var options = try await source.optionsForFork()
        options.id = newID
        options.name = change.name ?? options.name
        options.tags = change.tags ?? options.tags
        options.model = change.model ?? options.model
        options.permissionMode = change.permissionMode ?? options.permissionMode
        let copy = try await self.makeCounted(options, for: caller, key: key)
        await copy.durable()
        return copy
    }

    // MARK: Steps

    /// Finds or makes its directory first, which may take git a while; so what is refused anyway is refused before, and
    /// everything is asked again after.
    private func makeInPlace(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey?
    ) async throws(SessionError) -> Session {
        // Each owner chooses keys of its own.
        let key = key.map { key in
            IdempotencyKey(key: caller.owner.map { "\($0)~\(key.key)" } ?? key.key, fingerprint: key.fingerprint)
        }
        if let known = try self.checkMayCreate(options, for: caller, key: key) { return known }
        var options = options
        options.id = options.id ?? Identifier.session()
        options.confinement = SessionConfinement(caller)
        let place = try await self.plan.setup.prepare(options, owner: caller.owner)
        do throws(SessionError) {
            let session = try self.make(place.options, for: caller, key: key)
            // Asked for twice at once: the other came first.
            if session.id != place.options.id { await self.plan.setup.discard(place) }
            return session
        } catch {
            await self.plan.setup.discard(place)
            throw error
        }
    }

    private func make(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey?
    ) throws(SessionError) -> Session {
        if let known = try self.checkMayCreate(options, for: caller, key: key) { return known }
        let address = SessionAddress(owner: caller.owner, id: options.id ?? Identifier.session())
        // Only ids without an owner are their own names in the store: others may be chosen twice.
        let storageID = caller.owner == nil ? address.id : Identifier.session()
        try self.admission.enter(storageID, owner: caller.owner)
        let session: Session
        do throws(SessionError) {
            session = try self.adopt(self.session(address, storageID, options, creation: key))
        } catch {
            self.admission.leave(storageID)
            throw error
        }
        self.metrics.sessionsCreated.increment()
        AuditNotes.current?.note(session: session.id, owner: session.owner)
        return session
    }

    /// Whether a session may be made, at this moment; returns the one that was made for this key before.
    private func checkMayCreate(
        _ options: SessionOptions,
        for caller: Caller,
        key: IdempotencyKey?
    ) throws(SessionError) -> Session? {
        if let key, let known = self.sessions.values.first(where: { $0.creation?.key == key.key }) {
            guard known.creation == key else { throw key.conflict }
            return known
        }
        guard !self.isDraining else {
            throw self.shuttingDown
        }
        if let name = options.environment.keys.first(where: { !self.plan.sessionVariables.contains($0) }) {
            throw SessionError(.environmentRefused, "Sessions may not set \(name.prefix(64)) in the environment.")
        }
        if let store, case .failing(let error) = store.condition {
            throw SessionError(
                .storageUnavailable,
                "No sessions are made while the store fails: \(error.code.rawValue).",
                retryAfter: .seconds(5)
            )
        }
        // The place of one that has just ended is free before it is buried: who ends one may make one.
        guard self.sessions.values.count(where: { !$0.log.head.isClosed }) < self.maximumSessions else {
            throw self.limitReached
        }
        try self.checkQuota(of: caller)
        let address = options.id.map { SessionAddress(owner: caller.owner, id: $0) }
        if let address, self.sessions[address] != nil || self.ended.contains(where: { $0.session.address == address }) {
            throw SessionError(.sessionExists, "A session of that id exists.")
        }
        // Two processes on one conversation lose each other's turns (PROTOCOL §13).
        if let resume = options.resume {
            try self.checkMayResume(resume, caller)
            guard options.isFork || !self.isTaken(resume) else {
                throw SessionError(.sessionExists, "Another session works on that conversation.")
            }
        }
        return nil
    }

    /// A key may have fewer sessions than the house.
    private func checkQuota(of caller: Caller) throws(SessionError) {
        guard let owner = caller.owner, let limit = self.configuration.admission.keyLimits(owner)?.sessions else {
            return
        }
        let count = self.sessions.values.count { $0.owner == owner && !$0.log.head.isClosed }
        guard count < limit else {
            let detail = "This key has \(limit) sessions, which is its limit."
            throw SessionError(.sessionLimit, detail, retryAfter: .seconds(30))
        }
    }

    /// A conversation belongs to whose session had it.
    ///
    /// Who sees only its own sessions cannot take up one that it has only heard of, unless the CLI keeps its state apart.
    private func checkMayResume(_ conversation: String, _ caller: Caller) throws(SessionError) {
        guard !caller.may(.admin), caller.key?.workspace?.configDirectory == nil else { return }
        let known =
            self.sessions.values.contains { caller.maySee($0.address) && $0.hasHad(conversation) }
            || self.ended.contains { caller.maySee($0.session.address) && $0.session.hasHad(conversation) }
        guard known else {
            throw SessionError(.sessionNotFound, "None of your sessions has had that conversation.")
        }
    }

    private func isTaken(_ conversation: String) -> Bool {
        self.sessions.values.contains { $0.works(on: conversation) && !$0.log.head.isClosed }
    }
}
