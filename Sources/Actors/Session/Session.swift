package import Agent
import Foundation
package import Logging
package import NIOCore
import Storage
package import Synchronization

/// One Claude Code session: owns its process, its queue and its log, and is the only one who writes to any of them.
///
/// What to do is decided by `SessionMachine`; the actor carries it out, with no suspension between decision and effect.
package actor Session: AgentHandler {
    package nonisolated let id: String
    package nonisolated let log: EventLog
    /// When somebody should call `deadlineReached`; read by the supervisor's sweep without a hop.
    package nonisolated let deadline = Mutex<ContinuousClock.Instant?>(nil)
    /// The Claude session it works on now.
    package nonisolated let conversationID: Mutex<String>

    /// The oldest ids of a session that clears its conversation more often are forgotten.
    static let maximumClaudeSessionIDs = 100
    /// From the end of a turn to the moment when its previews are freed: who is at the head has had them by then.
    private static let trimDelay: Duration = .seconds(1)
    /// Lines over the limit whose files are kept; the oldest leaves for one more.
    static let maximumLongLines = 8

    private let lobby: EventLog?
    private let runner: any AgentRunner
    let time: any TimeSource
    let plan: LaunchPlan
    let options: SessionOptions
    private let logger: Logger
    let createdAt = Timestamp.now()
    /// Short, since the CLI makes a socket in this directory, and a socket's path has 107 bytes (unix(7)).
    private let temporaryName = String(UInt32.random(in: .min ... .max), radix: 36)

    var machine: SessionMachine
    private var lastState: SessionState?
    var lastActivityAt: String
    var child: (any AgentChild)?
    var childStartedAt: ContinuousClock.Instant?
    var lastExit: SessionSummary.Exit?
    var usage = SessionSummary.Usage()
    var model: String?
    var permissionMode: String?
    var claudeSessionIDs: [String]

    /// Events of the step in progress; they enter the log together.
    var outbox: [EventDraft] = []
    private var isAnnounced = false
    /// A line of the open turn could not be read; it may have been the result.
    var hasLostLine = false
    /// The child has refused a prompt and not taken one since.
    private var isStalled = false
    /// The files of lines that were too long for an event, by the number in it.
    var longLines: [Int: String] = [:]
    var longLineCount = 0
    private var trimsAt: ContinuousClock.Instant?
    var initializeRequest: String?
    private var requestCount = 0
    private var interruptWaiters: [CheckedContinuation<InterruptReceipt, Never>] = []
    private var endWaiters: [CheckedContinuation<Void, Never>] = []
    private var orderedLaunch: SessionMachine.Conversation?
    private var launchWaiter: CheckedContinuation<Void, Never>?
    private var hasBegun = false
    private var isOver = false

    /// A session that has not started; `run` is its life.
    ///
    /// - Parameters:
    ///   - id: the public id.
    ///   - options: what its client asked for.
    ///   - plan: how its processes are launched.
    ///   - runner: what runs them.
    ///   - configuration: its limits.
    ///   - epoch: which life of the log of this id begins.
    ///   - logBytes: the budget of its log.
    ///   - lobby: where the lives of all sessions are told.
    ///   - time: the clock.
    ///   - logger: gets the session's id.
    package init(
        id: String,
        options: SessionOptions,
        plan: LaunchPlan,
        runner: any AgentRunner,
        configuration: SessionMachine.Configuration,
        epoch: UInt32 = 1,
        logBytes: Int,
        lobby: EventLog? = nil,
        time: any TimeSource,
        logger: Logger
    ) {
        var configuration = configuration
        if let timeToLive = options.timeToLive { configuration.timeToLive = timeToLive }
        let conversation: SessionMachine.Conversation =
            options.resume.map { .known($0) } ?? .fresh(UUID().uuidString.lowercased())
        var logger = logger
        logger[metadataKey: "session.id"] = .string(id)

        self.id = id
        self.log = EventLog(session: id, epoch: epoch, maximumBytes: logBytes)
        self.lobby = lobby
        self.options = options
        self.plan = plan
        self.runner = runner
        self.time = time
        self.logger = logger
        self.machine = SessionMachine(configuration: configuration, conversation: conversation, now: time.now)
        self.model = options.model
        self.permissionMode = options.permissionMode
        self.claudeSessionIDs = [conversation.id]
        self.conversationID = Mutex(conversation.id)
        self.lastActivityAt = self.createdAt
    }

    // MARK: Life

    /// The whole life of the session; returns when it has ended and its process tree is gone.
    package func run() async {
        guard !self.isOver else { return }
        self.hasBegun = true
        self.announce()
        self.perform(self.machine.start())
        while let conversation = await self.nextLaunch() {
            let launch = self.plan.launch(
                self.options,
                conversation: conversation,
                session: self.id,
                temporaryName: self.temporaryName
            )
            let exit = await self.runner.run(launch, handler: self)
            self.childExited(exit)
        }
        self.plan.removeTemporaryDirectory(self.temporaryName)
        self.finish()
    }

    /// Ends the session and returns when nothing of it is left.
    ///
    /// One whose life has not begun is over at once, and `run` will return without a process.
    package func end(_ reason: EndReason) async {
        self.perform(self.machine.end(reason, now: self.time.now))
        if !self.hasBegun { self.finish() }
        guard !self.isOver else { return }
        await withCheckedContinuation { self.endWaiters.append($0) }
    }

    /// Acts on what time has brought.
    package func deadlineReached() {
        self.perform(self.machine.deadlineReached(now: self.time.now))
        if let trimsAt, trimsAt <= self.time.now {
            self.trimsAt = nil
            self.log.trim()
            self.settle()
        }
    }

    /// Whether its process writes to this Claude session.
    package nonisolated func works(on conversation: String) -> Bool {
        self.conversationID.withLock { $0.lowercased() == conversation.lowercased() }
    }

    // MARK: Clients

    /// Takes a prompt.
    ///
    /// - Parameter content: JSON, a string or an array of content blocks.
    /// - Returns: whether it went to the agent or waits.
    /// - Throws: `SessionError` when the session is over or its queue is full.
    package func submit(content: ByteBuffer) throws(SessionError) -> PromptReceipt {
        let prompt = Prompt(
            id: Identifier.message(),
            uuid: UUID().uuidString.lowercased(),
            content: content,
            createdAt: Timestamp.now()
        )
        let cursor = self.log.head.id.description
        let (position, actions) = try self.machine.submit(prompt, now: self.time.now)
        self.lastActivityAt = prompt.createdAt
        self.emit("message.accepted", Self.describe(prompt, position: position))
        self.apply(actions)
        // A child that does not read makes a prompt wait that could have been delivered.
        let isRefused = position == 0 && self.machine.turn?.prompt?.id != prompt.id
        let place = isRefused ? 1 : position
        if place > 0 {
            self.emit("message.queued", EventData.encode(MessageData(messageId: prompt.id, position: place)))
        }
        self.settle()
        return PromptReceipt(
            messageID: prompt.id,
            state: place == 0 ? .delivered : .queued,
            position: place,
            cursor: cursor
        )
    }

    /// Stops the open turn, by as many steps as it takes, and hands back what waits.
    package func interrupt() async -> InterruptReceipt {
        await withCheckedContinuation { waiter in
            self.interruptWaiters.append(waiter)
            self.perform(self.machine.interrupt(now: self.time.now))
        }
    }

    /// Takes back a prompt that waits.
    package func cancelMessage(_ id: String) throws(SessionError) {
        guard self.machine.cancel(id: id) != nil else {
            throw SessionError(.messageNotFound, "No message of that id waits in the queue.")
        }
        self.emit("message.cancelled", EventData.encode(MessageData(messageId: id, position: nil)))
        self.perform([])
    }

    /// One more viewer, with everything its stream has to say before it is live: one step, so that there is no seam.
    ///
    /// - Parameters:
    ///   - cursor: where it left off.
    ///   - messages: how many past messages a snapshot holds.
    /// - Returns: where its stream begins, and the snapshot if one is due.
    /// - Throws: `SessionError` when it has as many viewers as it may.
    package func attach(after cursor: ResumeRequest, messages: Int = 50) throws(SessionError) -> Attachment {
        guard self.machine.viewerCount < self.machine.configuration.maximumViewers else {
            throw SessionError(.tooManyViewers, "The session has \(self.machine.viewerCount) viewers.")
        }
        self.machine.viewerJoined()
        self.settle()
        let point = self.log.resume(after: cursor)
        let needsSnapshot = point.kind.needsSnapshot && cursor != .latest
        return Attachment(
            point: point,
            snapshot: needsSnapshot ? self.snapshot(partial: point.partial, messages: messages) : nil
        )
    }

    /// A viewer has left.
    package func detach() {
        self.machine.viewerLeft(now: self.time.now)
        self.settle()
    }

    // MARK: The process

    package func agentStarted(_ child: any AgentChild) {
        self.child = child
        self.childStartedAt = self.time.now
        self.emit("process.started", EventData.encode(ProcessStarted(pid: child.pid)))
        self.perform(self.machine.childStarted(now: self.time.now))
    }

    private func childExited(_ exit: AgentExit) {
        self.child = nil
        self.childStartedAt = nil
        self.initializeRequest = nil
        self.hasLostLine = false
        self.isStalled = false
        let last = SessionSummary.Exit(code: exit.code, signal: exit.signal, stderrTail: exit.stderrTail)
        self.lastExit = last
        self.logger.debug(
            "agent exited",
            metadata: [
                "exit.code": "\(exit.code ?? -1)", "exit.signal": "\(exit.signal ?? 0)", "swept": "\(exit.swept)",
            ]
        )
        self.emit("process.exited", EventData.encode(last))
        self.perform(self.machine.childExited(exit, now: self.time.now))
    }

    // MARK: Carrying out

    private func perform(_ actions: [SessionMachine.Action]) {
        self.apply(actions)
        self.settle()
    }

    /// Carries out what the machine decided; the step stays open.
    func apply(_ actions: [SessionMachine.Action]) {
        for action in actions { self.apply(action) }
    }

    private func apply(_ action: SessionMachine.Action) {
        switch action {
        case .launch(let conversation):
            self.orderedLaunch = conversation
            self.launchWaiter?.resume()
            self.launchWaiter = nil
        case .initialize:
            let request = self.nextRequestID()
            self.initializeRequest = request
            _ = self.child?.send(ControlProtocol.initialize(requestID: request))
        case .deliver(let turn):
            self.deliver(turn)
        case .askToStop:
            _ = self.child?.send(ControlProtocol.interrupt(requestID: self.nextRequestID()))
        case .signal(let signal):
            self.child?.signal(signal)
        case .terminate(let immediately):
            self.child?.beginTermination(immediately ? .kill : self.plan.termination)
        case .announceStart(let turn):
            self.announceStart(turn)
        case .announceEnd(let turn, let outcome, let result):
            self.announceEnd(turn, outcome, result)
        case .handBack(let prompts):
            for prompt in prompts { self.emit("message.returned", Self.describe(prompt, position: nil)) }
        case .answerInterrupts(let receipt):
            for waiter in self.interruptWaiters { waiter.resume(returning: receipt) }
            self.interruptWaiters = []
        case .fail(let reason):
            self.logger.warning("session failed", metadata: ["reason": "\(reason)"])
        case .end(let reason):
            self.emitState()
            self.emit("session.ended", EventData.encode(SessionEnded(reason: reason)))
            self.launchWaiter?.resume()
            self.launchWaiter = nil
        }
    }

    private func deliver(_ turn: Turn) {
        guard let prompt = turn.prompt else { return }
        let content = JSONText.string(prompt.content).map(ControlProtocol.Content.text) ?? .blocks(prompt.content)
        let line = ControlProtocol.userMessage(uuid: prompt.uuid, content: content)
        switch self.child?.send(line) {
        case .queued:
            self.isStalled = false
            self.emit("message.delivered", EventData.encode(MessageData(messageId: prompt.id, position: nil)))
            self.announceStart(turn)
        case .full:
            self.machine.deliveryRefused(now: self.time.now)
            guard !self.isStalled else { return }
            self.isStalled = true
            self.emit("process.stalled", EventData.encode(Stalled(reason: "the agent does not read its input")))
        case .closed, .none:
            // Its end is on the way and closes the turn; the prompt goes to the next process.
            self.machine.deliveryRefused(now: self.time.now)
        }
    }

    private func announceStart(_ turn: Turn) {
        let data = TurnStarted(id: turn.id, origin: turn.origin, messageId: turn.prompt?.id)
        self.emit("turn.started", EventData.encode(data), turn: turn.id)
    }

    private func announceEnd(_ turn: Turn, _ outcome: TurnOutcome, _ result: TurnResult?) {
        let now = self.time.now
        let data = TurnEnded(
            id: turn.id,
            origin: turn.origin,
            messageId: turn.prompt?.id,
            outcome: outcome,
            result: result?.text,
            usage: result?.usage,
            costUsd: result?.costUSD,
            durationMs: Int((now - turn.startedAt) / .milliseconds(1))
        )
        self.usage.turns += 1
        self.usage.costUsd += result?.costUSD ?? 0
        if let usage = result?.usage { self.usage.tokens.add(usage) }
        self.lastActivityAt = Timestamp.now()
        self.trimsAt = now + Self.trimDelay
        // What was being written when a process died will never be whole.
        self.outbox.append(
            EventDraft("turn.ended", turn: turn.id, data: EventData.encode(data), supersedesPreviews: true)
        )
    }

    /// Closes a step: the state is told if it changed, the events enter the log, the deadline is published.
    func settle() {
        self.emitState()
        self.log.append(self.outbox)
        self.lobby?.append(self.outbox.compactMap { $0.forLobby(session: self.id) })
        self.outbox.removeAll(keepingCapacity: false)
        let deadline = [self.machine.nextDeadline, self.trimsAt].compactMap { $0 }.min()
        self.deadline.withLock { $0 = deadline }
    }

    private func emitState() {
        let state = self.machine.state
        guard state != self.lastState else { return }
        self.lastState = state
        self.logger.debug("session state", metadata: ["state": "\(state.rawValue)"])
        self.emit("session.state", EventData.encode(StateData(state: state, failure: self.machine.failure)))
    }

    /// The first event of every session, whatever is asked of it first.
    private func announce() {
        guard !self.isAnnounced else { return }
        self.isAnnounced = true
        self.outbox.append(EventDraft("session.created", turn: nil, data: EventData.encode(self.summary())))
    }

    private func emit(_ type: String, _ data: ByteBuffer, turn: String? = nil) {
        self.announce()
        self.outbox.append(EventDraft(type, turn: turn ?? self.machine.turn?.id, data: data))
    }

    /// Nothing of the session is left: those who wait for that are told.
    private func finish() {
        self.isOver = true
        self.log.close()
        for waiter in self.endWaiters { waiter.resume() }
        self.endWaiters = []
    }

    /// Waits for the machine to order a process; `nil` when there will be none.
    private func nextLaunch() async -> SessionMachine.Conversation? {
        while self.orderedLaunch == nil {
            if self.machine.state == .ended { return nil }
            await withCheckedContinuation { self.launchWaiter = $0 }
        }
        defer { self.orderedLaunch = nil }
        return self.orderedLaunch
    }

    private func nextRequestID() -> String {
        self.requestCount += 1
        return "troupe_\(self.requestCount)"
    }
}
