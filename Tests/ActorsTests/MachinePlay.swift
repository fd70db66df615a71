import Agent
import NIOCore

@testable import Actors

/// Plays a `SessionMachine` and writes its orders down as words, so that a test reads as a transcript.
struct MachinePlay {
    private(set) var machine: SessionMachine
    private(set) var now = ContinuousClock.now
    /// Whether a delivered prompt is with the process at once.
    var arrives = true

    init(
        conversation: SessionMachine.Conversation = .fresh("c1"),
        budget: Budget = Budget(),
        _ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }
    ) {
        var configuration = SessionMachine.Configuration.quiet
        adjust(&configuration)
        self.machine = SessionMachine(
            configuration: configuration,
            conversation: conversation,
            budget: budget,
            now: self.now
        )
    }

    /// One whose process takes prompts.
    static func ready(
        conversation: SessionMachine.Conversation = .fresh("c1"),
        budget: Budget = Budget(),
        _ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }
    ) -> MachinePlay {
        var play = MachinePlay(conversation: conversation, budget: budget, adjust)
        _ = play.start()
        _ = play.started()
        _ = play.isReady()
        return play
    }

    var state: SessionState { self.machine.state }

    // MARK: Inputs

    mutating func start() -> [String] { Self.words(self.machine.start()) }

    mutating func started() -> [String] { Self.words(self.machine.childStarted(now: self.now)) }

    mutating func isReady() -> [String] { self.play(self.machine.childBecameReady(now: self.now)) }

    mutating func exited(
        code: Int32? = nil,
        signal: Int32? = nil,
        stderr: String = "",
        launchFailure: String? = nil,
        survivors: [Int32] = []
    ) -> [String] {
        let exit = AgentExit(
            code: code,
            signal: signal,
            stderrTail: stderr,
            launchFailure: launchFailure,
            survivors: survivors
        )
        return self.play(self.machine.childExited(exit, at: "", now: self.now))
    }

    /// The orders, the first of which is the place that was answered: `at 0`, or the refusal's code.
    mutating func submit(_ id: String, _ delivery: Prompt.Delivery = .queue) -> [String] {
        do {
            let (position, actions) = try self.machine.submit(Self.prompt(id, delivery), now: self.now)
            return ["at \(position)"] + self.play(actions)
        } catch {
            return [error.code.rawValue]
        }
    }

    mutating func began() -> [String] { Self.words(self.machine.turnBegan(now: self.now)) }

    /// A result; by default one that answers the prompt of the open turn.
    mutating func result(
        _ reason: String? = "completed",
        isError: Bool = false,
        origin: Turn.Origin? = nil,
        answers: [String]? = nil,
        cost: Double = 0
    ) -> [String] {
        var result = TurnResult()
        result.costUSD = cost
        result.terminalReason = reason
        result.isError = isError
        result.origin = origin
        result.promptUUIDs = answers ?? self.machine.turn?.prompt.map { [$0.uuid] } ?? []
        return self.play(self.machine.resultReceived(result, at: "", now: self.now))
    }

    mutating func refused() { self.machine.deliveryRefused(now: self.now) }

    mutating func interrupt() -> [String] { Self.words(self.machine.interrupt(now: self.now)) }

    mutating func end(_ reason: EndReason = .deleted) -> [String] {
        Self.words(self.machine.end(reason, now: self.now))
    }

    mutating func loginRefused() { self.machine.loginRefused() }

    mutating func wake() -> [String] { self.play(self.machine.wake(now: self.now)) }

    mutating func cancel(_ id: String) -> String? { self.machine.cancel(id: id)?.id }

    mutating func viewerJoined() { self.machine.viewerJoined() }

    mutating func viewerLeft() { self.machine.viewerLeft(now: self.now) }

    mutating func named(_ id: String) { self.machine.conversationNamed(id) }

    /// Turns the clock and says so.
    mutating func wait(_ duration: Duration) -> [String] {
        self.now += duration
        return self.play(self.machine.deadlineReached(now: self.now, at: ""))
    }

    /// Time goes by, and nobody looks.
    mutating func pass(_ duration: Duration) { self.now += duration }

    mutating func sent() { self.machine.promptSent(now: self.now) }

    mutating func steeringRefused(_ id: String) -> [String] {
        self.play(self.machine.steeringRefused(id, now: self.now))
    }

    mutating func moved(_ id: String, _ state: CommandLifecycle.State) -> [String] {
        self.play(self.machine.promptMoved(uuid: "u-\(id)", to: state, now: self.now))
    }

    mutating func noted(_ note: TurnActivity.Note) { self.machine.noted(note, now: self.now) }

    mutating func background(_ tasks: String...) { self.machine.backgroundChanged(Set(tasks), now: self.now) }

    mutating func limit(usd: Double? = nil, turns: Int? = nil) -> [String] {
        self.play(self.machine.limitBudget(Budget(limitUSD: usd, limitTurns: turns), now: self.now))
    }

    /// The process asks; the request is `r-` and the approval's id.
    mutating func asked(_ id: String, tool: String = "Bash") -> [String] {
        let approval = ApprovalBookTests.approval(id, tool: tool)
        return Self.words(self.machine.agentAsked(approval, requestID: "r-\(id)", now: self.now))
    }

    mutating func withdrawn(_ id: String) -> [String] {
        Self.words(self.machine.askWithdrawn(requestID: "r-\(id)", at: "", now: self.now))
    }

    mutating func answer(_ id: String, _ decision: Approval.Decision = .allow) -> [String] {
        do {
            let answer = ApprovalAnswer(decision, by: "ann")
            return self.play(try self.machine.answer(id, answer, at: "", now: self.now).actions)
        } catch {
            return [error.code.rawValue]
        }
    }

    mutating func hibernate() -> [String] {
        do { return self.play(try self.machine.hibernate()) } catch { return [error.code.rawValue] }
    }

    mutating func restart() -> [String] {
        do { return self.play(try self.machine.restart(now: self.now)) } catch { return [error.code.rawValue] }
    }

    mutating func rewind(to message: String) -> [String] {
        do { return self.play(try self.machine.rewind(to: message)) } catch { return [error.code.rawValue] }
    }

    mutating func takeWakeTime() -> Duration? { self.machine.takeWakeTime() }

    /// What an earlier server left, and that its life goes on.
    mutating func restored(
        approvals: [Approval] = [],
        waiting: [String] = [],
        idleFor: Duration = .zero
    ) -> [String] {
        self.machine.restore(
            approvals: approvals,
            waiting: waiting.map { Self.prompt($0) },
            restarts: 0,
            idleFor: idleFor,
            now: self.now
        )
        return self.play(self.machine.resumeAfterRestart(now: self.now))
    }

    // MARK: Words

    static func prompt(_ id: String, _ delivery: Prompt.Delivery = .queue) -> Prompt {
        Prompt(
            id: id,
            uuid: "u-\(id)",
            content: ByteBuffer(string: "\"\(id)\""),
            delivery: delivery,
            createdAt: ""
        )
    }

    /// Carries out what a child that reads would: a prompt that is delivered has arrived.
    private mutating func play(_ actions: [SessionMachine.Action]) -> [String] {
        for case .deliver in actions where self.arrives { self.machine.promptSent(now: self.now) }
        return Self.words(actions)
    }

    private static func words(_ actions: [SessionMachine.Action]) -> [String] { actions.map(Self.words) }

    private static func words(_ action: SessionMachine.Action) -> String {
        switch action {
        case .launch(let conversation): "launch \(conversation)"
        case .initialize: "initialize"
        case .deliver(let turn): "deliver \(Self.name(turn))"
        case .askToStop: "ask to stop"
        case .signal(let signal): "signal \(signal)"
        case .terminate(let immediately): immediately ? "kill" : "terminate"
        case .announceStart(let turn): "start \(Self.name(turn))"
        case .announceEnd(let turn, let outcome, _): "end \(Self.name(turn)): \(outcome)"
        case .handBack(let prompts): "hand back \(prompts.map(\.id).joined(separator: " "))"
        case .answerInterrupts(let receipt):
            "receipt: \(receipt.outcome) by \(receipt.step?.rawValue ?? "nothing")"
                + " in \(receipt.tookMs) returned \(receipt.returnedMessages) surviving \(receipt.surviving)"
        case .steer(let prompt): "steer \(prompt.id)"
        case .consumed(let prompts): "consumed \(prompts.map(\.id).joined(separator: " "))"
        case .lost(let prompts): "lost \(prompts.map(\.id).joined(separator: " "))"
        case .announceApproval(let approval):
            "approval \(approval.id) \(approval.state)\(approval.by.map { " by \($0)" } ?? "")"
        case .reply(let request, let approval): "reply \(request): \(approval.decision?.rawValue ?? "nothing")"
        case .resume(let approval): "resume \(approval.id)"
        case .announceStall(let silence, let waitingOn):
            "stalled for \(Int(silence / .seconds(1))) s on \(waitingOn?.rawValue ?? "the model")"
        case .announceExpiry: "expiring"
        case .announceBudget: "budget reached"
        case .fail(let reason): "fail: \(reason)"
        case .end(let reason): "over: \(reason)"
        }
    }

    private static func name(_ turn: Turn) -> String { turn.prompt?.id ?? turn.origin.rawValue }
}

extension SessionMachine.Configuration {
    /// Without what time brings by itself: a test that wants it says so.
    static var quiet: Self {
        var configuration = Self()
        configuration.hibernateAfter = nil
        configuration.expiryNotice = .zero
        configuration.stallNotice = .seconds(1_000_000_000)
        return configuration
    }
}
