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
        /// How long before its end a session says so, at most; a quarter of a short time to live.
        package var expiryNotice: Duration = .seconds(60)
        /// Idle time after which the process is given back; `nil` for never.
        package var hibernateAfter: Duration? = .seconds(600)
        /// How long an approval waits before it is denied; `nil` for ever.
        package var approvalTimeout: Duration? = .seconds(1800)
        /// Silence in a turn after which it counts as stuck.
        package var stallNotice: Duration = .seconds(120)
        /// Silence in a turn after which it is stopped; `nil` for never.
        package var stallLimit: Duration? = .seconds(600)
        /// How long the CLI may take to begin with prompts that came into a turn too late for it.
        package var steerPatience: Duration = .seconds(10)
        /// Whether queue and questions outlive the server: then a shutdown hands nothing back.
        package var outlivesServer = false
        /// Restarts allowed within `restartPeriod`.
        package var restartIntensity = 5
        package var restartPeriod: Duration = .seconds(60)
        package var restartDelay: Duration = .milliseconds(250)

        package init() {}
    }

    /// Which Claude conversation the next process takes up.
    package enum Conversation: Sendable, Equatable, Codable {
        /// Nothing was ever said; the id is ours to choose.
        case fresh(String)
        /// A prompt was sent but no result seen: a process killed early leaves no session (PROTOCOL §13).
        case uncertain(String)
        case known(String)
        /// A copy of another, which stays as it is; there is none before its first result.
        case fork(from: String, as: String)
        /// A known one, cut off after one of its messages.
        case rewound(String, to: String)

        package var id: String {
            switch self {
            case .fresh(let id), .uncertain(let id), .known(let id), .fork(_, let id), .rewound(let id, _): id
            }
        }
    }

    package enum Action: Sendable, Equatable {
        case launch(Conversation)
        case initialize
        /// To the agent; say `promptSent` when it is on its way, `deliveryRefused` when the child takes no lines.
        case deliver(Turn)
        /// Into the open turn.
        case steer(Prompt)
        case askToStop
        case signal(AgentSignal)
        case terminate(immediately: Bool)
        case announceStart(Turn)
        case announceEnd(Turn, TurnOutcome, TurnResult?)
        /// They were part of a turn that has come to them.
        case consumed([Prompt])
        case handBack([Prompt])
        /// The agent had them, and nobody knows what became of it.
        case lost([Prompt])
        case answerInterrupts(InterruptReceipt)
        case announceApproval(Approval)
        case reply(requestID: String, Approval)
        /// Its question did not survive a restart, so the answer goes as a message.
        case resume(Approval)
        case announceStall(silence: Duration, WaitingOn?)
        case announceExpiry
        case announceBudget
        case fail(String)
        case end(EndReason)
    }

    enum Process: Sendable, Equatable {
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

    struct Interruption: Sendable, Equatable {
        var step: InterruptReceipt.Step
        let since: ContinuousClock.Instant
        var returned: [String]
    }

    enum DeadlineKind: Sendable, Hashable {
        case startup, relaunch, redelivery, interruption, steered
    }

    /// Why a process that was told to go will not be mourned.
    enum Leave: Sendable, Equatable {
        /// The session goes on without one.
        case hibernation
        /// Another takes its place.
        case restart
    }

    package internal(set) var configuration: Configuration
    package internal(set) var conversation: Conversation
    package internal(set) var turn: Turn?
    package internal(set) var failure: String?
    package internal(set) var endReason: EndReason?
    package internal(set) var restarts = 0
    package internal(set) var budget: Budget
    /// The API has refused the agent's login, and nobody has said since that it is better.
    var isLoginRefused = false
    /// How long the last start from hibernation took.
    package internal(set) var wakeTime: Duration?

    var process: Process = .absent
    var leave: Leave?
    var isHibernated = false
    var wakesSince: ContinuousClock.Instant?
    var wasEverReady = false
    var hasEnded = false
    var viewers = 0
    var queue: PromptQueue
    /// Prompts given to the CLI beside the one of the turn, not yet part of anything.
    var steered: [Prompt] = [] {
        // Patience for those that are gone is not held against those that come.
        didSet { if self.steered.isEmpty { self.deadlines[.steered] = nil } }
    }
    /// Whether the open turn's prompt is with the process.
    var isPromptSent = false
    var approvals = ApprovalBook()
    var activity: TurnActivity
    /// Background shells and sub-agents of the process.
    var background: Set<String> = []
    var limiter: RestartLimiter
    var interruption: Interruption?
    var deadlines: [DeadlineKind: ContinuousClock.Instant] = [:]
    var lastActivity: ContinuousClock.Instant
    /// The end that was announced.
    var announcedExpiry: ContinuousClock.Instant?
    var isBudgetAnnounced = false

    package init(
        configuration: Configuration,
        conversation: Conversation,
        budget: Budget = Budget(),
        now: ContinuousClock.Instant
    ) {
        self.configuration = configuration
        self.conversation = conversation
        self.budget = budget
        self.queue = PromptQueue(limit: configuration.maximumQueuedPrompts)
        self.limiter = RestartLimiter(
            intensity: configuration.restartIntensity,
            period: configuration.restartPeriod,
            firstDelay: configuration.restartDelay
        )
        self.activity = TurnActivity(now: now)
        self.lastActivity = now
    }

    // MARK: What can be seen

    package var state: SessionState {
        if self.hasEnded { return .ended }
        if self.endReason != nil || self.interruption != nil { return .stopping }
        if self.failure != nil { return .failed }
        if !self.approvals.isEmpty { return .requiresAction }
        if self.turn != nil { return .running }
        if self.budget.isReached || self.isHeldForLogin { return .requiresAction }
        if self.isHibernated || self.leave == .hibernation { return .hibernated }
        return self.process == .ready ? .idle : .starting
    }

    /// What keeps it from moving on, if that is not its process.
    package var waitingOn: WaitingOn? {
        switch self.state {
        case .requiresAction:
            if !self.approvals.isEmpty { .person } else if self.budget.isReached { .budget } else { .login }
        case .running: self.isPromptSent ? self.activity.waitingOn : .api
        default: nil
        }
    }

    /// Whether prompts wait for a login: sent now, each would fail as the last did.
    var isHeldForLogin: Bool { self.isLoginRefused && !self.queue.isEmpty && self.turn == nil }

    package var waiting: [Prompt] { self.queue.prompts }

    /// Whether nothing but a viewer keeps the session alive.
    package var isQuiet: Bool {
        self.turn == nil && self.queue.isEmpty && self.steered.isEmpty && self.approvals.isEmpty
            && self.background.isEmpty && self.interruption == nil && self.endReason == nil
            && (self.process == .ready || self.failure != nil || self.isHibernated)
    }

    /// Whether its process could be given back.
    package var canHibernate: Bool { self.isQuiet && self.process == .ready }

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
        if let wakesSince { self.wakeTime = now - wakesSince }
        self.wakesSince = nil
        return self.deliverNext(now: now)
    }

    /// The process and its whole tree are gone.
    ///
    /// - Parameters:
    ///   - exit: how it went, and the last of its stderr.
    ///   - at: the present as RFC 3339.
    ///   - now: the present.
    /// - Returns: a restart, the failure or the end of the session.
    package mutating func childExited(_ exit: AgentExit, at: String, now: ContinuousClock.Instant) -> [Action] {
        self.process = .absent
        self.background = []
        self.deadlines[.startup] = nil
        self.deadlines[.redelivery] = nil
        self.deadlines[.steered] = nil
        var actions = self.closeProcessWork(at: at, now: now)
        let wasInterrupted = self.interruption != nil
        actions += self.closeInterruption(.escalated, surviving: exit.survivors, now: now)

        if let reason = self.endReason {
            self.hasEnded = true
            self.deadlines = [:]
            return actions + [.end(reason)]
        }
        if let leave {
            self.leave = nil
            self.isHibernated = true
            let isWanted = leave == .restart || (!self.queue.isEmpty && !self.budget.isReached)
            return actions + (isWanted ? self.wake(now: now) : [])
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

    /// The CLI names its session in every `init`; it changes with `/clear` and forks (PROTOCOL §13).
    package mutating func conversationNamed(_ id: String) {
        guard id != self.conversation.id else { return }
        switch self.conversation {
        case .fresh: self.conversation = .fresh(id)
        case .uncertain, .known, .fork, .rewound: self.conversation = .uncertain(id)
        }
    }

    /// What was open in the process that has gone.
    private mutating func closeProcessWork(at: String, now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        if self.configuration.outlivesServer, self.endReason == .shutdown {
            self.approvals.outliveProcess()
        } else {
            actions += self.approvals.withdrawAll(at: at).map(Action.announceApproval)
        }
        if let turn, let prompt = turn.prompt, !self.isPromptSent {
            // It was on its way and never arrived.
            self.turn = nil
            self.queue.prepend(prompt)
        }
        actions += self.closeTurn(self.interruption == nil ? .killed : .interrupted, result: nil, now: now)
        if !self.steered.isEmpty { actions.append(.lost(self.steered)) }
        self.steered = []
        return actions
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
        case .fresh(let id) where stderr.contains("is already in use"),
            .fork(_, let id) where stderr.contains("is already in use"):
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
