import Agent
import DequeModule
import NIOCore
package import Storage
import Synchronization

/// Is told that a log has grown.
///
/// The call comes from whoever appends and must not wait.
package protocol EventLogObserver: AnyObject, Sendable {
    func logAdvanced()
}

/// The numbered events of one session, written by its actor alone, or of all sessions' lives; read by any number of cursors.
///
/// A reader that falls behind costs nothing here: it reads from its own position when it can, and learns when what it
/// wanted has left.
package final class EventLog: Sendable {
    /// What a reader gets for its position.
    package struct Page: Sendable {
        /// In order; superseded previews from before the reader attached may be among them.
        package let events: [Event]
        /// The position of the newest event.
        package let head: UInt64
        /// True when something after the position asked for is no longer here.
        package let hasGap: Bool
    }

    /// Where the log stands.
    package struct Head: Sendable {
        package fileprivate(set) var position: UInt64
        package fileprivate(set) var id: EventID
        package fileprivate(set) var offset: UInt64
        package fileprivate(set) var isClosed: Bool
    }

    /// An event that has its number and waits for its commit.
    private struct Staged {
        let event: Event
        let supersedesPreviews: Bool
    }

    private struct State {
        var history: EventHistory
        /// What the newest event was numbered, seen or not.
        var position: UInt64 = 0
        var sequence: UInt64
        var offset: UInt64 = 0
        /// What readers see.
        var head: Head
        /// Numbered and not yet committed, and what came after.
        var staged: Deque<Staged> = []
        /// The newest position that may be seen.
        var committed: UInt64 = 0
        /// Text of the message in progress whose previews have already left.
        var evicted = PartialMessage()
        var observers: [ObjectIdentifier: any EventLogObserver] = [:]
        var isClosed = false
    }

    package let session: String
    package let epoch: UInt32
    /// Where the durable events are that have left; `nil` when nothing is kept.
    package let archive: EventArchive?
    private let state: Mutex<State>

    /// A log without events in memory.
    ///
    /// - Parameters:
    ///   - session: the session's public id.
    ///   - epoch: which life of the log this is, from 1.
    ///   - maximumBytes: the budget for the recent past.
    ///   - sequence: the number of its last durable event, all of which are in the archive.
    ///   - archive: where what leaves can be read; then every durable event is seen only when it is there.
    package init(
        session: String,
        epoch: UInt32 = 1,
        maximumBytes: Int,
        after sequence: UInt64 = 0,
        archive: EventArchive? = nil
    ) {
        self.session = session
        self.epoch = epoch
        self.archive = archive
        let head = Head(position: 0, id: EventID(epoch: epoch, sequence: sequence), offset: 0, isClosed: false)
        self.state = Mutex(
            State(
                history: EventHistory(maximumBytes: maximumBytes, after: sequence),
                sequence: sequence,
                head: head
            )
        )
    }

    // MARK: Writing

    /// Numbers the drafts in order, keeps them, and wakes the readers once.
    package func append(_ drafts: [EventDraft]) {
        self.publish(through: self.stage(drafts).last?.position ?? 0)
    }

    /// Numbers the drafts in order; readers do not see them before `publish`.
    ///
    /// Previews behind a durable event wait with it; those with nothing before them are seen at once.
    package func stage(_ drafts: [EventDraft]) -> [Event] {
        guard !drafts.isEmpty else { return [] }
        let at = Timestamp.now()
        let (events, observers) = self.state.withLock { state in
            let events = drafts.map { draft in
                let event = self.number(draft, at: at, in: &state)
                state.staged.append(Staged(event: event, supersedesPreviews: draft.supersedesPreviews))
                return event
            }
            return (events, self.advance(&state) ? Array(state.observers.values) : [])
        }
        for observer in observers { observer.logAdvanced() }
        return events
    }

    /// Lets readers see everything up to a position, and previews that waited behind it.
    package func publish(through position: UInt64) {
        let observers = self.state.withLock { state in
            state.committed = max(state.committed, position)
            return self.advance(&state) ? Array(state.observers.values) : []
        }
        for observer in observers { observer.logAdvanced() }
    }

    /// Nothing will follow: readers that have everything may leave.
    package func close() {
        let observers = self.state.withLock { state in
            state.isClosed = true
            state.head.isClosed = state.staged.isEmpty
            return Array(state.observers.values)
        }
        for observer in observers { observer.logAdvanced() }
    }

    /// Frees what only readers far behind could still use.
    package func trim() {
        self.state.withLock { $0.history.dropSuperseded() }
    }

    /// Frees everything that the archive has; without one only what `trim` does.
    package func release() {
        guard self.archive != nil else { return self.trim() }
        self.state.withLock { $0.history.forgetAll() }
    }

    // MARK: Reading

    /// What readers see of it.
    package var head: Head { self.state.withLock(\.head) }

    /// The number of the newest durable event, seen or not.
    package var lastSequence: UInt64 { self.state.withLock(\.sequence) }

    /// The events after a position, about `maximumBytes` of them.
    package func page(after position: UInt64, maximumBytes: Int) -> Page {
        self.state.withLock { state in
            Page(
                events: state.history.events(after: position, maximumBytes: maximumBytes),
                head: state.head.position,
                hasGap: position < state.history.forgottenThrough
            )
        }
    }

    /// Durable events after a number, oldest first; `nil` when some of them have left.
    package func durable(after sequence: UInt64, count: Int, where isWanted: (Event) -> Bool) -> [Event]? {
        self.state.withLock { $0.history.durable(after: sequence, count: count, where: isWanted) }
    }

    /// The newest durable events whose type passes, oldest first.
    package func newest(_ count: Int, where isWanted: (Event) -> Bool) -> [Event] {
        self.state.withLock { $0.history.newestDurable(count, where: isWanted) }
    }

    /// Where to begin reading.
    ///
    /// - Parameter cursor: the last durable event the reader has had; `nil` for one that wants only what is new.
    /// - Returns: everything a stream needs to say before it is live.
    package func resume(after cursor: EventID?) -> ResumePoint {
        self.state.withLock { state in
            let head = state.head
            func point(_ kind: ResumePoint.Kind, from position: UInt64, archived: EventID? = nil) -> ResumePoint {
                ResumePoint(
                    kind: kind,
                    position: position,
                    archivedAfter: archived,
                    cursor: kind.needsSnapshot ? head.id : cursor ?? head.id,
                    head: head.id,
                    headPosition: head.position,
                    supersededThrough: state.history.supersededThrough,
                    partial: kind.needsSnapshot ? Self.partial(of: state) : nil
                )
            }
            guard let cursor else { return point(.fresh, from: head.position) }
            if cursor.epoch != self.epoch { return point(.gap(.epoch), from: head.position) }
            if cursor.sequence > head.id.sequence { return point(.gap(.unknown), from: head.position) }
            guard let position = state.history.position(ofDurable: cursor.sequence) else {
                // What it missed has left the memory, but not the archive.
                if self.archive != nil { return point(.replay, from: head.position, archived: cursor) }
                return point(.gap(.evicted), from: head.position)
            }
            // Previews of the message in progress may have left while every durable event is here.
            if position < state.history.forgottenThrough { return point(.gap(.previews), from: head.position) }
            return point(cursor.sequence == head.id.sequence ? .exact : .replay, from: position)
        }
    }

    /// Where to begin for what a reader asks.
    package func resume(after request: ResumeRequest) -> ResumePoint {
        switch request {
        case .snapshot, .latest: self.resume(after: nil)
        case .earliest: self.resume(after: EventID(epoch: self.epoch, sequence: 0))
        case .after(let id): self.resume(after: id)
        }
    }

    /// Where a reader goes on that has had a durable event; `nil` when what follows it is no longer in memory.
    package func position(after sequence: UInt64) -> UInt64? {
        self.state.withLock { state in
            guard let position = state.history.position(ofDurable: sequence) else { return nil }
            return max(position, state.history.forgottenThrough)
        }
    }

    /// The number of the oldest durable event in memory; one past the head when there is none.
    package var firstInMemory: UInt64 { self.state.withLock { $0.history.forgottenSequence + 1 } }

    package func add(_ observer: any EventLogObserver) {
        self.state.withLock { $0.observers[ObjectIdentifier(observer)] = observer }
    }

    package func remove(_ observer: any EventLogObserver) {
        self.state.withLock { _ = $0.observers.removeValue(forKey: ObjectIdentifier(observer)) }
    }

    // MARK: Steps

    private func number(_ draft: EventDraft, at: String, in state: inout State) -> Event {
        var id: EventID?
        if draft.kind == .durable {
            state.sequence += 1
            id = EventID(epoch: self.epoch, sequence: state.sequence)
        }
        let envelope = Envelope.event(draft, session: draft.session ?? self.session, id: id, at: at)
        state.position += 1
        state.offset += UInt64(envelope.readableBytes)
        return Event(
            position: state.position,
            id: EventID(epoch: self.epoch, sequence: state.sequence),
            kind: draft.kind,
            type: draft.type,
            turn: draft.turn,
            envelope: envelope,
            offset: state.offset
        )
    }

    /// Moves what may be seen into the history; true when something was.
    private func advance(_ state: inout State) -> Bool {
        var hasMoved = false
        while let next = state.staged.first, next.event.kind == .preview || next.event.position <= state.committed {
            state.staged.removeFirst()
            hasMoved = true
            state.head.position = next.event.position
            state.head.id = next.event.cursor
            state.head.offset = next.event.offset
            for old in state.history.append(next.event) where old.kind == .preview {
                if old.position > state.history.supersededThrough { state.evicted.apply(old) }
            }
            if next.supersedesPreviews {
                state.history.supersedePreviews()
                state.evicted = PartialMessage()
            }
        }
        state.head.isClosed = state.isClosed && state.staged.isEmpty
        return hasMoved
    }

    /// The message in progress, from the previews that no whole message has superseded.
    private static func partial(of state: State) -> PartialMessage {
        var partial = state.evicted
        for event in state.history.events(after: state.history.supersededThrough, maximumBytes: .max)
        where event.kind == .preview {
            partial.apply(event)
        }
        return partial
    }
}

/// Where a reader begins, decided in one step with the state of the log at that moment.
package struct ResumePoint: Sendable {
    package enum Kind: Sendable, Equatable {
        /// It had everything durable.
        case exact
        /// What it missed is all here.
        case replay
        case gap(GapReason)
        /// It brought no cursor.
        case fresh

        /// `stream.hello`'s word for it.
        package var name: String {
            switch self {
            case .exact: "exact"
            case .replay: "replay"
            case .gap: "gap"
            case .fresh: "fresh"
            }
        }

        package var needsSnapshot: Bool {
            switch self {
            case .exact, .replay: false
            case .gap, .fresh: true
            }
        }
    }

    package enum GapReason: String, Sendable {
        /// The cursor is of another life of the log.
        case epoch
        /// The cursor names an event that never was.
        case unknown
        /// Durable events after it have left.
        case evicted
        /// All durable events are here, but not all previews of the message in progress.
        case previews
    }

    package let kind: Kind
    /// Read on from here.
    package let position: UInt64
    /// First read on from here in the archive, until that reaches what the memory holds.
    package let archivedAfter: EventID?
    /// The last durable event a reader has when it begins to read there, a snapshot included.
    package let cursor: EventID
    package let head: EventID
    package let headPosition: UInt64
    /// Previews at or below need not be sent: a whole message followed.
    package let supersededThrough: UInt64
    /// The message in progress, where a snapshot is due.
    package let partial: PartialMessage?
}
