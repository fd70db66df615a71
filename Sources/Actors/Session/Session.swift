package import Agent
import DequeModule
import Foundation
package import Logging
import Metrics
import NIOCore
package import Storage
package import Synchronization
package import Tracing

/// One Claude Code session: owns its process, its queue and its log, and is the only one who writes to any of them.
///
/// What to do is decided by `SessionMachine`; the actor carries it out, with no suspension between decision and effect.
/// Where there is a store, what a step changed is committed before anybody sees it, and before the agent gets a prompt.
package actor Session: AgentHandler {
    /// What waits for the commit of the step that ordered it.
    enum Deed {
        case deliver(Turn)
        case steer(Prompt)
        case resume(CheckedContinuation<Void, Never>)
    }

    package nonisolated let id: String
    /// The key it belongs to; `nil` where it was made on a server without keys.
    package nonisolated let owner: String?
    /// What it is filed under in the store, and what its processes are marked with: unlike `id`, of all owners unique.
    package nonisolated let storageID: String
    package nonisolated let log: EventLog
    /// When somebody should call `deadlineReached`; read by the supervisor's sweep without a hop.
    package nonisolated let deadline = Mutex<ContinuousClock.Instant?>(nil)
    /// Since when its process could be given back; `nil` while it could not.
    package nonisolated let idleSince = Mutex<ContinuousClock.Instant?>(nil)
    /// What it adds to the sums of the house; read without a hop.
    nonisolated let figures = Mutex(SessionFigures())
    /// Every Claude session it has had, the present one last; the oldest are forgotten.
    package nonisolated let claudeSessionIDs: Mutex<[String]>
    /// The key its creation was asked for with, and what for.
    package nonisolated let creation: IdempotencyKey?

    static let maximumClaudeSessionIDs = 100
    /// From the end of a turn to the moment when its previews are freed: who is at the head has had them by then.
    static let trimDelay: Duration = .seconds(1)
    /// From the end of its process to the moment when a hibernated session forgets what the store has.
    static let releaseDelay: Duration = .seconds(10)
    /// Lines over the limit whose files are kept; the oldest leaves for one more.
    static let maximumLongLines = 8
    /// Answers that a child which does not read has still to get.
    static let maximumUnsent = 64

    let lobby: SessionLobby?
    /// Where its process gets its place; `nil` where all may run.
    let admission: Admission?
    let daySpending: DaySpending?
    var isWaitingForPlace = false
    let runner: any AgentRunner
    let store: Store?
    let usageLedger: UsageLedger?
    let metrics: ActorMetrics
    let audit: AuditTrail?
    let models: KnownModels
    var tracing: TurnTracing?
    nonisolated let jobs: JobLedger
    nonisolated let webhooks: WebhookDesk
    /// What was made for it, and may go when it is forgotten.
    nonisolated let madeDirectory: MadeDirectory?
    let time: any TimeSource
    let plan: LaunchPlan
    var options: SessionOptions
    let logger: Logger
    let createdAt: String
    /// Short, since the CLI makes a socket in this directory, and a socket's path has 107 bytes (unix(7)).
    let temporaryName = String(UInt32.random(in: .min ... .max), radix: 36)

    var machine: SessionMachine
    var book = MessageBook()
    var lastState: SessionState?
    var lastWaitingOn: WaitingOn?
    var lastActivityAt: String
    var child: (any AgentChild)?
    var childStartedAt: ContinuousClock.Instant?
    /// When the present process was ordered.
    var launchedAt: ContinuousClock.Instant?
    /// When the open turn's prompt went to the agent; `nil` once the model has said something.
    var awaitsWordsSince: ContinuousClock.Instant?
    /// What the present process was started with.
    var launchedOptions: SessionOptions?
    var lastExit: SessionSummary.Exit?
    var usage = SessionSummary.Usage()
    var context: SessionSummary.Context?
    var viewerNotices = ViewerNotices()
    var model: String?
    var permissionMode: String?

    /// Events of the step in progress; they enter the log together.
    var outbox: [EventDraft] = []
    var isAnnounced = false
    /// A line of the open turn could not be read; it may have been the result.
    var hasLostLine = false
    /// The child has refused a prompt and not taken one since.
    var isStalled = false
    /// A failed login or a limit was told in this turn.
    var toldInTurn: Set<String> = []
    /// The files of lines that were too long for an event, by the number in it.
    var longLines: [Int: String] = [:]
    var longLineCount = 0
    var trimsAt: ContinuousClock.Instant?
    var initializeRequest: String?
    var requestCount = 0
    /// Requests to the process that wait for its answer.
    var requests: [String: ControlWaiter] = [:]
    var unsent: Deque<ByteBuffer> = []
    var interruptWaiters: [CheckedContinuation<InterruptReceipt, Never>] = []
    var exitWaiters: [CheckedContinuation<Void, Never>] = []
    var endWaiters: [CheckedContinuation<Void, Never>] = []
    var orderedLaunch: SessionMachine.Conversation?
    var launchWaiter: CheckedContinuation<Void, Never>?
    var hasBegun = false
    var isOver = false
    var isRestored = false

    // What the store has still to be told.
    var openTurn: SessionRecord.OpenTurn?
    var lastOutcome: TurnOutcome?
    var isEnded = false
    var storedRecord: SessionRecord?
    var isRecordStale = true
    var changedApprovals: [StoredItem] = []
    var spentUsage: [UsageEntry] = []
    /// Batches given to the store, and how many of them are committed (or will be late).
    var steps: UInt64 = 0
    nonisolated let committedSteps = Atomic<UInt64>(0)
    nonisolated let commits: AsyncStream<Void>
    nonisolated let commitSignal: AsyncStream<Void>.Continuation
    var deeds: Deque<(step: UInt64, deed: Deed)> = []

    /// A session that has not started; `run` is its life.
    ///
    /// - Parameters:
    ///   - id: the public id.
    ///   - owner: the key it belongs to.
    ///   - storageID: what it is filed under; `nil` for its id.
    ///   - options: what its client asked for.
    ///   - plan: how its processes are launched.
    ///   - runner: what runs them.
    ///   - configuration: its limits.
    ///   - epoch: which life of the log of this id begins.
    ///   - logBytes: the budget of its log.
    ///   - lobby: where the lives of all sessions are told.
    ///   - admission: where its process gets its place.
    ///   - daySpending: where the spending of its key is summed up.
    ///   - creation: the key it was asked for with.
    ///   - store: what survives a restart; `nil` when nothing does.
    ///   - usageLedger: where the usage of all sessions is summed up.
    ///   - metrics: where it counts.
    ///   - audit: where it leaves what it does by itself.
    ///   - models: where it notes the models that its process tells of.
    ///   - tracer: who follows its turns.
    ///   - jobs: where the jobs of all sessions are.
    ///   - webhooks: who is told of its events outside.
    ///   - restored: what an earlier server left of it.
    ///   - time: the clock.
    ///   - logger: gets the session's id.
    package init(
        id: String,
        owner: String? = nil,
        storageID: String? = nil,
        options: SessionOptions,
        plan: LaunchPlan,
        runner: any AgentRunner,
        configuration: SessionMachine.Configuration,
        epoch: UInt32 = 1,
        logBytes: Int,
        lobby: SessionLobby? = nil,
        admission: Admission? = nil,
        daySpending: DaySpending? = nil,
        creation: IdempotencyKey? = nil,
        store: Store? = nil,
        usageLedger: UsageLedger? = nil,
        metrics: ActorMetrics = ActorMetrics(),
        audit: AuditTrail? = nil,
        models: KnownModels = KnownModels(),
        tracer: (any Tracer)? = ActiveTracer.current,
        jobs: JobLedger = JobLedger(),
        webhooks: WebhookDesk = WebhookDesk(),
        restored: RestoredSession? = nil,
        time: any TimeSource,
        logger: Logger
    ) {
        let options = restored?.record.options ?? options
        var configuration = configuration
        if let timeToLive = options.timeToLive { configuration.timeToLive = timeToLive }
        if let hibernateAfter = options.hibernateAfter { configuration.hibernateAfter = hibernateAfter }
        configuration.outlivesServer = store != nil
        let conversation = restored?.record.conversation ?? Self.conversation(options)
        var logger = logger
        logger[metadataKey: LogKey.sessionID] = .string(id)

        let storageID = storageID ?? id
        self.id = id
        self.owner = owner
        self.storageID = storageID
        self.log = EventLog(
            session: id,
            epoch: epoch,
            maximumBytes: logBytes,
            after: restored?.head ?? 0,
            archive: store.map { EventArchive($0, session: storageID) }
        )
        self.lobby = lobby
        self.admission = admission
        self.daySpending = daySpending
        self.store = store
        self.usageLedger = usageLedger
        self.metrics = metrics
        self.audit = audit
        self.models = models
        self.tracing = TurnTracing(tracer, session: id)
        self.jobs = jobs
        self.webhooks = webhooks
        self.creation = creation
        self.options = options
        self.madeDirectory = options.madeDirectory
        self.plan = plan
        self.runner = runner
        self.time = time
        self.logger = logger
        let budget =
            restored?.record.budget ?? Budget(limitUSD: options.budgetUSD, limitTurns: options.budgetTurns)
        self.machine = SessionMachine(
            configuration: configuration,
            conversation: conversation,
            budget: budget,
            now: time.now
        )
        self.model = restored?.record.model ?? options.model
        self.permissionMode = restored?.record.permissionMode ?? options.permissionMode
        self.claudeSessionIDs = Mutex(restored?.record.claudeSessionIDs ?? [conversation.id])
        let now = Timestamp.now()
        self.createdAt = restored?.record.createdAt ?? now
        self.lastActivityAt = restored?.record.lastActivityAt ?? now
        (self.commits, self.commitSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        guard let restored else { return }
        self.isRestored = true
        self.isAnnounced = true
        self.usage = restored.record.usage
        self.context = restored.record.context
        self.openTurn = restored.record.openTurn
        self.lastOutcome = restored.record.lastOutcome
        self.book.restore(restored.messages)
        self.jobs.restore(restored.jobs)
        self.machine.restore(
            approvals: restored.approvals,
            waiting: self.book.open.filter { $0.state != .delivered }.map(\.prompt),
            restarts: restored.record.restarts,
            idleFor: restored.idleFor,
            now: time.now
        )
    }

    static func conversation(_ options: SessionOptions) -> SessionMachine.Conversation {
        let fresh = UUID().uuidString.lowercased()
        guard let resume = options.resume else { return .fresh(fresh) }
        return options.isFork ? .fork(from: resume, as: fresh) : .known(resume)
    }

    /// Its place among all.
    package nonisolated var address: SessionAddress { SessionAddress(owner: self.owner, id: self.id) }

    // MARK: Life

    /// The whole life of the session; returns when it has ended and its process tree is gone.
    package func run() async {
        guard !self.isOver else { return }
        self.hasBegun = true
        await withDiscardingTaskGroup { group in
            if self.store != nil { group.addTask { await self.followCommits() } }
            await self.live()
            self.commitSignal.finish()
        }
        self.finish()
    }

    func live() async {
        if self.isRestored {
            self.tellWhatWasCut()
            self.perform(self.machine.resumeAfterRestart(now: self.time.now))
        } else {
            self.announce()
            self.perform(self.machine.start())
        }
        while let conversation = await self.nextLaunch() {
            let hasPlace = await self.waitForPlace()
            self.launchedOptions = self.options.inForce
            self.launchedAt = hasPlace ? self.time.now : nil
            let exit = hasPlace ? await self.run(conversation) : AgentExit(launchFailure: "no longer wanted")
            self.admission?.leave(self.storageID)
            self.childExited(exit)
        }
        self.plan.removeTemporaryDirectory(self.temporaryName)
        await self.durable()
    }

    private func run(_ conversation: SessionMachine.Conversation) async -> AgentExit {
        do {
            let launch = self.plan.launch(
                try self.plan.checked(self.options.inForce),
                conversation: conversation,
                session: self.storageID,
                temporaryName: self.temporaryName,
                budgetLeft: self.machine.budget.leftUSD
            )
            return await self.runner.run(launch, handler: self)
        } catch {
            return AgentExit(launchFailure: error.detail)
        }
    }

    /// Ends the session and returns when nothing of it is left.
    ///
    /// One whose life has not begun is over at once, and `run` will return without a process.
    package func end(_ reason: EndReason) async {
        self.beginEnd(reason)
        guard !self.isOver else { return }
        await withCheckedContinuation { self.endWaiters.append($0) }
    }

    /// Ends the session, as `end`, and does not wait until nothing of it is left.
    package func beginEnd(_ reason: EndReason) {
        self.perform(self.machine.end(reason, now: self.time.now))
        // One that waits for a place, or has not begun, has no more use for it.
        if self.isWaitingForPlace || !self.hasBegun { self.admission?.leave(self.storageID) }
        if !self.hasBegun { self.finish() }
    }

    /// Waits until its process may run; false when the session has ended first.
    private func waitForPlace() async -> Bool {
        guard let admission, !admission.ask(self.storageID, owner: self.owner) else { return true }
        self.isWaitingForPlace = true
        self.settle()
        let start = self.time.now
        let hasPlace = await admission.wait(self.storageID)
        self.isWaitingForPlace = false
        self.metrics.waitedForPlace.record(self.time.now - start)
        self.settle()
        return hasPlace && self.machine.endReason == nil
    }

    /// What keeps it from moving on, if something does.
    var waitingOn: WaitingOn? { self.isWaitingForPlace ? .admission : self.machine.waitingOn }

    /// Acts on what time has brought.
    package func deadlineReached() {
        let now = self.time.now
        for (id, waiter) in self.requests where waiter.deadline <= now {
            self.requests[id] = nil
            waiter.continuation.resume(
                returning: .failure(SessionError(.agentRefused, "The agent did not answer in time."))
            )
        }
        while let line = self.unsent.first, self.child?.send(line) == .queued { self.unsent.removeFirst() }
        self.perform(self.machine.deadlineReached(now: now, at: Timestamp.now()))
        if let trimsAt, trimsAt <= now {
            self.trimsAt = nil
            // One that sleeps needs no memory of what it said.
            if self.machine.state == .hibernated { self.log.release() } else { self.log.trim() }
            self.settle()
        }
        // Last, as what was trimmed would be the notice too.
        if let notice = self.viewerNotices.due(now: now) {
            self.tell(notice)
            self.settle()
        }
    }

    /// Whether its process writes to this Claude session.
    package nonisolated func works(on conversation: String) -> Bool {
        self.claudeSessionIDs.withLock { $0.last?.lowercased() == conversation.lowercased() }
    }

    /// Whether it has ever had this Claude session.
    package nonisolated func hasHad(_ conversation: String) -> Bool {
        let conversation = conversation.lowercased()
        return self.claudeSessionIDs.withLock { $0.contains { $0.lowercased() == conversation } }
    }

    // MARK: The process

    package func agentMayStart() -> Bool {
        self.machine.endReason == nil
    }

    package func agentStarted(_ child: any AgentChild) {
        self.child = child
        self.childStartedAt = self.time.now
        self.emit("process.started", EventData.encode(ProcessStarted(pid: child.pid)))
        // One from the warm pool has chosen its conversation before.
        if let id = child.conversationID { self.noteClaudeSession(id) }
        self.perform(self.machine.childStarted(now: self.time.now))
    }

    func childExited(_ exit: AgentExit) {
        self.child = nil
        self.childStartedAt = nil
        self.initializeRequest = nil
        self.hasLostLine = false
        self.isStalled = false
        self.unsent = []
        for waiter in self.requests.values {
            waiter.continuation.resume(returning: .failure(SessionError(.agentRefused, "The agent has gone.")))
        }
        self.requests = [:]
        let last = SessionSummary.Exit(code: exit.code, signal: exit.signal, stderrTail: exit.stderrTail)
        self.lastExit = last
        self.logger.debug(
            "agent exited",
            metadata: [
                LogKey.exitCode: "\(exit.code ?? -1)", LogKey.exitSignal: "\(exit.signal ?? 0)",
                LogKey.agentSwept: "\(exit.swept)",
            ]
        )
        self.emit("process.exited", EventData.encode(last))
        // One that never had a place has not been a process.
        if self.launchedAt != nil { self.metrics.processExited(ProcessEnd(exit)) }
        self.launchedAt = nil
        let restarts = self.machine.restarts
        self.perform(self.machine.childExited(exit, at: Timestamp.now(), now: self.time.now))
        if self.machine.restarts > restarts { self.metrics.processesRestarted.increment() }
        if self.machine.state == .hibernated { self.trimsAt = self.time.now + Self.releaseDelay }
        self.settle()
        for waiter in self.exitWaiters { waiter.resume() }
        self.exitWaiters = []
    }

    /// The process takes prompts: what was changed since it was started is told to it.
    func agentIsReady(permissionMode: String?) {
        self.permissionMode = permissionMode ?? self.permissionMode
        if let launchedAt {
            let source: ProcessSource = self.child?.conversationID == nil ? .cold : .warm
            self.metrics.processReady(from: source, after: self.time.now - launchedAt)
        }
        if let launched = self.launchedOptions {
            let wanted = self.options.inForce
            if launched.model != wanted.model {
                self.send(ControlProtocol.setModel(requestID: self.nextRequestID(), model: wanted.model))
            }
            if launched.permissionMode != wanted.permissionMode, let mode = wanted.permissionMode {
                self.send(ControlProtocol.setPermissionMode(requestID: self.nextRequestID(), mode: mode))
            }
            if launched.maximumThinkingTokens != self.options.maximumThinkingTokens {
                let tokens = self.options.maximumThinkingTokens
                self.send(ControlProtocol.setMaxThinkingTokens(requestID: self.nextRequestID(), tokens: tokens))
            }
        }
        self.apply(self.machine.childBecameReady(now: self.time.now))
    }

    /// To the child; what it does not take now it gets when it reads again.
    func send(_ line: ByteBuffer) {
        guard self.child?.send(line) == .full, self.unsent.count < Self.maximumUnsent else { return }
        self.unsent.append(line)
    }

    // MARK: Steps

    /// Nothing of the session is left: those who wait for that are told.
    func finish() {
        self.isOver = true
        for (_, deed) in self.deeds { if case .resume(let waiter) = deed { waiter.resume() } }
        self.deeds = []
        self.log.close()
        for waiter in self.endWaiters + self.exitWaiters { waiter.resume() }
        self.endWaiters = []
        self.exitWaiters = []
    }

    func processGone() async {
        guard self.child != nil, !self.isOver else { return }
        await withCheckedContinuation { self.exitWaiters.append($0) }
    }

    /// Waits for the machine to order a process; `nil` when there will be none.
    func nextLaunch() async -> SessionMachine.Conversation? {
        while self.orderedLaunch == nil {
            if self.machine.state == .ended { return nil }
            await withCheckedContinuation { self.launchWaiter = $0 }
        }
        defer { self.orderedLaunch = nil }
        return self.orderedLaunch
    }

    func nextRequestID() -> String {
        self.requestCount += 1
        return "troupe_\(self.requestCount)"
    }
}
