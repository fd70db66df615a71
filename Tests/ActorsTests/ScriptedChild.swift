import Agent
import NIOCore
import Synchronization

/// A child that is no process: it remembers what it was told, and says and does what a test wants.
final class ScriptedChild: AgentChild {
    /// What it does by itself.
    struct Habits: Sendable {
        var answersInitialize = true
        /// Begins and ends a turn for every prompt.
        var answersPrompts = false
        /// Writes the result of an interrupted turn.
        var heedsInterrupts = false
        /// Exits when its termination begins.
        var leavesWhenTold = true
    }

    enum Heard: Sendable, Equatable {
        case line(String)
        case signal(AgentSignal)
        case termination(TerminationSteps)
    }

    enum Deed: Sendable {
        case print([AgentLine])
        case exit(AgentExit)
    }

    let pid: Int32
    let launch: AgentLaunch
    /// What the runner carries out, in order.
    let deeds: AsyncStream<Deed>
    private let doing: AsyncStream<Deed>.Continuation
    private let heard: AsyncStream<Heard>
    private let hearing: AsyncStream<Heard>.Continuation
    private let habits: Habits
    private let state = Mutex(State())

    private struct State {
        var outcome = AgentSendOutcome.queued
        var lastPrompt: String?
    }

    init(pid: Int32, launch: AgentLaunch, habits: Habits) {
        self.pid = pid
        self.launch = launch
        self.habits = habits
        (self.deeds, self.doing) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(100_000))
        (self.heard, self.hearing) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(100_000))
    }

    // MARK: What the session does

    func send(_ line: ByteBuffer) -> AgentSendOutcome {
        let outcome = self.state.withLock(\.outcome)
        guard outcome == .queued, let object = JSONObject(line) else { return outcome }
        self.hearing.yield(.line(String(buffer: line)))
        switch object.string("type") {
        case "user": self.hearPrompt(object)
        case "control_request": self.hearRequest(object)
        default: break
        }
        return .queued
    }

    func signal(_ signal: AgentSignal) {
        self.hearing.yield(.signal(signal))
    }

    func beginTermination(_ steps: TerminationSteps) {
        self.hearing.yield(.termination(steps))
        if self.habits.leavesWhenTold { self.exit(AgentExit(code: 0)) }
    }

    private func hearPrompt(_ prompt: JSONObject) {
        let uuid = prompt.string("uuid") ?? ""
        self.state.withLock { $0.lastPrompt = uuid }
        if self.habits.answersPrompts { self.answer() }
    }

    private func hearRequest(_ request: JSONObject) {
        let id = request.string("request_id") ?? ""
        switch request.object("request")?.string("subtype") {
        case "initialize" where self.habits.answersInitialize: self.print(CLILine.success(id))
        case "interrupt" where self.habits.heedsInterrupts: self.print(CLILine.success(id), self.interrupted)
        default: break
        }
    }

    // MARK: What a test does

    /// What the next lines to it come to.
    func refuse(_ outcome: AgentSendOutcome) {
        self.state.withLock { $0.outcome = outcome }
    }

    /// The UUID of the last prompt it got.
    var lastPrompt: String { self.state.withLock { $0.lastPrompt ?? "" } }

    /// A result that answers the last prompt.
    var completed: String { CLILine.result(answers: self.lastPrompt) }

    var interrupted: String { CLILine.result(answers: self.lastPrompt, reason: "aborted_streaming", isError: true) }

    /// Prints a batch of lines.
    func print(_ lines: String...) {
        self.doing.yield(.print(lines.compactMap { AgentLine(ByteBuffer(string: $0)) }))
    }

    /// Prints lines as a framer gave them, long ones spilled.
    func print(_ lines: [FramedLine]) {
        self.doing.yield(.print(lines.compactMap { AgentLine($0) }))
    }

    /// A whole turn for the last prompt.
    func answer(_ text: String = "done") {
        self.print(CLILine.start(), CLILine.assistant(text), self.completed)
    }

    func exit(_ exit: AgentExit) {
        self.doing.yield(.exit(exit))
        self.doing.finish()
    }

    /// Waits for what passes, and returns it.
    @discardableResult
    func hear(_ isWanted: @escaping @Sendable (Heard) -> Bool) async throws -> Heard {
        let heard = self.heard
        let found = try await within { await heard.first(where: isWanted) }
        guard let found else { throw TimedOut() }
        return found
    }

    /// Waits for a line that contains some text, and returns it.
    @discardableResult
    func hear(line text: String) async throws -> String {
        let heard = try await self.hear { heard in
            if case .line(let line) = heard { line.contains(text) } else { false }
        }
        return if case .line(let line) = heard { line } else { "" }
    }
}
