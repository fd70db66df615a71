import NIOCore

@testable import Storage

/// What `EventHistory` should do, written as plainly as it can be said: every event that ever was, and flags.
struct HistoryModel {
    struct Entry {
        let event: Event
        var isHeld = true
        var isSuperseded = false
        var isForgotten = false
    }

    private static let overheadBytes = 160

    let maximumBytes: Int
    private(set) var entries: [Entry] = []

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    var held: [Event] { self.entries.filter(\.isHeld).map(\.event) }
    var heldBytes: Int { Self.bytes(self.entries.filter(\.isHeld)) }
    var newestSequence: UInt64 { self.entries.last { $0.event.kind == .durable }?.event.sequence ?? 0 }
    var headPosition: UInt64 { UInt64(self.entries.count) }

    /// The highest position that left while it was still of use.
    var forgottenThrough: UInt64 { self.entries.last { $0.isForgotten }?.event.position ?? 0 }

    mutating func append(_ kind: Event.Kind, bytes: Int) -> (event: Event, evicted: [UInt64]) {
        let sequence = self.newestSequence + (kind == .durable ? 1 : 0)
        let event = Event(
            position: self.headPosition + 1,
            id: EventID(epoch: 1, sequence: sequence),
            kind: kind,
            type: kind == .durable ? "agent.assistant" : "agent.stream_event",
            turn: nil,
            envelope: ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes),
            offset: (self.entries.last?.event.offset ?? 0) + UInt64(bytes)
        )
        self.entries.append(Entry(event: event))
        guard self.heldBytes > self.maximumBytes else { return (event, []) }
        let superseded = self.entries.filter { $0.isHeld && $0.isSuperseded }
        if Self.bytes(superseded) > self.maximumBytes / 4 { self.dropSuperseded() }
        var evicted: [UInt64] = []
        while self.heldBytes > self.maximumBytes, self.held.count > 1 {
            guard let oldest = self.entries.firstIndex(where: \.isHeld) else { break }
            self.entries[oldest].isHeld = false
            self.entries[oldest].isForgotten = !self.entries[oldest].isSuperseded
            evicted.append(self.entries[oldest].event.position)
        }
        return (event, evicted)
    }

    mutating func supersedePreviews() {
        for index in self.entries.indices where self.entries[index].event.kind == .preview {
            self.entries[index].isSuperseded = true
        }
    }

    mutating func dropSuperseded() {
        for index in self.entries.indices where self.entries[index].isSuperseded { self.entries[index].isHeld = false }
    }

    /// The position of a durable event, `nil` if the one after it has left.
    func position(ofDurable sequence: UInt64) -> UInt64? {
        let newestForgotten = self.entries.last { $0.isForgotten && $0.event.kind == .durable }?.event.sequence ?? 0
        guard sequence >= newestForgotten else { return nil }
        return self.entries.first { $0.event.kind == .durable && $0.event.sequence == sequence }?.event.position ?? 0
    }

    private static func bytes(_ entries: [Entry]) -> Int {
        entries.reduce(0) { $0 + $1.event.envelope.readableBytes + Self.overheadBytes }
    }
}
