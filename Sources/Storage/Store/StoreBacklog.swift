import DequeModule

/// Batches that wait for the store to work again: one or two for each session, under a budget of bytes.
///
/// At the budget the oldest events leave. Records, messages, approvals, jobs, rows and usage never do: what replaces them
/// takes their place. Sessions keep the order in which they came.
struct StoreBacklog {
    /// Acts that wait.
    private static let maximumAudit = 10_000

    private let maximumBytes: Int
    /// Without their events.
    private var batches: [StoreBatch] = []
    /// Where the next batch of a session is folded into.
    private var places: [String: Int] = [:]
    /// Of all sessions, in the order they came.
    private var events: Deque<(place: Int, event: StoredEvent)> = []
    /// Bytes held, bookkeeping included.
    private(set) var bytes = 0
    /// Events that have left unwritten.
    private(set) var droppedEvents: UInt64 = 0

    /// An empty backlog.
    ///
    /// - Parameter maximumBytes: above it events leave, down to none.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    var isEmpty: Bool { self.batches.isEmpty }

    /// Adds a batch to what waits of its session.
    mutating func fold(_ batch: StoreBatch) {
        let place = self.place(for: batch)
        self.bytes -= self.batches[place].costWithoutEvents
        if batch.isRemoval || batch.startsOver { self.forgetEverything(of: place) }
        StoreBatch.fold(batch.usage, into: &self.batches[place].usage)
        self.foldAudit(of: batch, at: place)
        StoreBatch.fold(batch.rows, into: &self.batches[place].rows)
        self.batches[place].isRemoval = batch.isRemoval
        if !batch.isRemoval { self.foldContent(of: batch, at: place) }
        self.bytes += self.batches[place].costWithoutEvents
        self.dropEvents()
    }

    /// Empties the backlog into one or two batches for each session.
    mutating func takeAll() -> [StoreBatch] {
        for (place, event) in self.events { self.batches[place].events.append(event) }
        defer {
            self.batches = []
            self.places = [:]
            self.events = []
            self.bytes = 0
        }
        return self.batches
    }

    private mutating func place(for batch: StoreBatch) -> Int {
        if let place = self.places[batch.session] {
            // Whether a record ends the log that waits is known only to the file, unless one with an epoch waits too.
            guard batch.record != nil, self.hasLogOfUnknownEpoch(place) else { return place }
        }
        let empty = StoreBatch(session: batch.session)
        self.bytes += empty.costWithoutEvents
        self.places[batch.session] = self.batches.count
        self.batches.append(empty)
        return self.batches.count - 1
    }

    private func hasLogOfUnknownEpoch(_ place: Int) -> Bool {
        guard self.batches[place].record == nil else { return false }
        return self.batches[place].forgottenThrough > 0 || self.events.contains { $0.place == place }
    }

    private mutating func forgetEverything(of place: Int) {
        let old = self.batches[place]
        self.batches[place] = StoreBatch(session: old.session)
        self.batches[place].usage = old.usage
        self.batches[place].audit = old.audit
        self.batches[place].auditBounds = old.auditBounds
        self.batches[place].rows = old.rows
        self.batches[place].startsOver = true
        self.removeEvents(of: place, through: .max)
    }

    private mutating func foldContent(of batch: StoreBatch, at place: Int) {
        if let record = batch.record {
            // Its epoch may end the log that waits here.
            if let old = self.batches[place].record, old.epoch != record.epoch {
                self.removeEvents(of: place, through: .max)
                self.batches[place].forgottenThrough = 0
            }
            self.batches[place].record = record
        }
        StoreBatch.fold(batch.messages, into: &self.batches[place].messages)
        StoreBatch.fold(batch.approvals, into: &self.batches[place].approvals)
        StoreBatch.fold(batch.jobs, into: &self.batches[place].jobs)
        if batch.forgottenThrough > self.batches[place].forgottenThrough {
            self.batches[place].forgottenThrough = batch.forgottenThrough
            self.removeEvents(of: place, through: batch.forgottenThrough)
        }
        for event in batch.events {
            self.events.append((place, event))
            self.bytes += event.cost
        }
    }

    /// Acts are few, but a store that fails for days must not hold them all: the newest wait.
    private mutating func foldAudit(of batch: StoreBatch, at place: Int) {
        self.batches[place].audit += batch.audit
        let excess = self.batches[place].audit.count - Self.maximumAudit
        if excess > 0 { self.batches[place].audit.removeFirst(excess) }
        if let bounds = batch.auditBounds { self.batches[place].auditBounds = bounds }
    }

    private mutating func removeEvents(of place: Int, through sequence: UInt64) {
        self.events.removeAll { entry in
            guard entry.place == place, entry.event.sequence <= sequence else { return false }
            self.bytes -= entry.event.cost
            return true
        }
    }

    private mutating func dropEvents() {
        while self.bytes > self.maximumBytes, let (place, event) = self.events.popFirst() {
            self.bytes -= event.cost
            self.batches[place].forgottenThrough = max(self.batches[place].forgottenThrough, event.sequence)
            self.droppedEvents += 1
        }
    }
}
