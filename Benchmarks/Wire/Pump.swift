import Glibc

/// Waits for many descriptors on the one thread of the benchmark.
final class Pump {
    private var inlets: [Inlet] = []
    private var entries: [pollfd] = []
    private var lastLook: UInt64 = 0

    /// Blocks the signals that end a program; the pump looks for them and throws, so that everything started is ended.
    ///
    /// Before there is a second thread, as threads inherit it.
    static func blockSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    func add(_ inlet: Inlet) {
        self.inlets.append(inlet)
        self.entries.append(pollfd(fd: inlet.descriptor, events: Int16(POLLIN), revents: 0))
    }

    func remove(_ inlet: Inlet) {
        guard let index = self.inlets.firstIndex(where: { $0 === inlet }) else { return }
        self.remove(at: index)
    }

    func removeAll(_ gone: [Inlet]) {
        let gone = Set(gone.map { ObjectIdentifier($0) })
        self.inlets.removeAll { gone.contains(ObjectIdentifier($0)) }
        self.entries = self.inlets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    }

    /// Hands on what is read until `condition` holds.
    ///
    /// - Parameters:
    ///   - seconds: how long at most.
    ///   - what: what is waited for, in words.
    ///   - condition: looked at after everything that could be read was read.
    /// - Throws: `BenchmarkError` when it takes longer, or a signal says stop.
    func run(for seconds: Double, _ what: String, until condition: () -> Bool) throws(BenchmarkError) {
        let deadline = Monotonic.now + UInt64(seconds * 1e9)
        while !condition() {
            try self.lookForSignals()
            let now = Monotonic.now
            guard now < deadline else { throw BenchmarkError("no \(what) within \(seconds) s") }
            let wait = Int32(min(100, (deadline - now) / 1_000_000 + 1))
            guard poll(&self.entries, nfds_t(self.entries.count), wait) > 0 else { continue }
            for index in self.entries.indices.reversed() where self.entries[index].revents != 0 {
                self.entries[index].revents = 0
                self.inlets[index].readable()
                if !self.inlets[index].isOpen { self.remove(at: index) }
            }
        }
    }

    /// Hands on what is read for a while.
    func rest(_ seconds: Double) throws(BenchmarkError) {
        let end = Monotonic.now + UInt64(seconds * 1e9)
        try self.run(for: seconds + 1, "rest") { Monotonic.now >= end }
    }

    private func remove(at index: Int) {
        self.inlets.swapAt(index, self.inlets.endIndex - 1)
        self.entries.swapAt(index, self.entries.endIndex - 1)
        self.inlets.removeLast()
        self.entries.removeLast()
    }

    private func lookForSignals() throws(BenchmarkError) {
        let now = Monotonic.now
        guard now - self.lastLook > 100_000_000 else { return }
        self.lastLook = now
        var pending = sigset_t()
        sigpending(&pending)
        if sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 {
            throw BenchmarkError.interruption
        }
    }
}
