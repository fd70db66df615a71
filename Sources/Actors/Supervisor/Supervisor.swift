package import Agent
import DequeModule
package import Logging
import Metrics
import ServiceLifecycle
package import Storage
import Synchronization

/// Owns every session: makes them within the limits, gives them their life as child tasks, keeps their time, and lets
/// nothing of them outlive it.
package actor Supervisor {
    /// The limits of the house.
    package struct Configuration: Sendable {
        /// Sessions that may exist at once.
        package var maximumSessions = 100
        /// Which processes may run, and the limits of keys.
        package var admission = Admission.Configuration()
        /// What each session is held to.
        package var session = SessionMachine.Configuration()
        /// Bytes of recent events each session keeps in memory.
        package var logBytes = 8 << 20
        /// Numbers the lives of logs.
        ///
        /// A house that keeps nothing over a restart takes it from the clock, so that no
        /// cursor of an earlier life looks like one of this (`Timestamp.epoch`).
        package var epoch: @Sendable () -> UInt32 = { 1 }
        /// How long an ended session can still be read.
        package var remembrance: Duration = .seconds(300)
        /// How often deadlines are looked at; what is due is late by this much at most.
        package var sweepInterval: Duration = .milliseconds(250)
        /// Whether memory is short: then the longest idle process is given back, one a sweep.
        package var isMemoryShort: @Sendable () -> Bool = { false }

        package init() {}
    }

    /// The lives of all sessions: states, turns, ends; not what is said in them.
    private let lobby: EventLog
    /// The same for each key's own sessions.
    private var ownLobbies: [String: EventLog] = [:]

    /// What the sessions have used, where nothing is stored.
    package nonisolated let usageLedger: UsageLedger?
    /// What survives a restart; `nil` when nothing does.
    package nonisolated let store: Store?
    /// The jobs of all sessions.
    package nonisolated let jobs = JobLedger()
    /// Who is told of their events outside.
    package nonisolated let webhooks: WebhookDesk
    /// What new sessions may be made of by name.
    package nonisolated let templates: TemplateShelf

    /// What is in force; `update` changes it for what comes after.
    private(set) var configuration: Configuration
    let metrics: ActorMetrics
    /// What everyone did.
    package nonisolated let audit: AuditTrail?
    private let tracer = ActiveTracer.current
    /// The places for processes.
    package nonisolated let admission: Admission
    private nonisolated let daySpending: DaySpending
    private let plan: LaunchPlan
    private let runner: any AgentRunner
    private let time: any TimeSource
    private let logger: Logger
    private let births: AsyncStream<Session>
    private let birthPlace: AsyncStream<Session>.Continuation

    private(set) var sessions: [SessionAddress: Session] = [:]
    /// Ended ones, oldest first, and when they are forgotten.
    private var ended: Deque<(session: Session, until: ContinuousClock.Instant)> = []
    /// What the lobby keeps: some thousand events.
    private static let lobbyBytes = 2 << 20
    /// The most that an operator may allow.
    package static let mostSessions = 10_000
    private(set) var isDraining = false
    /// Whether it will drain soon: who balances loads is to send nothing more.
    private(set) var isLeaving = false
    private var isEnding = false

    package init(
        configuration: Configuration,
        plan: LaunchPlan,
        runner: any AgentRunner,
        store: Store? = nil,
        webhooks: WebhookDesk? = nil,
        templates: TemplateShelf? = nil,
        metrics: ActorMetrics = ActorMetrics(),
        audit: AuditTrail? = nil,
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.metrics = metrics
        self.audit = audit
        self.store = store
        self.webhooks = webhooks ?? WebhookDesk(store: store)
        self.templates = templates ?? TemplateShelf(logger: logger)
        self.usageLedger = store == nil ? UsageLedger() : nil
        self.lobby = EventLog(session: "*", epoch: configuration.epoch(), maximumBytes: Self.lobbyBytes)
        self.admission = Admission(configuration.admission, time: time)
        self.daySpending = DaySpending(limits: configuration.admission.keyLimits)
        self.configuration = configuration
        self.plan = plan
        self.runner = runner
        self.time = time
        self.logger = logger
        // Never full: a session is yielded once, and no more exist than the limit allows, whatever a reload makes of it.
        (self.births, self.birthPlace) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(max(configuration.maximumSessions, Self.mostSessions) + 1)
        )
    }

    // MARK: Life

    /// Takes up the sessions that an earlier server left, hibernated; once, before `run`.
    ///
    /// One that this version cannot read stays in the store and is passed over.
    ///
    /// - Returns: how many there are.
    /// - Throws: `StorageError` when the store cannot be read.
    package func restore() async throws(StorageError) -> Int {
        guard let store else { return 0 }
        let today = String(Timestamp.now().prefix(10))
        for entry in try await store.usage(from: today, through: today, session: nil) {
            guard let owner = SessionAddress(qualified: entry.session)?.owner else { continue }
            self.daySpending.add([entry], of: owner, today: today)
        }
        try await self.webhooks.restore()
        for stored in try await store.sessions() {
            do {
                let restored = try RestoredSession(stored)
                let address = SessionAddress(owner: restored.record.owner, id: restored.record.id ?? stored.id)
                if restored.record.isEnded {
                    self.forget(stored.id)
                } else {
                    _ = try self.adopt(
                        self.session(address, stored.id, restored.record.options, restored: restored)
                    )
                }
            } catch {
                self.logger.error(
                    "a stored session cannot be taken up",
                    metadata: [LogKey.sessionID: "\(stored.id)", LogKey.error: "\(error)"]
                )
            }
        }
        return self.sessions.count
    }

    /// Runs the sessions until the service is told to stop and the last of them is gone.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            group.addTask {
                try? await gracefulShutdown()
                await self.endAll()
            }
            for await session in self.births {
                group.addTask {
                    await session.run()
                    await self.tidyUp(after: session)
                    await self.bury(session)
                }
            }
            // All are gone, or this task was cancelled: then their processes are killed by the same cancellation.
            group.addTask { await self.endAll() }
            group.cancelAll()
        }
    }

    /// No longer ready, though work is still taken: gives load balancers the time to notice before `drain`.
    package func announceDrain() {
        self.isLeaving = true
    }

    /// Changes the limits of the house: for the sessions that are made from now on, and never below what there is.
    package func update(_ change: @Sendable (inout Configuration) -> Void) {
        change(&self.configuration)
        self.admission.update(self.configuration.admission)
    }

    /// No new sessions and prompts from now on; returns when no turn runs any more.
    ///
    /// Bounded by the caller: cancel it at the deadline.
    package func drain() async {
        self.isDraining = true
        for session in self.sessions.values {
            // A prompt that waited makes the next turn.
            while !Task.isCancelled, await session.summary().turn != nil { await Self.waitForTurn(of: session) }
            // Its end is seen when it is committed, and the streams are closed after this.
            await session.durable()
        }
    }

    /// Ends every session and makes no more: what a graceful shutdown does.
    ///
    /// `run` returns when the last is gone.
    func endAll() async {
        self.isDraining = true
        self.isEnding = true
        if self.sessions.isEmpty { self.birthPlace.finish() }
        await withDiscardingTaskGroup { group in
            for session in self.sessions.values {
                group.addTask { await session.end(.shutdown) }
            }
        }
    }

    /// Looks at every deadline once.
    ///
    /// The tick of `run`, and a test's hand on the clock.
    package func sweep() async {
        let now = self.time.now
        while let first = self.ended.first, first.until <= now {
            self.ended.removeFirst()
            self.forget(first.session.storageID)
        }
        for session in self.sessions.values {
            let deadline = session.deadline.withLock { $0 }
            if let deadline, deadline <= now { await session.deadlineReached() }
        }
        self.admission.reconsider()
        switch self.admission.shortage {
        case .owner(let owner): await self.giveBackOne(of: owner)
        case .anyone: await self.giveBackOne()
        case nil: if self.configuration.isMemoryShort() { await self.giveBackOne() }
        }
    }

    // MARK: Sessions

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
            return try await self.makeInPlace(options, for: caller, key: key)
        } catch {
            self.metrics.sessionsRefused.increment(error.code)
            throw error
        }
    }

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

    /// The worktree of an ended session goes, unless something in it would be lost, or another session works there.
    private func tidyUp(after session: Session) async {
        guard let options = await session.finishedWorktree, let directory = options.workingDirectory else { return }
        for other in self.sessions.values where other !== session {
            if await other.works(in: directory) { return }
        }
        await self.plan.setup.discard(WorkspaceSetup.Place(options: options, isNew: true))
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
        AuditNotes.current?.note("from", .text(source.address.qualified))
        var options = try await source.optionsForFork()
        options.id = newID
        options.name = change.name ?? options.name
        options.tags = change.tags ?? options.tags
        options.model = change.model ?? options.model
        options.permissionMode = change.permissionMode ?? options.permissionMode
        let copy = try await self.create(options, for: caller, key: key)
        await copy.durable()
        return copy
    }

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

    /// The approvals of all sessions that the caller may see, oldest first.
    package func approvals(for caller: Caller) async -> [Approval] {
        var approvals: [Approval] = []
        for session in self.visible(to: caller) { approvals += await session.approvals() }
        return approvals.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// The session that has an approval.
    ///
    /// - Throws: `SessionError` when none has that the caller may see.
    package func session(ofApproval id: String, for caller: Caller) async throws(SessionError) -> Session {
        for session in self.visible(to: caller) where await session.approval(id) != nil { return session }
        throw SessionError(.approvalNotFound, "There is no approval of that id.")
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

    /// Takes a prompt for a session, unless the server drains.
    package func checkAcceptsWork() throws(SessionError) {
        guard !self.isDraining else {
            throw self.shuttingDown
        }
    }

    /// All sessions that the caller may see, newest activity first.
    package func summaries(for caller: Caller) async -> [SessionSummary] {
        var summaries: [SessionSummary] = []
        for session in self.visible(to: caller) { await summaries.append(session.summary()) }
        return summaries.sorted { ($0.lastActivityAt, $0.id) > ($1.lastActivityAt, $1.id) }
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

    /// Counts by what they do, and the limit.
    package var isAcceptingWork: Bool { !self.isDraining }
    package var sessionCount: Int { self.sessions.count }
    package func sessionCount(for caller: Caller) -> Int { self.visible(to: caller).count }
    package var maximumSessions: Int { self.configuration.maximumSessions }
    /// Whether it takes work and means to go on doing so.
    package var isReady: Bool { !self.isDraining && !self.isLeaving }

    // MARK: Steps

    /// Says which session it is that somebody does something to.
    private static func noted(_ session: Session) -> Session {
        AuditNotes.current?.note(session: session.id, owner: session.owner)
        return session
    }

    /// The sessions that exist for a caller.
    private func visible(to caller: Caller) -> [Session] {
        self.sessions.values.filter { caller.maySee($0.address) }
    }

    /// Where the lives of one key's sessions are told.
    private func lobby(of owner: String) -> EventLog {
        if let log = self.ownLobbies[owner] { return log }
        let log = EventLog(session: "*", epoch: self.configuration.epoch(), maximumBytes: Self.lobbyBytes)
        self.ownLobbies[owner] = log
        return log
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

    private func session(
        _ address: SessionAddress,
        _ storageID: String,
        _ options: SessionOptions,
        creation: IdempotencyKey? = nil,
        restored: RestoredSession? = nil
    ) -> Session {
        Session(
            id: address.id,
            owner: address.owner,
            storageID: storageID,
            options: options,
            plan: self.plan,
            runner: self.runner,
            configuration: self.configuration.session,
            epoch: restored?.epoch ?? self.configuration.epoch(),
            logBytes: self.configuration.logBytes,
            lobby: SessionLobby(address, all: self.lobby, own: address.owner.map { self.lobby(of: $0) }),
            admission: self.admission,
            daySpending: self.daySpending,
            creation: restored?.creation ?? creation,
            store: self.store,
            usageLedger: self.usageLedger,
            metrics: self.metrics,
            audit: self.audit,
            tracer: self.tracer,
            jobs: self.jobs,
            webhooks: self.webhooks,
            restored: restored,
            time: self.time,
            logger: self.logger
        )
    }

    /// Gives a session its life.
    private func adopt(_ session: Session) throws(SessionError) -> Session {
        switch self.birthPlace.yield(session) {
        case .enqueued:
            self.sessions[session.address] = session
            return session
        case .dropped:
            throw self.limitReached
        default:
            // `run` was cancelled: nobody would give it its life.
            throw self.shuttingDown
        }
    }

    /// Nothing of an ended session is kept; `id` is what it was filed under.
    private func forget(_ id: String) {
        self.jobs.forget(session: id)
        guard let store else { return }
        var batch = StoreBatch(session: id)
        batch.isRemoval = true
        store.write(batch) { _ in }
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

    /// The process that has been idle for the longest time, of one key or of all, is given back.
    private func giveBackOne(of owner: String? = nil) async {
        let idle = self.sessions.values.filter { owner == nil || $0.owner == owner }.compactMap { session in
            session.idleSince.withLock { $0 }.map { (session, $0) }
        }
        guard let longest = idle.min(by: { $0.1 < $1.1 }) else { return }
        self.logger.notice(
            "a process is given back: there is no room for another",
            metadata: [LogKey.sessionID: "\(longest.0.id)"]
        )
        // Not waited for: a process may take its time to leave, and this is the clock of the house.
        try? await longest.0.beginHibernation()
    }

    private func isTaken(_ conversation: String) -> Bool {
        self.sessions.values.contains { $0.works(on: conversation) && !$0.log.head.isClosed }
    }

    private static var notFound: SessionError {
        SessionError(.sessionNotFound, "There is no session of that id.")
    }

    private var limitReached: SessionError {
        let detail = "\(self.maximumSessions) sessions exist, which is this server's limit."
        return SessionError(.sessionLimit, detail, retryAfter: .seconds(30))
    }

    private var shuttingDown: SessionError {
        SessionError(.draining, "The server is shutting down.", retryAfter: .seconds(5))
    }

    private func keepTime() async {
        while !Task.isCancelled {
            try? await self.time.sleep(until: self.time.now + self.configuration.sweepInterval)
            await self.sweep()
        }
    }

    /// Keeps an ended session readable for a while, so that its viewers learn how it went.
    private func bury(_ session: Session) {
        self.sessions[session.address] = nil
        self.ended.append((session, self.time.now + self.configuration.remembrance))
        if self.ended.count > self.configuration.maximumSessions, let oldest = self.ended.popFirst(), !self.isEnding {
            self.forget(oldest.session.storageID)
        }
        if self.isEnding, self.sessions.isEmpty { self.birthPlace.finish() }
    }

    private static func waitForTurn(of session: Session) async {
        let start = session.log.head.position
        guard await session.summary().turn != nil else { return }
        for await events in EventLogFollower(session.log, after: start)
        where events.contains(where: { $0.type == "turn.ended" }) {
            return
        }
    }
}
