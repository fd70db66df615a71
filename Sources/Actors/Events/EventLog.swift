import Agent
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
        package let position: UInt64
        package let id: EventID
        package let offset: UInt64
        package let isClosed: Bool
    }

    private struct State {
        var history: EventHistory
        var position: UInt64 = 0
        var sequence: UInt64 = 0
        var offset: UInt64 = 0
        /// Text of the message in progress whose previews have already left.
        var evicted = PartialMessage()
        var observers: [ObjectIdentifier: any EventLogObserver] = [:]
        var isClosed = false
    }

    package let session: String
    package let epoch: UInt32
    private let state: Mutex<State>

    /// An empty log.
    ///
    /// - Parameters:
    ///   - session: the session's public id.
    ///   - epoch: which life of the log this is, from 1.
    ///   - maximumBytes: the budget for the recent past.
    package init(session: String, epoch: UInt32 = 1, maximumBytes: Int) {
        self.session = session
        self.epoch = epoch
        self.state = Mutex(State(history: EventHistory(maximumBytes: maximumBytes)))
    }

    // MARK: Writing

    /// Numbers the drafts in order, keeps them, and wakes the readers once.
    package func append(_ drafts: [EventDraft]) {
        guard !drafts.isEmpty else { return }
        let at = Timestamp.now()
        let observers = self.state.withLock { state in
            for draft in drafts { self.append(draft, at: at, to: &state) }
            return Array(state.observers.values)
        }
        for observer in observers { observer.logAdvanced() }
    }

    /// Nothing will follow: readers that have everything may leave.
    package func close() {
        let observers = self.state.withLock { state in
            state.isClosed = true
            return Array(state.observers.values)
        }
        for observer in observers { observer.logAdvanced() }
    }

    /// Frees what only readers far behind could still use.
    package func trim() {
        self.state.withLock { $0.history.dropSuperseded() }
    }

    // MARK: Reading

    package var head: Head {
        self.state.withLock { state in
            Head(
                position: state.position,
                id: EventID(epoch: self.epoch, sequence: state.sequence),
                offset: state.offset,
                isClosed: state.isClosed
            )
        }
    }

    /// The events after a position, about `maximumBytes` of them.
    package func page(after position: UInt64, maximumBytes: Int) -> Page {
        self.state.withLock { state in
            Page(
                events: state.history.events(after: position, maximumBytes: maximumBytes),
                head: state.position,
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
            let head = EventID(epoch: self.epoch, sequence: state.sequence)
            func point(_ kind: ResumePoint.Kind, from position: UInt64) -> ResumePoint {
                ResumePoint(
                    kind: kind,
                    position: position,
                    cursor: kind.needsSnapshot ? head : cursor ?? head,
                    head: head,
                    headPosition: state.position,
                    supersededThrough: state.history.supersededThrough,
                    partial: kind.needsSnapshot ? Self.partial(of: state) : nil
                )
            }
            guard let cursor else { return point(.fresh, from: state.position) }
            if cursor.epoch != self.epoch { return point(.gap(.epoch), from: state.position) }
            if cursor.sequence > state.sequence { return point(.gap(.unknown), from: state.position) }
            guard let position = state.history.position(ofDurable: cursor.sequence) else {
                return point(.gap(.evicted), from: state.position)
            }
            // Previews of the message in progress may have left while every durable event is here.
            if position < state.history.forgottenThrough { return point(.gap(.previews), from: state.position) }
            return point(cursor.sequence == state.sequence ? .exact : .replay, from: position)
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

    package func add(_ observer: any EventLogObserver) {
        self.state.withLock { $0.observers[ObjectIdentifier(observer)] = observer }
    }

    package func remove(_ observer: any EventLogObserver) {
        self.state.withLock { _ = $0.observers.removeValue(forKey: ObjectIdentifier(observer)) }
    }

    // MARK: Steps

    private func append(_ draft: EventDraft, at: String, to state: inout State) {
        var id: EventID?
        if draft.kind == .durable {
            state.sequence += 1
            id = EventID(epoch: self.epoch, sequence: state.sequence)
        }
        let envelope = Envelope.event(draft, session: draft.session ?? self.session, id: id, at: at)
        state.position += 1
        state.offset += UInt64(envelope.readableBytes)
        let event = Event(
            position: state.position,
            id: EventID(epoch: self.epoch, sequence: state.sequence),
            kind: draft.kind,
            type: draft.type,
            turn: draft.turn,
            envelope: envelope,
            offset: state.offset
        )
        for old in state.history.append(event) where old.kind == .preview {
            if old.position > state.history.supersededThrough { state.evicted.apply(old) }
        }
        if draft.supersedesPreviews {
            state.history.supersedePreviews()
            state.evicted = PartialMessage()
        }
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
    /// The last durable event a reader has when it begins to read there, a snapshot included.
    package let cursor: EventID
    package let head: EventID
    package let headPosition: UInt64
    /// Previews at or below need not be sent: a whole message followed.
    package let supersededThrough: UInt64
    /// The message in progress, where a snapshot is due.
    package let partial: PartialMessage?
}
