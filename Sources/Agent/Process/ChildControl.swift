import Glibc
import NIOCore
import Synchronization

/// What the outside may do with a running child, and what its runner's tasks pick up from there.
final class ChildControl: AgentChild {
    private struct State {
        var lines = CircularBuffer<ByteBuffer>()
        var isInputClosed = false
        /// When the line that is being written was begun.
        var writingSince: ContinuousClock.Instant?
        /// When SIGTERM is due; set once termination has begun.
        var terminateAt: ContinuousClock.Instant?
        var killAt: ContinuousClock.Instant?
        /// The leader has ended: its pid may soon be another's.
        var isGone = false
        /// All that was ever seen below the leader when it was about to be hurt.
        var snapshot: [Int32: ProcessEntry] = [:]
    }

    /// What the ladder of a termination does next.
    enum TerminationStep: Equatable {
        case wait(Duration)
        case terminate, kill
        case done
    }

    let pid: Int32
    let conversationID: String?
    /// The leader only holds the child and passes no signal on; one that ends it ends the child without a word.
    private let isWrapped: Bool
    private let maximumQueuedLines: Int
    private let writeTimeout: Duration
    private let clock = ContinuousClock()
    private let state = Mutex(State())
    /// Yields when there is a line to write, ends when there will be none; holds one wake-up at most.
    let inputWakeups: AsyncStream<Void>
    /// Yields when termination begins; holds one wake-up at most.
    let terminationWakeups: AsyncStream<Void>
    private let wakeWriter: AsyncStream<Void>.Continuation
    private let wakeTerminator: AsyncStream<Void>.Continuation

    init(pid: Int32, conversationID: String?, isWrapped: Bool = false, limits: AgentLimits) {
        self.pid = pid
        self.conversationID = conversationID
        self.isWrapped = isWrapped
        self.maximumQueuedLines = limits.maximumQueuedLines
        self.writeTimeout = limits.writeTimeout
        (self.inputWakeups, self.wakeWriter) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.terminationWakeups, self.wakeTerminator) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func send(_ line: ByteBuffer) -> AgentSendOutcome {
        let now = self.clock.now
        let outcome: AgentSendOutcome = self.state.withLock { state in
            if state.isInputClosed || state.isGone { return .closed }
            if state.lines.count >= self.maximumQueuedLines { return .full }
            if let since = state.writingSince, now - since > self.writeTimeout { return .full }
            state.lines.append(line)
            return .queued
        }
        if outcome == .queued { self.wakeWriter.yield() }
        return outcome
    }

    func signal(_ signal: AgentSignal) {
        switch signal {
        case .interrupt: self.signalTree(SIGINT)
        case .terminate: self.signalTree(SIGTERM)
        case .kill: self.signalTree(SIGKILL)
        }
    }

    func beginTermination(_ steps: TerminationSteps) {
        let terminateAt = self.clock.now + steps.inputClosedGrace
        let killAt = terminateAt + steps.terminateGrace
        self.state.withLock { state in
            state.terminateAt = min(state.terminateAt ?? terminateAt, terminateAt)
            state.killAt = min(state.killAt ?? killAt, killAt)
        }
        self.closeInput()
        self.wakeTerminator.yield()
    }

    /// The lines that wait are still written; the pipe is closed after them.
    func closeInput() {
        self.state.withLock { $0.isInputClosed = true }
        self.wakeWriter.finish()
    }

    /// The next line for the writer, which tells by `finishedLine()` that it is written.
    func beginLine() -> ByteBuffer? {
        let now = self.clock.now
        return self.state.withLock { state in
            guard let line = state.lines.popFirst() else { return nil }
            state.writingSince = now
            return line
        }
    }

    func finishedLine() { self.state.withLock { $0.writingSince = nil } }

    /// What is due at this moment of a termination, given what has been done.
    func nextStep(didTerminate: Bool, didKill: Bool) -> TerminationStep {
        let now = self.clock.now
        return self.state.withLock { state in
            guard let terminateAt = state.terminateAt, let killAt = state.killAt, !state.isGone else { return .done }
            if now >= killAt { return didKill ? .done : .kill }
            if now >= terminateAt && !didTerminate { return .terminate }
            return .wait(didTerminate ? killAt - now : min(terminateAt - now, killAt - now))
        }
    }

    /// To the process group alone, as a CLI that is asked to end takes care of its tools.
    func signalGroup(_ signal: Int32) {
        let below = self.takeSnapshot()
        self.state.withLock { state in
            guard !state.isGone else { return }
            self.signalMembers(signal, below)
        }
    }

    /// To the process group and to all descendants outside it.
    func signalTree(_ signal: Int32) {
        let below = self.takeSnapshot()
        self.state.withLock { state in
            // The leader is not reaped before `isGone` is set, so until then the numbers are its own.
            guard !state.isGone else { return }
            self.signalMembers(signal, below)
            for entry in below where entry.group != self.pid { ProcessTree.send(signal, to: entry) }
        }
    }

    private func signalMembers(_ signal: Int32, _ below: [ProcessEntry]) {
        guard self.isWrapped, signal != SIGKILL else {
            _ = kill(-self.pid, signal)
            return
        }
        for entry in below where entry.group == self.pid { ProcessTree.send(signal, to: entry) }
    }

    /// Remembers all descendants that can be seen now, and the members of the group.
    @discardableResult
    func takeSnapshot() -> [ProcessEntry] {
        let tree = ProcessTree.now()
        let below = tree.descendants(of: self.pid)
        let group = tree.entries.values.filter { $0.group == self.pid && $0.pid != self.pid }
        self.state.withLock { state in
            guard !state.isGone else { return }
            for entry in below { state.snapshot[entry.pid] = entry }
            for entry in group { state.snapshot[entry.pid] = entry }
        }
        return below
    }

    /// The leader has ended: nothing is sent anywhere from here on.
    ///
    /// Returns all that was ever seen below it.
    func close() -> [ProcessEntry] {
        self.closeInput()
        self.wakeTerminator.finish()
        return self.state.withLock { state in
            state.isGone = true
            state.lines.removeAll()
            return Array(state.snapshot.values)
        }
    }
}
