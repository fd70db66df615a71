import Synchronization

/// Tells requests that wait in a task that the server goes: the streams of the fan-out are told by itself.
final class DrainSignal: Sendable {
    private struct State {
        var isRaised = false
        var nextID = 0
        var wakes: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    var isRaised: Bool { self.state.withLock { $0.isRaised } }

    /// Wakes everyone who waits, now and from now on.
    func raise() {
        let wakes = self.state.withLock { state in
            state.isRaised = true
            return Array(state.wakes.values)
        }
        for wake in wakes { wake() }
    }

    /// Has `wake` called when the signal is raised, until `remove` is called with the number returned.
    func add(_ wake: @escaping @Sendable () -> Void) -> Int {
        let (id, isRaised) = self.state.withLock { state in
            state.nextID += 1
            state.wakes[state.nextID] = wake
            return (state.nextID, state.isRaised)
        }
        if isRaised { wake() }
        return id
    }

    func remove(_ id: Int) {
        self.state.withLock { _ = $0.wakes.removeValue(forKey: id) }
    }
}
