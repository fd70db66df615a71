/// Decides which processes a pool starts, gives away and ends.
///
/// No I/O, no clock: the pool starts and ends what it is told to, and tells what became of it. Processes go by numbers, and
/// a higher one is younger.
struct PoolMachine {
    private enum Phase {
        /// Was started and has not answered. May go to `ready`, `doomed`.
        case starting(since: ContinuousClock.Instant)
        /// Waits for a session. May go to `leased`, `doomed`.
        case ready(born: ContinuousClock.Instant, since: ContinuousClock.Instant)
        /// Is a session's, which ends it.
        case leased
        /// Of no use; not told so yet. May go to `ending`.
        case doomed
        /// Was told to end.
        case ending
    }

    private let timing: PoolTiming
    private var phases: [Int: Phase] = [:]
    private var lastNumber = 0
    /// Processes in a row that were of no use.
    private(set) var failures = 0
    /// Nothing is started before.
    private var startsAt: ContinuousClock.Instant?
    private(set) var isStopping = false
    private(set) var size: Int
    /// Processes that were given away, in total.
    private(set) var leases = 0
    /// Launches that a process of the pool could have served, had one been ready.
    private(set) var misses = 0

    init(size: Int, timing: PoolTiming) {
        self.size = max(0, size)
        self.timing = timing
    }

    // MARK: What can be seen

    /// Those that wait for a session, the youngest first: it has read the settings last.
    var ready: [Int] {
        self.phases.compactMap { number, phase in
            if case .ready = phase { number } else { nil }
        }.sorted(by: >)
    }

    /// Those that have not answered; one at most.
    var starting: [Int] {
        self.phases.compactMap { number, phase in
            if case .starting = phase { number } else { nil }
        }
    }

    /// Those that are a session's now.
    var leased: Int {
        self.phases.values.count { phase in
            if case .leased = phase { true } else { false }
        }
    }

    /// Those that no session has, also those that are about to end.
    var unleased: [Int] {
        self.phases.compactMap { number, phase in
            if case .leased = phase { nil } else { number }
        }
    }

    /// It was told to stop, and no process is left.
    var isOver: Bool { self.isStopping && self.phases.isEmpty }

    /// One is missing, none is on its way, and the last trouble is long enough ago.
    func wantsStart(now: ContinuousClock.Instant) -> Bool {
        guard !self.isStopping, self.starting.isEmpty, self.ready.count < self.size else { return false }
        return self.startsAt.map { $0 <= now } ?? true
    }

    // MARK: What is to be done

    /// The number of a process to start now; nil if there is to be none.
    mutating func start(now: ContinuousClock.Instant) -> Int? {
        guard self.wantsStart(now: now) else { return nil }
        self.lastNumber += 1
        self.phases[self.lastNumber] = .starting(since: now)
        return self.lastNumber
    }

    /// The processes to end now, each named once.
    mutating func takeDoomed(now: ContinuousClock.Instant) -> [Int] {
        self.doomOverdue(now: now)
        self.doomSurplus()
        let doomed = self.phases.compactMap { number, phase in
            if case .doomed = phase { number } else { nil }
        }
        for number in doomed { self.phases[number] = .ending }
        return doomed.sorted()
    }

    // MARK: What happened

    /// A process has answered `initialize`.
    mutating func answered(_ number: Int, now: ContinuousClock.Instant) {
        guard case .starting(let start) = self.phases[number] else { return }
        self.phases[number] = .ready(born: start, since: now)
    }

    /// A process that nobody has leased is of no use.
    mutating func failed(_ number: Int, now: ContinuousClock.Instant) {
        switch self.phases[number] {
        case .starting, .ready:
            self.phases[number] = .doomed
            self.noteFailure(now: now)
        case .leased, .doomed, .ending, .none:
            break
        }
    }

    /// One that waits knows what is no longer so.
    mutating func outdated(_ number: Int) {
        guard case .ready = self.phases[number] else { return }
        self.phases[number] = .doomed
    }

    /// A session took one that was ready.
    mutating func lease(_ number: Int, now: ContinuousClock.Instant) {
        guard case .ready = self.phases[number] else { return }
        self.phases[number] = .leased
        self.leases += 1
        self.failures = 0
        // Not pushed off by each further lease, or many of them would let the pool run dry.
        if self.startsAt.map({ $0 <= now }) ?? true { self.startsAt = now + self.timing.refillDelay }
    }

    mutating func missed() { self.misses += 1 }

    /// A process is gone; true if it went by itself, before a session had it.
    mutating func exited(_ number: Int, now: ContinuousClock.Instant) -> Bool {
        switch self.phases.removeValue(forKey: number) {
        case .starting:
            self.noteFailure(now: now)
            return true
        case .ready(_, let since):
            // One that held for a while is no sign of something that fails again and again.
            if now - since >= self.timing.longestPause { self.failures = 0 }
            self.noteFailure(now: now)
            return true
        case .leased, .doomed, .ending, .none:
            return false
        }
    }

    mutating func setSize(_ size: Int) { self.size = max(0, size) }

    /// Nothing is started or leased any more, and what waits is ended.
    mutating func stop() { self.isStopping = true }

    // MARK: Steps

    private mutating func noteFailure(now: ContinuousClock.Instant) {
        let pause = self.timing.firstPause * (1 << min(self.failures, 16))
        self.failures += 1
        self.startsAt = now + min(pause, self.timing.longestPause)
    }

    private mutating func doomOverdue(now: ContinuousClock.Instant) {
        for (number, phase) in self.phases {
            switch phase {
            case .starting(let since) where now - since >= self.timing.answerTimeout:
                self.failed(number, now: now)
            case .ready(let born, _) where now - born >= self.timing.maximumAge:
                self.phases[number] = .doomed
            case .starting, .ready, .leased, .doomed, .ending:
                break
            }
        }
    }

    /// The one that starts goes first, then the oldest.
    private mutating func doomSurplus() {
        let allowed = self.isStopping ? 0 : self.size
        let present = self.starting + self.ready.reversed()
        for number in present.prefix(max(0, present.count - allowed)) { self.phases[number] = .doomed }
    }
}
