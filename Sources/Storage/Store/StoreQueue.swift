/// Decides what the writer of a store does next: write, tell, wait or end.
///
/// No I/O, no clock, no isolation of its own.
struct StoreQueue {
    typealias Completion = @Sendable (StoreOutcome) -> Void
    typealias Instant = ContinuousClock.Instant

    /// What one transaction writes.
    struct Work: Sendable {
        /// What waited in the backlog, then what nobody has been told of yet.
        let batches: [StoreBatch]
        /// Batches of these are in the backlog: told `delayed`, whatever becomes of the transaction.
        let late: [Completion]
        /// One for each of the last of `batches`.
        let completions: [Completion]
        /// The last transaction failed.
        let isRetry: Bool

        /// The outcome of each batch that somebody waits for, in order; `refused` has the indices of those left out.
        func outcomes(refused: Set<Int>) -> [(Completion, StoreOutcome)] {
            let folded = self.batches.count - self.completions.count
            return self.late.map { ($0, .delayed) }
                + self.completions.enumerated().map {
                    ($0.element, refused.contains(folded + $0.offset) ? .delayed : .committed)
                }
        }
    }

    /// What the writer does next.
    enum Step: Sendable {
        case write(Work)
        /// Tell that these batches are `delayed`.
        case tell([Completion])
        /// Wait until woken, or until an instant.
        case wait(until: Instant?)
        case end
    }

    private let limits: StoreLimits
    private var backlog: StoreBacklog
    private var batches: [StoreBatch] = []
    private var completions: [Completion] = []
    private var batchBytes = 0
    private var late: [Completion] = []
    /// When to try again; `nil` while it works.
    private var retryAt: Instant?
    private var retryDelay: Duration
    private var isFinishing = false
    /// The last try failed, and the writer is cancelled.
    private var isGivingUp = false

    private(set) var condition = StoreCondition.healthy
    private(set) var isEnded = false
    private(set) var counts = StoreCounts()

    /// An empty queue.
    init(limits: StoreLimits) {
        self.limits = limits
        self.backlog = StoreBacklog(maximumBytes: limits.backlogBytes)
        self.retryDelay = limits.firstRetry
    }

    /// Adds a batch; not after the end.
    mutating func add(_ batch: StoreBatch, whenDone: @escaping Completion) {
        self.batches.append(batch)
        self.completions.append(whenDone)
        self.batchBytes += batch.cost
        // The disk does not keep up: what waits is folded, and its oldest events may leave.
        if self.batchBytes + self.backlog.bytes > self.limits.backlogBytes { self.foldBatches() }
    }

    /// Ends the writer once everything is written.
    mutating func finish() {
        self.isFinishing = true
    }

    /// What to do now; asked again when it is done.
    ///
    /// Cancelled, everything that waits is tried once more.
    mutating func next(now: Instant, isCancelled: Bool) -> Step {
        let hasWork = !self.batches.isEmpty || !self.backlog.isEmpty
        let isDue = self.retryAt.map { $0 <= now || isCancelled } ?? true
        if hasWork, isDue, !self.isGivingUp { return .write(self.take()) }
        self.foldBatches()
        if !self.late.isEmpty {
            defer { self.late = [] }
            return .tell(self.late)
        }
        if self.isGivingUp || (!hasWork && (isCancelled || self.isFinishing)) {
            self.isEnded = true
            return .end
        }
        return .wait(until: hasWork ? self.retryAt : nil)
    }

    /// The transaction is committed.
    ///
    /// - Parameters:
    ///   - refused: how many of its batches were left out.
    ///   - time: how long it took.
    mutating func committed(refused: Int, after time: Duration = .zero) {
        self.condition = .healthy
        self.retryAt = nil
        self.retryDelay = self.limits.firstRetry
        self.counts.commits += 1
        self.counts.commitTime += time
        self.counts.refused += UInt64(refused)
    }

    /// The transaction failed: its batches wait in the backlog, before what came since.
    mutating func failed(_ work: Work, error: StorageError, now: Instant, isCancelled: Bool) {
        self.condition = .failing(error)
        self.retryAt = now + self.retryDelay
        self.retryDelay = min(self.retryDelay * 2, self.limits.longestRetry)
        self.isGivingUp = isCancelled
        self.counts.failures += 1
        self.late = work.late + work.completions + self.late
        self.foldBatches()
        let since = self.backlog.takeAll()
        for batch in work.batches + since { self.backlog.fold(batch) }
        self.counts.droppedEvents = self.backlog.droppedEvents
    }

    private mutating func take() -> Work {
        let folded = self.backlog.takeAll()
        defer {
            self.batches = []
            self.completions = []
            self.batchBytes = 0
            self.late = []
        }
        return Work(
            batches: folded + self.batches,
            late: self.late,
            completions: self.completions,
            isRetry: self.retryAt != nil
        )
    }

    private mutating func foldBatches() {
        for batch in self.batches { self.backlog.fold(batch) }
        self.late += self.completions
        self.batches = []
        self.completions = []
        self.batchBytes = 0
        self.counts.droppedEvents = self.backlog.droppedEvents
    }
}
