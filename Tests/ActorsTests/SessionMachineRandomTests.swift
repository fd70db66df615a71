import Agent
import NIOCore
import TestSupport
import Testing

@testable import Actors

/// Whatever comes in whatever order, some things hold.
@Suite struct SessionMachineRandomTests {
    /// Plays a session actor and its world by the rules of their contracts, and keeps the books.
    private struct World {
        /// What became of a prompt.
        enum Fate: Equatable {
            case waiting, delivered, steered, consumed, lost, returned, cancelled
        }

        /// Where the process is, as the runner would know.
        enum Runner {
            case idle, launching, running
        }

        var machine: SessionMachine
        var now = ContinuousClock.now
        var random: SeededGenerator
        var runner = Runner.idle
        var fates: [String: Fate] = [:]
        /// A turn whose prompt is on its way: it waits for its commit.
        var underway: Turn?
        var openApprovals: Set<String> = []
        var requestCount = 0
        var openTurns: [String] = []
        var endedTurns: Set<String> = []
        var waitingInterrupts = 0
        var isOver = false
        var faults: [String] = []
        private var promptCount = 0

        init(seed: UInt64) {
            self.random = SeededGenerator(seed: seed)
            var configuration = SessionMachine.Configuration()
            configuration.maximumQueuedPrompts = 4
            configuration.timeToLive = seed % 2 == 0 ? .seconds(30) : nil
            configuration.restartIntensity = Int.random(in: 0...5, using: &self.random)
            configuration.hibernateAfter = seed % 3 == 0 ? nil : .seconds(10)
            configuration.approvalTimeout = .seconds(20)
            configuration.stallNotice = .seconds(5)
            configuration.stallLimit = seed % 5 == 0 ? nil : .seconds(15)
            self.machine = SessionMachine(
                configuration: configuration,
                conversation: .fresh("c"),
                budget: Budget(limitTurns: seed % 4 == 0 ? 5 : nil),
                now: self.now
            )
        }

        // MARK: Inputs

        mutating func step() {
            switch Int.random(in: 0..<100, using: &self.random) {
            case 0..<20: self.submit()
            case 20..<25: self.interrupt()
            case 25..<26: self.carryOut(self.machine.end(.deleted, now: self.now))
            case 26..<30: self.cancel()
            case 30..<34:
                self.machine.viewerJoined()
            case 34..<38 where self.machine.viewerCount > 0:
                self.machine.viewerLeft(now: self.now)
            case 38..<41: self.carryOut((try? self.machine.hibernate()) ?? [])
            case 41..<43: self.carryOut(self.machine.wake(now: self.now))
            case 43..<44: self.carryOut((try? self.machine.restart(now: self.now)) ?? [])
            case 44..<47: self.answer()
            case 47..<48: self.carryOut(self.machine.limitBudget(Budget(), now: self.now))
            case 48..<58:
                self.now += .milliseconds(Int.random(in: 1...5000, using: &self.random))
                self.carryOut(self.machine.deadlineReached(now: self.now, at: ""))
            default: self.processStep()
            }
            self.check()
        }

        private mutating func submit() {
            self.promptCount += 1
            let delivery = [Prompt.Delivery.queue, .queue, .steer, .interrupt].randomElement(using: &self.random)
            let prompt = MachinePlay.prompt("p\(self.promptCount)", delivery ?? .queue)
            guard let (position, actions) = try? self.machine.submit(prompt, now: self.now) else { return }
            self.fates[prompt.id] = .waiting
            let isTaken = self.machine.turn?.prompt?.id == prompt.id || actions.contains(.steer(prompt))
            if position == 0, !isTaken { self.faults.append("at 0 without a turn") }
            self.carryOut(actions)
        }

        private mutating func answer() {
            guard let id = self.openApprovals.sorted().randomElement(using: &self.random) else { return }
            let decision = Approval.Decision.allCases.randomElement(using: &self.random) ?? .deny
            let answer = ApprovalAnswer(decision, by: "me")
            guard let (_, actions) = try? self.machine.answer(id, answer, at: "", now: self.now) else {
                return self.faults.append("an open approval takes no answer")
            }
            self.carryOut(actions)
            if (try? self.machine.answer(id, answer, at: "", now: self.now)) != nil {
                self.faults.append("two answers")
            }
        }

        private mutating func ask() {
            guard self.machine.turn != nil, self.machine.isPromptSent else { return }
            self.requestCount += 1
            let approval = ApprovalBookTests.approval("a\(self.requestCount)")
            self.carryOut(self.machine.agentAsked(approval, requestID: "r\(self.requestCount)", now: self.now))
        }

        /// The commit has come: the prompt goes to the child, unless its turn was taken back meanwhile.
        private mutating func commit() {
            guard let turn = self.underway else { return }
            self.underway = nil
            guard self.machine.turn?.id == turn.id, !self.machine.isPromptSent else { return }
            self.deliver(turn)
        }

        private mutating func deliver(_ turn: Turn) {
            if self.runner != .running || Int.random(in: 0..<5, using: &self.random) == 0 {
                return self.machine.deliveryRefused(now: self.now)
            }
            guard let id = turn.prompt?.id else { return self.faults.append("delivers nothing") }
            if self.fates[id] != .waiting { self.faults.append("delivers \(id) twice") }
            self.fates[id] = .delivered
            self.machine.promptSent(now: self.now)
            self.open(turn)
        }

        mutating func interrupt() {
            self.waitingInterrupts += 1
            self.carryOut(self.machine.interrupt(now: self.now))
        }

        private mutating func cancel() {
            guard let id = self.fates.keys.sorted().randomElement(using: &self.random) else { return }
            // One that waits for its commit is on its way.
            let isUnderway = self.machine.turn?.prompt?.id == id
            let isWaiting = self.fates[id] == .waiting && !isUnderway
            let isCancelled = self.machine.cancel(id: id) != nil
            if isWaiting != isCancelled { self.faults.append("cancelled \(id): \(isCancelled)") }
            if isCancelled { self.fates[id] = .cancelled }
        }

        private mutating func processStep() {
            switch self.runner {
            case .idle: break
            case .launching:
                if Int.random(in: 0..<10, using: &self.random) == 0 {
                    self.exit(AgentExit(launchFailure: "no"))
                } else {
                    self.runner = .running
                    self.carryOut(self.machine.childStarted(now: self.now))
                }
            case .running: self.runningStep()
            }
        }

        private mutating func runningStep() {
            switch Int.random(in: 0..<30, using: &self.random) {
            case 20..<24: self.commit()
            case 24..<26: self.ask()
            case 26:
                let request = "r\(Int.random(in: 0...self.requestCount, using: &self.random))"
                self.carryOut(self.machine.askWithdrawn(requestID: request, at: "", now: self.now))
            case 27:
                let tasks = Set((0..<Int.random(in: 0...2, using: &self.random)).map { "b\($0)" })
                self.machine.backgroundChanged(tasks, now: self.now)
            case 28..<30:
                guard let prompt = self.machine.steered.randomElement(using: &self.random) else { return }
                let states = [CommandLifecycle.State.completed, .cancelled, .started]
                let state = states.randomElement(using: &self.random) ?? .started
                self.carryOut(self.machine.promptMoved(uuid: prompt.uuid, to: state, now: self.now))
            case 0:
                let stderr = ["", "No conversation found", "is already in use", "boom"]
                self.exit(AgentExit(code: 1, stderrTail: stderr.randomElement(using: &self.random) ?? ""))
            case 1..<7: self.carryOut(self.machine.childBecameReady(now: self.now))
            case 7..<10: self.carryOut(self.machine.turnBegan(now: self.now))
            case 10: self.machine.conversationNamed("c\(Int.random(in: 0...3, using: &self.random))")
            default:
                var result = TurnResult()
                result.isError = Bool.random(using: &self.random)
                result.terminalReason = [nil, "completed", "aborted_tools"].randomElement(using: &self.random) ?? nil
                if Bool.random(using: &self.random) { result.origin = .task }
                if !self.machine.isPromptSent, self.machine.turn != nil { result.origin = .task }
                if Bool.random(using: &self.random), self.machine.isPromptSent {
                    let uuid = self.machine.turn?.prompt?.uuid
                    result.promptUUIDs = ([uuid].compactMap { $0 }) + self.machine.steered.prefix(1).map(\.uuid)
                }
                self.carryOut(self.machine.resultReceived(result, at: "", now: self.now))
            }
        }

        mutating func exit(_ exit: AgentExit) {
            self.runner = .idle
            self.carryOut(self.machine.childExited(exit, at: "", now: self.now))
        }

        // MARK: Books

        mutating func carryOut(_ actions: [SessionMachine.Action]) {
            for action in actions { self.carryOut(action) }
        }

        private mutating func carryOut(_ action: SessionMachine.Action) {
            switch action {
            case .answerInterrupts: self.waitingInterrupts = 0
            case _ where self.isOver: self.faults.append("\(action) after the end")
            case .launch:
                if self.runner != .idle { self.faults.append("two processes") }
                self.runner = .launching
            case .deliver(let turn):
                if Bool.random(using: &self.random) { self.underway = turn } else { self.deliver(turn) }
            case .steer(let prompt):
                if Int.random(in: 0..<5, using: &self.random) == 0 {
                    return self.carryOut(self.machine.steeringRefused(prompt.id, now: self.now))
                }
                if self.fates[prompt.id] != .waiting { self.faults.append("steers \(prompt.id) again") }
                self.fates[prompt.id] = .steered
            case .consumed(let prompts):
                for prompt in prompts { self.fates[prompt.id] = .consumed }
            case .lost(let prompts):
                for prompt in prompts {
                    if self.fates[prompt.id] != .steered { self.faults.append("loses \(prompt.id) unheard") }
                    self.fates[prompt.id] = .lost
                }
            case .announceApproval(let approval):
                if approval.state == .pending {
                    self.openApprovals.insert(approval.id)
                } else if self.openApprovals.remove(approval.id) == nil {
                    self.faults.append("\(approval.id) ends twice")
                }
            case .reply(_, let approval):
                if approval.state == .withdrawn { self.faults.append("answers what was withdrawn") }
            case .resume: self.faults.append("an answer without a question")
            case .announceStall, .announceExpiry, .announceBudget: break
            case .announceStart(let turn): self.open(turn)
            case .announceEnd(let turn, let outcome, _):
                if let id = turn.prompt?.id, self.fates[id] == .steered {
                    // It came too late for its turn and became one of its own.
                    self.fates[id] = outcome == .killed ? .lost : .consumed
                }
                guard let index = self.openTurns.firstIndex(of: turn.id) else {
                    return self.faults.append("an end without a start")
                }
                self.openTurns.remove(at: index)
                if !self.endedTurns.insert(turn.id).inserted { self.faults.append("a second end") }
            case .handBack(let prompts):
                for prompt in prompts {
                    if self.fates[prompt.id] != .waiting, self.fates[prompt.id] != .steered {
                        self.faults.append("hands back \(prompt.id) again")
                    }
                    self.fates[prompt.id] = .returned
                }
            case .end:
                self.isOver = true
                if self.runner != .idle { self.faults.append("over while a process runs") }
            case .initialize, .askToStop, .signal, .terminate:
                if self.runner != .running { self.faults.append("\(action) without a process") }
            case .fail: break
            }
        }

        private mutating func open(_ turn: Turn) {
            // The CLI's own turn, told when it is over, may stand inside ours.
            if turn.prompt != nil, !self.openTurns.isEmpty { self.faults.append("two turns") }
            self.openTurns.append(turn.id)
        }

        private mutating func check() {
            let turn = self.machine.isPromptSent ? self.machine.turn : nil
            if self.openTurns != turn.map({ [$0.id] }) ?? [] { self.faults.append("turns disagree") }
            let waiting = self.fates.filter { $0.value == .waiting }.keys.sorted()
            let unsent = self.machine.isPromptSent ? nil : self.machine.turn?.prompt?.id
            let known = self.machine.waiting.map(\.id) + [unsent].compactMap { $0 }
            if waiting != known.sorted() { self.faults.append("a prompt is lost: \(waiting) \(known)") }
            let pending = Set(self.machine.approvals.pending.map(\.id))
            if pending != self.openApprovals { self.faults.append("approvals disagree") }
            if self.machine.state == .hibernated, self.runner == .running, self.machine.process == .ready {
                self.faults.append("hibernates with a process")
            }
            if self.isOver != (self.machine.state == .ended) { self.faults.append("the end is not final") }
            if self.waitingInterrupts > 0, self.runner == .idle { self.faults.append("an interrupt is not answered") }
            if self.machine.state == .running, self.openTurns.isEmpty, self.underway == nil {
                self.faults.append("runs without a turn")
            }
        }
    }

    @Test(arguments: UInt64(1)...300)
    func `every turn ends once, no prompt is lost, the end is final`(seed: UInt64) {
        var world = World(seed: seed)
        world.carryOut(world.machine.start())
        for _ in 0..<400 where world.faults.isEmpty { world.step() }
        world.carryOut(world.machine.end(.deleted, now: world.now))
        if world.runner != .idle { world.exit(AgentExit(code: 0)) }
        #expect(world.faults == [])
        #expect(world.machine.state == .ended)
        #expect(world.openTurns.isEmpty)
        #expect(world.waitingInterrupts == 0)
        #expect(!world.fates.values.contains(.waiting))
        #expect(!world.fates.values.contains(.steered))
        #expect(world.openApprovals.isEmpty)
        #expect(world.machine.nextDeadline == nil)
    }
}
