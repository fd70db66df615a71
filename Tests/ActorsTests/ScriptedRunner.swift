import Agent
import Synchronization

/// Runs scripted children.
final class ScriptedRunner: AgentRunner {
    private struct State {
        var habits: ScriptedChild.Habits
        var launchFailure: String?
        var started = 0
        var running = 0
        var mostRunning = 0
    }

    private let children: AsyncStream<ScriptedChild>
    private let births: AsyncStream<ScriptedChild>.Continuation
    private let state: Mutex<State>

    init(_ habits: ScriptedChild.Habits = ScriptedChild.Habits()) {
        self.state = Mutex(State(habits: habits))
        (self.children, self.births) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
    }

    func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        let (pid, habits, failure) = self.state.withLock { state in
            state.started += 1
            return (Int32(state.started), state.habits, state.launchFailure)
        }
        if let failure { return AgentExit(launchFailure: failure) }
        guard !Task.isCancelled else { return AgentExit(launchFailure: "cancelled") }
        self.state.withLock { state in
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
        }
        let child = ScriptedChild(pid: pid, launch: launch, habits: habits)
        self.births.yield(child)
        let exit = await Self.play(child, handler)
        child.refuse(.closed)
        self.state.withLock { $0.running -= 1 }
        return exit
    }

    private static func play(_ child: ScriptedChild, _ handler: any AgentHandler) async -> AgentExit {
        await handler.agentStarted(child)
        for await deed in child.deeds {
            switch deed {
            case .print(let lines): await handler.agentPrinted(lines)
            case .exit(let exit): return exit
            }
        }
        // Cancelled.
        return AgentExit(signal: 9)
    }

    // MARK: What a test does

    /// The next child that has been started.
    func next() async throws -> ScriptedChild {
        let children = self.children
        let child = try await within { await children.first { _ in true } }
        guard let child else { throw TimedOut() }
        return child
    }

    func change(_ change: (inout ScriptedChild.Habits) -> Void) {
        self.state.withLock { change(&$0.habits) }
    }

    func failLaunches(_ reason: String?) {
        self.state.withLock { $0.launchFailure = reason }
    }

    var startedCount: Int { self.state.withLock(\.started) }
    var runningCount: Int { self.state.withLock(\.running) }
    /// The most that ever ran at once.
    var mostRunning: Int { self.state.withLock(\.mostRunning) }
}
