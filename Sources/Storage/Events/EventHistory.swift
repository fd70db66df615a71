import DequeModule
import NIOCore

/// The recent past of one session in memory, under a byte budget.
///
/// At the budget superseded previews leave first, then the oldest events. Appending is amortised O(1); finding a place
/// is O(log n).
package struct EventHistory: Sendable {
    /// What it costs to keep an event beside its bytes: the struct and its buffer's header.
    private static let overheadBytes = 160

    private var events: Deque<Event> = []
    private var bytes = 0
    private var supersededBytes = 0
    private let maximumBytes: Int

    /// Previews at or below this position are superseded by a whole message.
    package private(set) var supersededThrough: UInt64 = 0
    /// The highest position that has left while a reader might still have wanted it; 0 while nothing has.
    package private(set) var forgottenThrough: UInt64 = 0
    /// The number of the newest durable event that has left; 0 while none has.
    package private(set) var forgottenSequence: UInt64 = 0
    /// The position of that event.
    private var forgottenPosition: UInt64 = 0

    /// An empty history.
    ///
    /// - Parameters:
    ///   - maximumBytes: the budget; one event is always kept, however large.
    ///   - sequence: the number of the last durable event of an earlier life, which is not here.
    package init(maximumBytes: Int, after sequence: UInt64 = 0) {
        self.maximumBytes = maximumBytes
        self.forgottenSequence = sequence
    }

    /// Bytes held, bookkeeping included.
    package var heldBytes: Int { self.bytes }

    /// Adds the newest event and returns what had to leave for it, oldest first.
    package mutating func append(_ event: Event) -> [Event] {
        self.events.append(event)
        self.bytes += Self.cost(event)
        guard self.bytes > self.maximumBytes else { return [] }
        if self.supersededBytes > self.maximumBytes / 4 { self.dropSuperseded() }
        var evicted: [Event] = []
        while self.bytes > self.maximumBytes, self.events.count > 1, let oldest = self.events.popFirst() {
            self.forget(oldest)
            evicted.append(oldest)
        }
        return evicted
    }

    /// Marks every preview up to now as superseded by a whole message: readers that attach later do not get them.
    package mutating func supersedePreviews() {
        guard let newest = self.events.last?.position else { return }
        for event in self.events.reversed() {
            guard event.position > self.supersededThrough else { break }
            if event.kind == .preview { self.supersededBytes += Self.cost(event) }
        }
        self.supersededThrough = newest
    }

    /// Frees what superseded previews hold.
    package mutating func dropSuperseded() {
        guard self.supersededBytes > 0 else { return }
        let limit = self.supersededThrough
        self.events.removeAll { $0.kind == .preview && $0.position <= limit }
        self.bytes -= self.supersededBytes
        self.supersededBytes = 0
    }

    /// Forgets every event: readers that are behind find them in the archive.
    package mutating func forgetAll() {
        while let oldest = self.events.popFirst() { self.forget(oldest) }
        self.events = []
    }

    /// The events after a position, oldest first: at least one where there is one, and no more than about `maximumBytes`.
    package func events(after position: UInt64, maximumBytes: Int) -> [Event] {
        var found: [Event] = []
        var size = 0
        for index in self.index(after: position)..<self.events.count {
            let event = self.events[index]
            size += event.envelope.readableBytes
            if size > maximumBytes, !found.isEmpty { break }
            found.append(event)
        }
        return found
    }

    /// Where a reader that has had the durable event `sequence` goes on: the position of that event.
    ///
    /// `nil` when the event after it is no longer here.
    package func position(ofDurable sequence: UInt64) -> UInt64? {
        guard sequence >= self.forgottenSequence else { return nil }
        // Previews after it may have left too: the first event here need not be the one that followed it.
        guard sequence > self.forgottenSequence else { return self.forgottenPosition }
        // The first event of that number is the durable one: the previews that share it follow.
        var low = 0
        var high = self.events.count
        while low < high {
            let middle = (low + high) / 2
            if self.events[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        guard low < self.events.count else { return self.events.last?.position ?? self.forgottenThrough }
        return self.events[low].position
    }

    /// The newest durable events whose type passes, oldest first.
    package func newestDurable(_ count: Int, where isWanted: (Event) -> Bool) -> [Event] {
        guard count > 0 else { return [] }
        var found: [Event] = []
        for event in self.events.reversed() where event.kind == .durable && isWanted(event) {
            found.append(event)
            if found.count == count { break }
        }
        return found.reversed()
    }

    /// Durable events after a number whose type passes, oldest first; `nil` when some have left.
    package func durable(after sequence: UInt64, count: Int, where isWanted: (Event) -> Bool) -> [Event]? {
        guard let position = self.position(ofDurable: sequence) else { return nil }
        var found: [Event] = []
        for index in self.index(after: position)..<self.events.count where found.count < count {
            let event = self.events[index]
            if event.kind == .durable, isWanted(event) { found.append(event) }
        }
        return found
    }

    private mutating func forget(_ event: Event) {
        self.bytes -= Self.cost(event)
        switch event.kind {
        case .durable:
            self.forgottenSequence = event.sequence
            self.forgottenPosition = event.position
            self.forgottenThrough = event.position
        case .preview where event.position <= self.supersededThrough:
            self.supersededBytes -= Self.cost(event)
        case .preview:
            self.forgottenThrough = event.position
        }
    }

    /// The index of the first event past a position.
    private func index(after position: UInt64) -> Int {
        var low = 0
        var high = self.events.count
        while low < high {
            let middle = (low + high) / 2
            if self.events[middle].position <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func cost(_ event: Event) -> Int {
        event.envelope.readableBytes + Self.overheadBytes
    }
}
