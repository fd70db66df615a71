import Actors
import NIOCore
import Storage

/// One reader of one session: a cursor and a connection, and no queue of its own.
///
/// What it has not been sent stays in the log; a reader that does not keep up is left behind with its cursor and reads on
/// by itself when its connection takes bytes again. Bound to the connection's event loop.
final class Subscriber {
    /// How far behind a reader may fall before it is told and let go.
    struct LagLimits: Sendable {
        /// Bytes of events between its cursor and the head.
        var bytes: UInt64 = 2 << 20
        /// How long its connection may take nothing.
        var time: TimeAmount = .seconds(30)
    }

    /// Bytes read from the log at a time when catching up.
    private static let pageBytes = 64 << 10

    let form: WireForm
    let session: String
    private let log: EventLog
    private let outlet: StreamOutlet
    private let metrics: StreamMetrics
    private let supersededThrough: UInt64
    private unowned let group: LogGroup
    /// The position of the last event that was written.
    private(set) var position: UInt64
    /// The durable event a client that is cut off now would come back with.
    private(set) var cursor: EventID
    private(set) var offset: UInt64
    /// Where `stream.synced` is due; `nil` once it was said.
    private var syncPosition: UInt64?
    /// The durable event after which it reads on in the archive; `nil` once the memory has what follows.
    private var archivedAfter: UInt64?
    private var isReadingArchive = false
    private var blockedSince: NIODeadline?
    /// Whether it was told that it lags, since its connection last took something.
    private var isToldOfLag = false
    private var onEnd: ((StreamEnd?) -> Void)?
    /// Whether its client may still read; asked with every heartbeat.
    var isAllowed: () -> Bool = { true }

    /// A reader that begins where its attachment says.
    ///
    /// - Parameters:
    ///   - attachment: what the session gave it.
    ///   - log: the session's log.
    ///   - form: how it wants its events.
    ///   - outlet: its connection.
    ///   - group: those it shares a loop with.
    ///   - onEnd: called once, with the reason if it was ours.
    init(
        _ attachment: ResumePoint,
        log: EventLog,
        form: WireForm,
        outlet: StreamOutlet,
        group: LogGroup,
        onEnd: @escaping (StreamEnd?) -> Void
    ) {
        self.session = log.session
        self.log = log
        self.form = form
        self.outlet = outlet
        self.metrics = group.metrics
        self.group = group
        self.position = attachment.position
        self.cursor = attachment.cursor
        self.offset = log.head.offset
        self.supersededThrough = attachment.supersededThrough
        self.syncPosition = attachment.headPosition
        self.archivedAfter = attachment.archivedAfter?.sequence
        self.onEnd = onEnd
    }

    var isWritable: Bool { self.outlet.isWritable }
    /// Whether its stream has not ended.
    var isOpen: Bool { self.onEnd != nil }

    /// Whether it can take what the group writes: it has had everything before.
    func isAt(_ position: UInt64) -> Bool {
        self.position == position && self.syncPosition == nil && self.archivedAfter == nil
    }

    /// Writes what the group framed for all; the caller flushes.
    func deliver(_ buffer: ByteBuffer?, last: Event) {
        if let buffer { self.outlet.write(buffer) }
        self.advance(to: last)
    }

    /// Writes one stream frame, whatever the connection's state: they are small and few.
    func say(_ frame: StreamFrame) {
        self.outlet.write(self.form.frame(frame))
    }

    func flush() {
        self.outlet.flush()
    }

    /// Reads on from the log, as far as the group has come, as long as the connection takes it.
    func catchUp() {
        guard self.onEnd != nil else { return }
        if self.archivedAfter != nil { return self.readArchive() }
        var hasWritten = false
        var bytes = 0
        defer { if bytes > 0 { self.metrics.sent(bytes, self.form) } }
        while self.outlet.isWritable {
            self.blockedSince = nil
            if let syncPosition, self.position >= syncPosition {
                self.syncPosition = nil
                self.say(.synced(self.cursor, session: self.session))
                hasWritten = true
            }
            let goal = min(self.syncPosition ?? .max, self.group.position)
            guard self.position < goal else { break }
            let page = self.log.page(after: self.position, maximumBytes: Self.pageBytes)
            if page.hasGap {
                guard self.log.archive != nil else { return self.letGo(.tooSlow) }
                self.archivedAfter = self.cursor.sequence
                if hasWritten { self.outlet.flush() }
                return self.readArchive()
            }
            let events = page.events.prefix { $0.position <= goal }
            guard let last = events.last else {
                // Nothing is left of that stretch but superseded previews.
                self.position = goal
                continue
            }
            // How many watched a while ago is nothing to catch up with.
            let told = self.syncPosition == nil ? Array(events) : events.filter { !$0.isViewerNotice }
            if let buffer = self.form.frame(told, supersededThrough: self.supersededThrough) {
                self.outlet.write(buffer)
                bytes += buffer.readableBytes
                hasWritten = true
            }
            self.advance(to: last)
        }
        if hasWritten { self.outlet.flush() }
        // The flush may have found the client gone.
        guard self.onEnd != nil else { return }
        self.noteBlocked()
        if self.log.head.isClosed { self.group.endIfComplete(self) }
    }

    func becameWritable() {
        self.catchUp()
    }

    /// Looks at how far behind it is; called when the group has moved on and at every heartbeat.
    func checkLag(_ limits: LagLimits, now: NIODeadline) {
        self.noteBlocked()
        guard let blockedSince, !self.outlet.isWritable else { return }
        let head = self.log.head
        let behind = head.offset > self.offset ? head.offset - self.offset : 0
        let blocked = now - blockedSince
        if !self.isToldOfLag, behind > limits.bytes / 2 || blocked.nanoseconds > limits.time.nanoseconds / 2 {
            // It reads this with what it has not taken yet, and has the rest of its budget to do better.
            self.isToldOfLag = true
            self.say(.lagging(behind: behind, session: self.session))
        }
        guard behind > 0 else {
            // Everything was written, but the client takes nothing: only time tells.
            if blocked > limits.time { self.letGo(.tooSlow) }
            return
        }
        if behind > limits.bytes || blocked > limits.time { self.letGo(.tooSlow) }
    }

    /// Tells the client why, with its cursor, and ends the stream.
    func letGo(_ reason: StreamEnd, retry: Duration? = nil) {
        guard self.onEnd != nil else { return }
        let retry = reason.isRetryable ? retry ?? .seconds(1) : nil
        if let retry, let order = self.form.preamble(retry: retry) { self.outlet.write(order) }
        self.say(.bye(reason, retry: retry, cursor: self.cursor, session: self.session))
        self.outlet.flush()
        self.end(reason)
    }

    /// Ends the stream without a word: the client has gone, or was told.
    func end(_ reason: StreamEnd?) {
        guard let onEnd else { return }
        self.onEnd = nil
        self.outlet.remove(self)
        self.metrics.closed(reason, self.form)
        self.group.remove(self)
        onEnd(reason)
    }

    /// Reads one page of what has left the memory; the next follows when the connection takes it.
    private func readArchive() {
        self.noteBlocked()
        guard let archive = self.log.archive, let sequence = self.archivedAfter, !self.isReadingArchive,
            self.outlet.isWritable, let eventLoop = self.outlet.eventLoop
        else { return }
        self.isReadingArchive = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.makeFutureWithTask {
            try await archive.events(after: sequence, maximumBytes: Self.pageBytes)
        }.whenComplete { result in
            let reader = bound.value
            reader.isReadingArchive = false
            guard reader.isOpen else { return }
            switch result {
            case .success(let events): reader.takeArchived(events)
            case .failure: reader.letGo(.tooSlow)
            }
        }
    }

    private func takeArchived(_ page: [StoredEvent]) {
        // Committed events that others do not see yet come from the log when they do.
        let seen = self.log.head.id.sequence
        let events = page.prefix { $0.sequence <= seen }.map { stored in
            Event(
                position: 0,
                id: EventID(epoch: self.cursor.epoch, sequence: stored.sequence),
                kind: .durable,
                type: stored.type,
                turn: stored.turn,
                envelope: stored.envelope,
                offset: 0
            )
        }
        if let last = events.last {
            self.cursor = last.cursor
            self.archivedAfter = last.sequence
            // What it has still to get from there is no debt of its connection.
            self.offset = self.log.head.offset
        }
        if let position = self.log.position(after: self.cursor.sequence) {
            self.archivedAfter = nil
            self.position = position
        } else if events.isEmpty {
            // What follows could not be written to the store, and has left the memory.
            let head = self.log.head
            self.say(.gap(from: self.cursor.description, to: head.id, reason: .evicted, session: self.session))
            self.archivedAfter = nil
            self.position = head.position
            self.cursor = head.id
        }
        // Last, as a flush may call back: by then it is known from where to read on.
        if let buffer = self.form.frame(events) {
            self.metrics.sent(buffer.readableBytes, self.form)
            self.outlet.write(buffer)
            self.outlet.flush()
        }
        self.catchUp()
    }

    private func advance(to event: Event) {
        self.position = event.position
        // What was there before it came is no debt of its connection, however much it has still to get of that.
        self.offset = max(self.offset, event.offset)
        self.cursor = event.cursor
    }

    private func noteBlocked() {
        if self.outlet.isWritable {
            self.blockedSince = nil
            self.isToldOfLag = false
        } else if self.blockedSince == nil {
            self.blockedSince = .now()
        }
    }
}
