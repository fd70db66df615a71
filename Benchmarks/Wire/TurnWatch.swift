/// What one reader sees of one turn, and when.
final class TurnWatch {
    /// One text of the stamp agent.
    struct Delta {
        /// When the agent wrote it.
        let written: UInt64
        /// Counts from 0 within a turn.
        let sequence: Int
        /// When it was read here.
        let received: UInt64

        var microseconds: Double { Double(self.received &- self.written) / 1e3 }
    }

    /// Every so manieth delta is kept; all are counted.
    var samplingInterval = 1
    /// Just before the prompt was written.
    var promptWritten: UInt64 = 0
    /// When the stamp agent had read it.
    private(set) var promptRead: UInt64?
    private(set) var firstText: UInt64?
    private(set) var deltas: [Delta] = []
    private(set) var deltaCount = 0
    /// Deltas that did not come right after their predecessor: lost, doubled or out of order.
    private(set) var outOfOrder = 0
    private(set) var lastReceived: UInt64 = 0
    /// When the end of the turn was read.
    private(set) var ended: UInt64?
    /// What the server says a start from hibernation took, if there was one.
    private(set) var wakeMilliseconds: Double?
    private(set) var isSynced = false

    private let end: Needle

    /// A watch for the turns of a reader.
    ///
    /// - Parameter end: what the message holds that ends a turn.
    init(end: Needle) {
        self.end = end
    }

    /// Forgets the turn before.
    func begin() {
        self.promptRead = nil
        self.firstText = nil
        self.ended = nil
        self.wakeMilliseconds = nil
        self.deltas.removeAll(keepingCapacity: true)
        (self.deltaCount, self.outOfOrder, self.lastReceived) = (0, 0, 0)
        self.promptWritten = Monotonic.now
    }

    var hasEnded: Bool { self.ended != nil }

    /// Milliseconds from the prompt to the end of its turn.
    var turnMilliseconds: Double? {
        self.ended.map { Double($0 - self.promptWritten) / 1e6 }
    }

    /// Milliseconds from the prompt to the first text.
    var firstTextMilliseconds: Double? {
        self.firstText.map { Double($0 - self.promptWritten) / 1e6 }
    }

    /// Microseconds from the prompt to the agent's read.
    var inwardMicroseconds: Double? {
        self.promptRead.map { Double($0 &- self.promptWritten) / 1e3 }
    }

    func take(_ message: UnsafeRawBufferPointer, at time: UInt64) {
        if let place = Needle.stamp.position(in: message) {
            let sequence = Needle.number(in: message, at: place + 28)
            if sequence != self.deltaCount { self.outOfOrder += 1 }
            if self.deltaCount % self.samplingInterval == 0 {
                let written = Needle.number(in: message, at: place + Needle.stamp.count)
                self.deltas.append(Delta(written: UInt64(written), sequence: sequence, received: time))
            }
            self.deltaCount += 1
            self.lastReceived = time
            if self.firstText == nil { self.firstText = time }
        } else if self.firstText == nil,
            Needle.textDelta.position(in: message) ?? Needle.wholeMessage.position(in: message) != nil
        {
            self.firstText = time
        } else if self.end.position(in: message) != nil {
            self.ended = time
        } else if !self.isSynced, Needle.synced.position(in: message) != nil {
            self.isSynced = true
        } else if self.promptRead == nil, let place = Needle.read.position(in: message) {
            self.promptRead = UInt64(Needle.number(in: message, at: place + Needle.read.count))
        } else if self.firstText == nil, let place = Needle.wake.position(in: message) {
            self.wakeMilliseconds = Double(Needle.number(in: message, at: place + Needle.wake.count))
        }
    }
}
