package import Agent

/// Decides what happens in a session.
///
/// No I/O, no clock: the session actor carries out what it returns, in order, with no
/// suspension between.
///
/// One process, one turn at a time, a queue of prompts before it. Each input is something that happened (past tense) or
/// something a caller wants; each action is an order.
package struct SessionMachine: Sendable {
    /// The session's own limits.
    package struct Configuration: Sendable {
        /// Prompts that may wait behind the running one.
        package var maximumQueuedPrompts = 32
        /// From the start of the process to its answer to `initialize`: 0.3 s as a rule, 2 s when five start at once
        /// (the CLI's figures); an MCP server that connects slowly adds its own time.
        package var startTimeout: Duration = .seconds(60)
        /// How long the control request of an interrupt may take before signals follow.
        package var controlPatience: Duration = .seconds(3)
        /// How long SIGINT may take before SIGKILL follows.
        package var signalPatience: Duration = .seconds(3)
        /// Streams that may be attached at once.
        package var maximumViewers = 10_000
        /// Idle time without viewers after which the session ends; `nil` for never.
        package var timeToLive: Duration? = .seconds(3600)
        /// Restarts allowed within `restartPeriod`.
        package var restartIntensity = 5
        package var restartPeriod: Duration = .seconds(60)
        package var restartDelay: Duration = .milliseconds(250)

        package init() {}
    }

    /// Which Claude conversation the next process takes up.
    package enum Conversation: Sendable, Equatable {
        /// Nothing was ever said; the id is ours to choose.
        case fresh(String)
        /// A prompt was sent but no result seen: a process killed early leaves no session (PROTOCOL §13).
        case uncertain(String)
        case known(String)

        package var id: String {
            switch self {
            case .fresh(let id), .uncertain(let id), .known(let id): id
            }
        }
    }

    package enum Action: Sendable, Equatable {
        case launch(Conversation)
        case initialize
        case deliver(Turn)
        case askToStop
        case signal(AgentSignal)
        case terminate(immediately: Bool)
        case announceStart(Turn)
        case announceEnd(Turn, TurnOutcome, TurnResult?)
        case handBack([Prompt])
        case answerInterrupts(InterruptReceipt)
        case fail(String)
        case end(EndReason)
    }

    private enum Process: Sendable, Equatable {
        /// Not there. May go to `launching`.
        case absent
        /// The runner was asked for one. May go to `initializing`, `absent`.
        case launching
        /// It runs and was sent `initialize`. May go to `ready`, `leaving`, `absent`.
        case initializing
        /// It takes prompts. May go to `leaving`, `absent`.
        case ready
        /// It was told to go and takes no prompts. May go to `absent`.
        case leaving
    }

    private struct Interruption: Sendable, Equatable {
        var step: InterruptReceipt.Step
        let since: ContinuousClock.Instant
        var returned: [String]
    }

    private enum DeadlineKind: Sendable, Hashable {
        case startup, relaunch, redelivery, interruption
    }

    package let configuration: Configuration
    package private(set) var conversation: Conversation
    package private(set) var turn: Turn?
    package private(set) var failure: String?
    package private(set) var endReason: EndReason?
    package private(set) var restarts = 0

    private var process: Process = .absent
    private var wasEverReady = false
    private var hasEnded = false
    private var viewers = 0
    private var queue: PromptQueue
    private var limiter: RestartLimiter
    private var interruption: Interruption?
    private var deadlines: [DeadlineKind: ContinuousClock.Instant] = [:]
    private var lastActivity: ContinuousClock.Instant

    package init(configuration: Configuration, conversation: Conversation, now: ContinuousClock.Instant) {
        self.configuration = configuration
        self.conversation = conversation
        self.queue = PromptQueue(limit: configuration.maximumQueuedPrompts)
        self.limiter = RestartLimiter(
            intensity: configuration.restartIntensity,
            period: configuration.restartPeriod,
            firstDelay: configuration.restartDelay
        )
        self.lastActivity = now
    }

    // MARK: What can be seen

    package var state: SessionState {
        if self.hasEnded { return .ended }
        if self.endReason != nil || self.interruption != nil { return .stopping }
        if self.failure != nil { return .failed }
        if self.turn != nil { return .running }
        return self.process == .ready ? .idle : .starting
    }

    package var waiting: [Prompt] { self.queue.prompts }

    /// Whether nothing but a viewer keeps the session alive.
    package var isQuiet: Bool {
        self.turn == nil && self.queue.isEmpty && self.endReason == nil
            && (self.process == .ready || self.failure != nil)
    }

    /// When an untouched session ends, if it has a time to live and nothing keeps it.
    package var expiresAt: ContinuousClock.Instant? {
        guard self.isQuiet, self.viewers == 0, let timeToLive = self.configuration.timeToLive else { return nil }
        return self.lastActivity + timeToLive
    }

    /// When `deadlineReached` wants to be called.
    package var nextDeadline: ContinuousClock.Instant? {
        (self.deadlines.values + [self.expiresAt].compactMap { $0 }).min()
    }

    // MARK: The process

    /// Asks for the first process.
    package mutating func start() -> [Action] {
        guard self.endReason == nil else { return [] }
        self.process = .launching
        return [.launch(self.conversation)]
    }

    package mutating func childStarted(now: ContinuousClock.Instant) -> [Action] {
        guard self.endReason == nil else { return [.terminate(immediately: false)] }
        self.process = .initializing
        self.deadlines[.startup] = now + self.configuration.startTimeout
        return [.initialize]
    }

    /// `initialize` was answered: ready means this, not `system/init` (PROTOCOL §1).
    package mutating func childBecameReady(now: ContinuousClock.Instant) -> [Action] {
        guard self.process == .initializing else { return [] }
        self.process = .ready
        self.wasEverReady = true
        self.deadlines[.startup] = nil
        self.lastActivity = now
        return self.deliverNext(now: now)
    }

    /// The process and its whole tree are gone.
    ///
    /// - Parameters:
    ///   - exit: how it went, and the last of its stderr.
    ///   - now: the present.
    /// - Returns: a restart, the failure or the end of the session.
    package mutating func childExited(_ exit: AgentExit, now: ContinuousClock.Instant) -> [Action] {
        self.process = .absent
        self.deadlines[.startup] = nil
        self.deadlines[.redelivery] = nil
        var actions = self.closeTurn(self.interruption == nil ? .killed : .interrupted, result: nil, now: now)
        let wasInterrupted = self.interruption != nil
        actions += self.closeInterruption(.escalated, surviving: exit.survivors, now: now)

        if let reason = self.endReason {
            self.hasEnded = true
            self.deadlines = [:]
            return actions + [.end(reason)]
        }
        if wasInterrupted { return actions + self.relaunch(after: .zero, now: now) }
        if self.correctConversation(exit.stderrTail) {
            return actions + self.relaunch(after: .zero, now: now)
        }
        guard exit.launchFailure == nil, self.wasEverReady, let delay = self.limiter.processDied(at: now) else {
            return actions + self.fail(Self.describe(exit), now: now)
        }
        return actions + self.relaunch(after: delay, now: now)
    }

    // MARK: Prompts and turns

    /// Takes a prompt, to be delivered at once or to wait.
    ///
    /// - Throws: `SessionError` when the session is over, failed, or its queue is full.
    package mutating func submit(
        _ prompt: Prompt,
        now: ContinuousClock.Instant
    ) throws(SessionError) -> (position: Int, actions: [Action]) {
        guard self.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        if let failure { throw SessionError(.sessionFailed, "The session's agent failed: \(failure)") }
        self.lastActivity = now
        guard let position = self.queue.append(prompt) else {
            throw SessionError(
                .queueFull,
                "\(self.queue.count) messages wait already.",
                retryAfter: .seconds(5)
            )
        }
        let actions = self.deliverNext(now: now)
        return (self.turn?.prompt?.id == prompt.id ? 0 : position, actions)
    }

    /// Takes back a prompt that waits; `nil` when there is none of that id.
    package mutating func cancel(id: String) -> Prompt? {
        self.queue.remove(id: id)
    }

    /// The child took no more lines: the prompt goes on waiting.
    package mutating func deliveryRefused(now: ContinuousClock.Instant) {
        guard let prompt = self.turn?.prompt else { return }
        self.turn = nil
        self.queue.prepend(prompt)
        self.deadlines[.redelivery] = now + .seconds(1)
    }

    /// A turn begins (`system/init`).
    ///
    /// Without a prompt of ours it is one that nobody asked for.
    package mutating func turnBegan(now: ContinuousClock.Instant) -> [Action] {
        guard self.turn == nil, self.process == .ready else { return [] }
        let turn = Turn(id: Identifier.turn(), origin: .task, prompt: nil, startedAt: now)
        self.turn = turn
        return [.announceStart(turn)]
    }

    /// A turn has ended (`result`).
    package mutating func resultReceived(_ result: TurnResult, now: ContinuousClock.Instant) -> [Action] {
        if let turn, let prompt = turn.prompt, let origin = result.origin, !result.promptUUIDs.contains(prompt.uuid) {
            // The CLI had started a turn of its own when our prompt arrived; ours is still to come.
            let own = Turn(id: Identifier.turn(), origin: origin, prompt: nil, startedAt: now)
            let actions: [Action] = [.announceStart(own), .announceEnd(own, result.outcome, result)]
            // An interrupt was spent on that turn, not on ours.
            return self.interruption?.step == .control ? actions + [.askToStop] : actions
        }
        guard self.turn != nil else { return [] }
        // An error without a reason says nothing: a resume that found no conversation ends like that (PROTOCOL §6.5).
        if !result.isError || result.terminalReason != nil { self.conversation = .known(self.conversation.id) }
        var actions = self.closeTurn(result.outcome, result: result, now: now)
        // After a signal the process is on its way out: the interrupt is over when it is gone.
        if let interruption, interruption.step != .control { return actions }
        actions += self.closeInterruption(
            result.outcome == .interrupted ? .interrupted : .alreadyIdle,
            surviving: [],
            now: now
        )
        return actions + self.deliverNext(now: now)
    }

    /// The CLI names its session in every `init`; it changes with `/clear` and forks (PROTOCOL §13).
    package mutating func conversationNamed(_ id: String) {
        guard id != self.conversation.id else { return }
        switch self.conversation {
        case .fresh: self.conversation = .fresh(id)
        case .uncertain, .known: self.conversation = .uncertain(id)
        }
    }

    // MARK: Stopping

    /// Stops the open turn and hands back what waits.
    ///
    /// The receipt comes as `answerInterrupts`, at once when nothing runs.
    package mutating func interrupt(now: ContinuousClock.Instant) -> [Action] {
        let returned = self.queue.removeAll()
        var actions: [Action] = returned.isEmpty ? [] : [.handBack(returned)]
        self.lastActivity = now
        guard self.turn != nil || self.interruption != nil else {
            return actions + [
                .answerInterrupts(
                    InterruptReceipt(
                        outcome: .alreadyIdle,
                        step: nil,
                        surviving: [],
                        returnedMessages: returned.map(\.id),
                        tookMs: 0
                    )
                )
            ]
        }
        if self.interruption == nil {
            self.interruption = Interruption(step: .control, since: now, returned: [])
            self.deadlines[.interruption] = now + self.configuration.controlPatience
            actions.append(.askToStop)
        }
        self.interruption?.returned += returned.map(\.id)
        return actions
    }

    /// Ends the session: the turn is stopped, the process ended, what waits handed back.
    package mutating func end(_ reason: EndReason, now: ContinuousClock.Instant) -> [Action] {
        guard self.endReason == nil else { return [] }
        self.endReason = reason
        let returned = self.queue.removeAll()
        var actions: [Action] = returned.isEmpty ? [] : [.handBack(returned)]
        self.deadlines[.relaunch] = nil
        self.deadlines[.redelivery] = nil
        switch self.process {
        case .absent:
            self.hasEnded = true
            self.deadlines = [:]
            return actions + [.end(reason)]
        case .launching:
            return actions
        case .initializing, .ready, .leaving:
            // The end of stdin lets a turn run to its end first (PROTOCOL §14), so it is stopped before.
            if self.turn != nil, self.interruption == nil { actions.append(.askToStop) }
            return actions + [.terminate(immediately: false)]
        }
    }

    // MARK: Time

    package mutating func viewerJoined() {
        self.viewers += 1
    }

    package mutating func viewerLeft(now: ContinuousClock.Instant) {
        self.viewers -= 1
        self.lastActivity = now
    }

    package var viewerCount: Int { self.viewers }

    /// Acts on every deadline that has passed.
    package mutating func deadlineReached(now: ContinuousClock.Instant) -> [Action] {
        if let expiresAt, expiresAt <= now { return self.end(.expired, now: now) }
        var actions: [Action] = []
        for (kind, deadline) in self.deadlines where deadline <= now {
            self.deadlines[kind] = nil
            switch kind {
            case .startup:
                self.process = .leaving
                actions.append(.terminate(immediately: true))
            case .relaunch: actions += self.start()
            case .redelivery: actions += self.deliverNext(now: now)
            case .interruption: actions += self.climb(now: now)
            }
        }
        return actions
    }

    // MARK: Steps

    private mutating func deliverNext(now: ContinuousClock.Instant) -> [Action] {
        guard self.process == .ready, self.turn == nil, self.endReason == nil, self.interruption == nil,
            self.deadlines[.redelivery] == nil, let prompt = self.queue.popFirst()
        else { return [] }
        let turn = Turn(id: Identifier.turn(), origin: .message, prompt: prompt, startedAt: now)
        self.turn = turn
        if case .fresh(let id) = self.conversation { self.conversation = .uncertain(id) }
        return [.deliver(turn)]
    }

    private mutating func closeTurn(
        _ outcome: TurnOutcome,
        result: TurnResult?,
        now: ContinuousClock.Instant
    ) -> [Action] {
        guard let turn else { return [] }
        self.turn = nil
        self.lastActivity = now
        return [.announceEnd(turn, outcome, result)]
    }

    private mutating func closeInterruption(
        _ outcome: InterruptReceipt.Outcome,
        surviving: [Int32],
        now: ContinuousClock.Instant
    ) -> [Action] {
        guard let interruption else { return [] }
        self.interruption = nil
        self.deadlines[.interruption] = nil
        return [
            .answerInterrupts(
                InterruptReceipt(
                    outcome: outcome,
                    step: interruption.step,
                    surviving: surviving,
                    returnedMessages: interruption.returned,
                    tookMs: Int((now - interruption.since) / .milliseconds(1))
                )
            )
        ]
    }

    /// The next rung: SIGINT, which lets the CLI write its result and costs the process, then SIGKILL.
    private mutating func climb(now: ContinuousClock.Instant) -> [Action] {
        switch self.interruption?.step {
        case .control:
            self.interruption?.step = .signal
            self.process = .leaving
            self.deadlines[.interruption] = now + self.configuration.signalPatience
            return [.signal(.interrupt)]
        case .signal:
            self.interruption?.step = .kill
            return [.terminate(immediately: true)]
        case .kill, nil:
            return []
        }
    }

    private mutating func relaunch(after delay: Duration, now: ContinuousClock.Instant) -> [Action] {
        self.restarts += 1
        if delay == .zero { return self.start() }
        self.deadlines[.relaunch] = now + delay
        return []
    }

    private mutating func fail(_ reason: String, now: ContinuousClock.Instant) -> [Action] {
        self.failure = reason
        self.lastActivity = now
        self.deadlines = [:]
        let returned = self.queue.removeAll()
        return (returned.isEmpty ? [] : [.handBack(returned)]) + [.fail(reason)]
    }

    /// A start that failed because we were wrong about the conversation's file; true when another try makes sense.
    private mutating func correctConversation(_ stderr: String) -> Bool {
        switch self.conversation {
        case .uncertain(let id) where stderr.contains("No conversation found"):
            self.conversation = .fresh(id)
            return true
        case .fresh(let id) where stderr.contains("is already in use"):
            self.conversation = .known(id)
            return true
        default:
            return false
        }
    }

    private static func describe(_ exit: AgentExit) -> String {
        let last = exit.stderrTail.split(separator: "\n").last.map { ": \($0)" } ?? "."
        if let failure = exit.launchFailure { return failure }
        if let signal = exit.signal { return "ended by signal \(signal)\(last)" }
        return "exited with code \(exit.code ?? -1)\(last)"
    }
}
