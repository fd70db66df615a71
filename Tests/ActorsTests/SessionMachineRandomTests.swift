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
            case waiting, delivered, returned, cancelled
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
            self.machine = SessionMachine(configuration: configuration, conversation: .fresh("c"), now: self.now)
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
            case 38..<58:
                self.now += .milliseconds(Int.random(in: 1...5000, using: &self.random))
                self.carryOut(self.machine.deadlineReached(now: self.now))
            default: self.processStep()
            }
            self.check()
        }

        private mutating func submit() {
            self.promptCount += 1
            let prompt = MachinePlay.prompt("p\(self.promptCount)")
            guard let (position, actions) = try? self.machine.submit(prompt, now: self.now) else { return }
            self.fates[prompt.id] = .waiting
            if position == 0, self.machine.turn?.prompt?.id != prompt.id { self.faults.append("at 0 without a turn") }
            self.carryOut(actions)
        }

        mutating func interrupt() {
            self.waitingInterrupts += 1
            self.carryOut(self.machine.interrupt(now: self.now))
        }

        private mutating func cancel() {
            guard let id = self.fates.keys.sorted().randomElement(using: &self.random) else { return }
            let isWaiting = self.fates[id] == .waiting
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
            switch Int.random(in: 0..<20, using: &self.random) {
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
                if Bool.random(using: &self.random), let uuid = self.machine.turn?.prompt?.uuid {
                    result.promptUUIDs = [uuid]
                }
                self.carryOut(self.machine.resultReceived(result, now: self.now))
            }
        }

        mutating func exit(_ exit: AgentExit) {
            self.runner = .idle
            self.carryOut(self.machine.childExited(exit, now: self.now))
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
                if Int.random(in: 0..<5, using: &self.random) == 0 {
                    self.machine.deliveryRefused(now: self.now)
                    return
                }
                guard let id = turn.prompt?.id else { return self.faults.append("delivers nothing") }
                if self.fates[id] != .waiting { self.faults.append("delivers \(id) twice") }
                self.fates[id] = .delivered
                self.open(turn)
            case .announceStart(let turn): self.open(turn)
            case .announceEnd(let turn, _, _):
                guard let index = self.openTurns.firstIndex(of: turn.id) else {
                    return self.faults.append("an end without a start")
                }
                self.openTurns.remove(at: index)
                if !self.endedTurns.insert(turn.id).inserted { self.faults.append("a second end") }
            case .handBack(let prompts):
                for prompt in prompts {
                    if self.fates[prompt.id] != .waiting { self.faults.append("hands back \(prompt.id) again") }
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
            if self.openTurns != self.machine.turn.map({ [$0.id] }) ?? [] { self.faults.append("turns disagree") }
            let waiting = self.fates.filter { $0.value == .waiting }.keys.sorted()
            if waiting != self.machine.waiting.map(\.id).sorted() { self.faults.append("a prompt is lost") }
            if self.isOver != (self.machine.state == .ended) { self.faults.append("the end is not final") }
            if self.waitingInterrupts > 0, self.runner == .idle { self.faults.append("an interrupt is not answered") }
            if self.machine.state == .running, self.openTurns.isEmpty { self.faults.append("runs without a turn") }
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
        #expect(world.machine.nextDeadline == nil)
    }
}
