package import Agent
import DequeModule
import Foundation
package import Logging
package import Storage

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
    let lobby: EventLog
    /// The same for each key's own sessions.
    var ownLobbies: [String: EventLog] = [:]

    /// What the sessions have used, where nothing is stored.
    package nonisolated let usageLedger: UsageLedger?
    /// What survives a restart; `nil` when nothing does.
    package nonisolated let store: Store?
    /// The jobs of all sessions.
    package nonisolated let jobs: JobLedger
    /// Who is told of their events outside.
    package nonisolated let webhooks: WebhookDesk
    /// What new sessions may be made of by name.
    package nonisolated let templates: TemplateShelf

    /// What is in force; `update` changes it for what comes after.
    var configuration: Configuration
    /// What is counted.
    let metrics: ActorMetrics
    /// What everyone did.
    package nonisolated let audit: AuditTrail?
    /// The models that agents have told of.
    package nonisolated let models = KnownModels()
    private let tracer = ActiveTracer.current
    /// The places for processes.
    package nonisolated let admission: Admission
    /// What each key has spent today.
    nonisolated let daySpending: DaySpending
    /// How agents are started, and where sessions work.
    let plan: LaunchPlan
    private let runner: any AgentRunner
    /// Whose clock it goes by.
    let time: any TimeSource
    /// What an operator reads.
    let logger: Logger
    /// New sessions on their way to `run`, which gives them their life.
    let births: AsyncStream<Session>
    let birthPlace: AsyncStream<Session>.Continuation

    /// Those that have not ended.
    var sessions: [SessionAddress: Session] = [:]
    /// Ended ones, oldest first, and when they are forgotten.
    var ended: Deque<(session: Session, until: ContinuousClock.Instant)> = []
    /// Directories of sessions that are forgotten, as far as they are to go.
    var leftovers: Deque<MadeDirectory> = []
    /// What the lobby keeps: some thousand events.
    static let lobbyBytes = 2 << 20
    /// The most that an operator may allow.
    package static let mostSessions = 10_000
    /// Whether it takes no more work.
    var isDraining = false
    /// Whether it will drain soon: who balances loads is to send nothing more.
    var isLeaving = false
    /// Whether every session is being ended, and none will be made again.
    var isEnding = false

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
        self.jobs = JobLedger(metrics: metrics.jobs)
        self.webhooks = webhooks ?? WebhookDesk(store: store, metrics: metrics.webhooks)
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

    /// No longer ready, though work is still taken: gives load balancers the time to notice before `drain`.
    package func announceDrain() {
        self.isLeaving = true
    }

    /// Changes the limits of the house: for the sessions that are made from now on, and never below what there is.
    package func update(_ change: @Sendable (inout Configuration) -> Void) {
        change(&self.configuration)
        self.admission.update(self.configuration.admission)
    }

    /// Takes a prompt for a session, unless the server drains.
    package func checkAcceptsWork() throws(SessionError) {
        guard !self.isDraining else {
            throw self.shuttingDown
        }
    }

    /// The permission mode that the operator has chosen for sessions that name none.
    package nonisolated var standardPermissionMode: String? { self.plan.permissionMode }

    /// Whether there is an agent to start.
    package nonisolated var hasAgent: Bool { FileManager.default.isExecutableFile(atPath: self.plan.executable) }

    /// Counts by what they do, and the limit.
    package var isAcceptingWork: Bool { !self.isDraining }
    package var sessionCount: Int { self.sessions.count }
    package func sessionCount(for caller: Caller) -> Int { self.visible(to: caller).count }
    /// The caller's sessions, and with them those that have ended and are remembered.
    package func counts(for caller: Caller) -> (active: Int, total: Int) {
        let active = self.visible(to: caller).count { !$0.log.head.isClosed }
        let known = self.visible(to: caller).count + self.ended.count { caller.maySee($0.session.address) }
        return (active, known)
    }

    package var maximumSessions: Int { self.configuration.maximumSessions }
    /// Processes that may run at once; `nil` for as many as the memory holds.
    package var maximumRunning: Int? { self.configuration.admission.maximumRunning }
    /// Messages that may wait in one session.
    package var maximumQueuedPrompts: Int { self.configuration.session.maximumQueuedPrompts }
    /// Streams that one session may have.
    package var maximumViewers: Int { self.configuration.session.maximumViewers }
    /// Whether it takes work and means to go on doing so.
    package var isReady: Bool { !self.isDraining && !self.isLeaving }

    // MARK: Steps

    /// A session that nobody has given its life yet.
    func session(
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
            models: self.models,
            tracer: self.tracer,
            jobs: self.jobs,
            webhooks: self.webhooks,
            restored: restored,
            time: self.time,
            logger: self.logger
        )
    }

    /// Gives a session its life.
    func adopt(_ session: Session) throws(SessionError) -> Session {
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

    /// For what is not there, and for what the caller may not see.
    static var notFound: SessionError {
        SessionError(.sessionNotFound, "There is no session of that id.")
    }

    /// The house is full.
    var limitReached: SessionError {
        let detail = "\(self.maximumSessions) sessions exist, which is this server's limit."
        return SessionError(.sessionLimit, detail, retryAfter: .seconds(30))
    }

    /// It takes no more work.
    var shuttingDown: SessionError {
        SessionError(.draining, "The server is shutting down.", retryAfter: .seconds(5))
    }
}
