import Synchronization

/// Lets only some processes start at once, in the order in which they were asked for.
///
/// A start of the CLI costs half a CPU-second, and many at once starve the sessions that run (the CLI's figures: five at
/// once take two seconds instead of 0.3).
package struct StartPacing: AgentRunner {
    private let runner: any AgentRunner
    private let gate: Gate

    /// - Parameters:
    ///   - runner: what runs them.
    ///   - maximumStarting: how many may be between their start and their first line.
    package init(_ runner: any AgentRunner, maximumStarting: Int) {
        self.runner = runner
        self.gate = Gate(places: maximumStarting)
    }

    package func run(_ launch: AgentLaunch, handler: any AgentHandler) async -> AgentExit {
        guard await self.gate.enter() else { return AgentExit(launchFailure: "cancelled before it was started") }
        let place = Place(gate: self.gate)
        defer { place.leave() }
        guard await handler.agentMayStart() else { return AgentExit(launchFailure: "no longer wanted") }
        return await self.runner.run(launch, handler: FirstLine(handler: handler, place: place))
    }

    /// Starts that wait for others now.
    package var waitingCount: Int { self.gate.waitingCount }

    /// Gives the place of a start free with the first line: that is the answer to `initialize`.
    private struct FirstLine: AgentHandler {
        let handler: any AgentHandler
        let place: Place

        func agentStarted(_ child: any AgentChild) async {
            await self.handler.agentStarted(child)
        }

        func agentPrinted(_ lines: [AgentLine]) async {
            self.place.leave()
            await self.handler.agentPrinted(lines)
        }
    }

    /// One process's place among those that start; left once.
    private final class Place: Sendable {
        private let gate: Gate
        private let hasLeft = Atomic(false)

        init(gate: Gate) {
            self.gate = gate
        }

        func leave() {
            // Most calls come with later lines.
            guard !self.hasLeft.load(ordering: .relaxed), !self.hasLeft.exchange(true, ordering: .relaxed) else {
                return
            }
            self.gate.leave()
        }
    }

    /// Some places, and those who wait for one, first come first served.
    private final class Gate: Sendable {
        private struct State {
            var free: Int
            var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
            var lastID = 0
            /// Have a number and do not wait yet.
            var arriving: Set<Int> = []
            /// Cancelled before they had begun to wait.
            var cancelled: Set<Int> = []
        }

        private let state: Mutex<State>

        init(places: Int) {
            self.state = Mutex(State(free: max(1, places)))
        }

        var waitingCount: Int { self.state.withLock(\.waiting.count) }

        /// Waits for a place; false when the task was cancelled first.
        func enter() async -> Bool {
            let id: Int? = self.state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return nil
                }
                state.lastID += 1
                state.arriving.insert(state.lastID)
                return state.lastID
            }
            guard let id else { return true }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let answer: Bool? = self.state.withLock { state in
                        state.arriving.remove(id)
                        if state.cancelled.remove(id) != nil { return false }
                        if state.free > 0 {
                            state.free -= 1
                            return true
                        }
                        state.waiting.append((id, continuation))
                        return nil
                    }
                    if let answer { continuation.resume(returning: answer) }
                }
            } onCancel: {
                let waiter = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
                    guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                        if state.arriving.contains(id) { state.cancelled.insert(id) }
                        return nil
                    }
                    return state.waiting.remove(at: index).continuation
                }
                waiter?.resume(returning: false)
            }
        }

        func leave() {
            let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard !state.waiting.isEmpty else {
                    state.free += 1
                    return nil
                }
                return state.waiting.removeFirst().continuation
            }
            next?.resume(returning: true)
        }
    }
}
