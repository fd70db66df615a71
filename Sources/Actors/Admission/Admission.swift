import Synchronization

/// The places for processes, and the sessions that wait for one: `AdmissionLine` decides, here they wait.
package final class Admission: Sendable {
    /// What is let in.
    package struct Configuration: Sendable {
        /// Processes that may run at once; `nil` for as many as the memory holds.
        package var maximumRunning: Int?
        /// Sessions that may wait for a place; one more is not made.
        package var maximumWaiting = 100
        /// MiB that a process takes once it runs (protocol figures: the CLI idles at 130).
        package var memoryPerProcess = 150
        /// MiB that new processes could have, and those that must stay free; `nil` where memory does not count.
        package var memory: @Sendable () -> (available: Int, floor: Int)? = { nil }
        /// The limits of a key, as they are now.
        package var keyLimits: @Sendable (String) -> KeyLimits? = { _ in nil }

        package init() {}
    }

    private struct State {
        var line: AdmissionLine
        var maximumWaiting: Int
        var memoryPerProcess: Int
        var waiters: [String: CheckedContinuation<Bool, Never>] = [:]
    }

    package let configuration: Configuration
    private let time: any TimeSource
    private let state: Mutex<State>

    init(_ configuration: Configuration, time: any TimeSource) {
        self.configuration = configuration
        self.time = time
        self.state = Mutex(
            State(
                line: AdmissionLine(maximumRunning: configuration.maximumRunning),
                maximumWaiting: configuration.maximumWaiting,
                memoryPerProcess: configuration.memoryPerProcess
            )
        )
    }

    /// Other numbers from now on; who runs goes on to run, and who waits is looked at again.
    func update(_ configuration: Configuration) {
        self.state.withLock { state in
            state.line.maximumRunning = configuration.maximumRunning
            state.maximumWaiting = configuration.maximumWaiting
            state.memoryPerProcess = configuration.memoryPerProcess
        }
        self.reconsider()
    }

    /// Sessions that wait for a place.
    package var waitingCount: Int { self.state.withLock(\.line.waitingCount) }
    /// Sessions that have one.
    package var runningCount: Int { self.state.withLock(\.line.runningCount) }

    /// A session's place in the line, from 1; `nil` when it does not wait.
    func position(of id: String) -> Int? {
        self.state.withLock { $0.line.position(of: id) }
    }

    /// Lets a new session in, to a place or to the line, in one step; no more wait than may.
    ///
    /// - Parameters:
    ///   - id: what the session is filed under.
    ///   - owner: its key.
    /// - Throws: `SessionError` when it would have to wait and the line is full.
    func enter(_ id: String, owner: String?) throws(SessionError) {
        let memory = self.memory
        let now = self.time.now
        let (waiters, isRefused, waiting) = self.state.withLock { state in
            state.line.join(id, owner: owner)
            let admitted = state.line.admit(memory: memory, quota: self.quota, now: now)
            let waiting = state.line.waitingCount
            let isRefused = waiting > state.maximumWaiting && state.line.position(of: id) != nil
            if isRefused { state.line.leave(id) }
            return (admitted.compactMap { state.waiters.removeValue(forKey: $0) }, isRefused, waiting - 1)
        }
        for waiter in waiters { waiter.resume(returning: true) }
        guard isRefused else { return }
        throw SessionError(
            .admissionFull,
            "\(waiting) sessions wait for a process to be let in, and no more may wait.",
            retryAfter: .seconds(10)
        )
    }

    /// Asks for a place; true when it is there at once, else the caller waits with `wait`.
    func ask(_ id: String, owner: String?) -> Bool {
        self.state.withLock { $0.line.join(id, owner: owner) }
        self.reconsider()
        return self.state.withLock { $0.line.position(of: id) == nil }
    }

    /// Waits for the place that was asked for; false when the session has withdrawn.
    func wait(_ id: String) async -> Bool {
        await withCheckedContinuation { waiter in
            let isWaiting = self.state.withLock { state in
                guard state.line.position(of: id) != nil else { return false }
                state.waiters[id] = waiter
                return true
            }
            // It was let in, or left, between the two calls; one that left has no use for the answer.
            if !isWaiting { waiter.resume(returning: true) }
        }
    }

    /// Gives a place back, or stops waiting for one.
    func leave(_ id: String) {
        let waiter = self.state.withLock { state in
            state.line.leave(id)
            return state.waiters.removeValue(forKey: id)
        }
        waiter?.resume(returning: false)
        self.reconsider()
    }

    /// Lets in who can be: after a place became free, and now and then, since memory comes and goes.
    func reconsider() {
        let memory = self.memory
        let now = self.time.now
        let waiters = self.state.withLock { state in
            state.line.admit(memory: memory, quota: self.quota, now: now)
                .compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Who would have to give a process back for the line to move.
    var shortage: AdmissionLine.Shortage? {
        self.state.withLock { $0.line.shortage(quota: self.quota) }
    }

    private var memory: AdmissionLine.Memory? {
        let perProcess = self.state.withLock(\.memoryPerProcess)
        return self.configuration.memory().map { memory in
            AdmissionLine.Memory(available: memory.available, floor: memory.floor, perProcess: perProcess)
        }
    }

    private func quota(_ owner: String) -> Int? {
        self.configuration.keyLimits(owner)?.running
    }
}
