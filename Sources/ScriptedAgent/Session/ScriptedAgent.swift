import Glibc

/// The program: one loop over stdin, signals, timers and the shells it started.
final class ScriptedAgent {
    /// How long the rest of the output may take at the end.
    private static let drainTime = Duration.seconds(30)

    let session: AgentSession
    var turn: Turn?
    var queue = PromptQueue()
    private var input = LineReader(STDIN_FILENO)
    private let signals: SignalPipe
    private var exitCode: Int32?
    private var idleSince: Duration?
    /// Background work whose end has yet to be told in a turn.
    private var notifications: [BackgroundTask] = []
    private let readsFrom: Duration
    private let exitDelay: Duration?

    init(session: AgentSession, signals: SignalPipe) {
        self.session = session
        self.signals = signals
        let slowStart = Environment.number("TROUPE_SCRIPT_SLOW_START_MS") ?? 0
        self.readsFrom = Clock.now + .milliseconds(Int(slowStart))
        self.exitDelay = Environment.number("CLAUDE_CODE_EXIT_AFTER_STOP_DELAY").map { .milliseconds(Int($0)) }
        for (variable, what) in [
            ("TROUPE_SCRIPT_IGNORE_INTERRUPTS", Directive.Ignored.interrupts),
            ("TROUPE_SCRIPT_IGNORE_CONTROL", .control), ("TROUPE_SCRIPT_IGNORE_SIGNALS", .signals),
        ] where Environment.isOn(variable) { session.ignored.insert(what) }
    }

    /// Runs until the end of the process; its exit code.
    func run() -> Int32 {
        while true {
            let now = Clock.now
            if self.exitCode == nil { self.advance(now: now) }
            self.session.output.flush()
            if let exitCode = self.exitCode {
                self.session.recordCosts()
                self.session.output.drain(limit: exitCode == 143 ? .milliseconds(50) : Self.drainTime)
                return exitCode
            }
            self.wait(now: now)
        }
    }

    private func advance(now: Duration) {
        self.notifications += self.session.reapBackground(now: now)
        self.turn?.advance(now: now)
        self.startDueTurns(now: now)
        guard self.turn == nil, self.exitCode == nil else {
            self.idleSince = nil
            return
        }
        if !self.session.backgroundTasks.contains(where: \.isAgent) { self.session.move(to: .idle) }
        self.idleSince = self.idleSince ?? now
        if self.input.isAtEnd, self.session.backgroundTasks.isEmpty {
            self.exitCode = self.session.lastResultWasError ? 1 : 0
        } else if let idleSince, let exitDelay, self.session.hasResults, now >= idleSince + exitDelay {
            self.exitCode = 0
        }
    }

    /// Stops the sub-agents in the background, as an interrupt does while nothing else runs; what was stopped.
    func stopBackgroundAgents() -> [BackgroundTask] {
        guard self.turn?.isFinished ?? true else { return [] }
        let agents = self.session.backgroundTasks.filter(\.isAgent)
        for task in agents { self.session.stop(task) }
        return agents
    }

    /// Starts the turn that is due, if one is.
    func startTurnFromQueue() {
        self.startNextTurn(now: Clock.now)
    }

    /// Starts the next turn once the last has ended, and the one after where the next has nothing to wait for.
    private func startDueTurns(now: Duration) {
        repeat {
            if let turn = self.turn, turn.isFinished { self.turn = nil }
            if self.turn == nil { self.startNextTurn(now: now) }
        } while self.turn?.isFinished == true
    }

    private func startNextTurn(now: Duration) {
        let prompts = self.queue.takeTurn()
        if !prompts.isEmpty {
            self.begin(prompts, now: now)
        } else if !self.notifications.isEmpty {
            let task = self.notifications.removeFirst()
            self.begin(Turn(session: self.session, prompts: [], steps: [.say("done")], origin: task.origin, now: now))
        }
    }

    private func begin(_ prompts: [Prompt], now: Duration) {
        if prompts.count == 1, let command = prompts[0].command {
            self.begin(Turn(session: self.session, prompts: prompts, steps: [], command: command, now: now))
            return
        }
        let text = prompts.map(\.text).joined(separator: "\n")
        let steps = DirectiveParser.directives(in: text)
        let program = steps.isEmpty ? [.tell(.plain(text))] : steps
        self.begin(Turn(session: self.session, prompts: prompts, steps: program, now: now))
    }

    private func begin(_ turn: Turn) {
        turn.takeFolded = { [weak self] in self?.queue.takeFolded() ?? [] }
        self.turn = turn
        turn.begin()
    }

    private func wait(now: Duration) {
        var poller = Poller()
        let readsInput = !self.input.isAtEnd && now >= self.readsFrom
        if readsInput { poller.add(reading: STDIN_FILENO) }
        poller.add(reading: self.signals.readDescriptor)
        if self.session.output.hasPending { poller.add(writing: STDOUT_FILENO) }
        var deadlines: [Duration] = []
        if now < self.readsFrom { deadlines.append(self.readsFrom) }
        if let turn = self.turn {
            if let deadline = turn.deadline, !self.session.output.isCongested { deadlines.append(deadline) }
            if case .calling(let round) = turn.activity {
                for descriptor in round.commands.flatMap(\.descriptors) { poller.add(reading: descriptor) }
            }
        } else if let idleSince, let exitDelay, self.session.hasResults {
            deadlines.append(idleSince + exitDelay)
        }
        for task in self.session.backgroundTasks {
            for descriptor in task.shell?.descriptors ?? [] { poller.add(reading: descriptor) }
            if let deadline = task.deadline { deadlines.append(deadline) }
        }
        poller.wait(until: deadlines.min())
        for number in self.signals.take() { self.take(signal: number) }
        if readsInput, poller.isReady(STDIN_FILENO) { self.readInput() }
    }

    private func readInput() {
        for line in self.input.read() where self.exitCode == nil { self.take(line: line) }
        if self.input.isAtEnd {
            self.session.hostIsGone = true
            self.turn?.hostClosed()
        }
    }

    private func take(signal number: Int32) {
        guard number != SIGCHLD, !self.session.ignored.contains(.signals) else { return }
        if number == SIGINT {
            self.turn?.cancelAsks()
            self.turn?.interrupt()
        }
        self.turn?.killShells()
        self.session.stopAllAtEnd()
        self.exitCode = number == SIGINT ? 0 : 128 + number
    }

    /// Ends the process for a line that the CLI does not survive.
    func fail(_ complaint: String) {
        Files.complain(complaint)
        self.turn?.killShells()
        self.exitCode = 1
    }
}
