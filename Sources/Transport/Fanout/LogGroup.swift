import Actors
import NIOCore
import Storage
import Synchronization

/// The readers of one session on one event loop: reads the log once, frames once for each wire form, and writes the same
/// buffer to every member that is at the head.
///
/// Bound to its event loop.
final class LogGroup {
    /// Bytes read from the log and written at a time.
    private static let pageBytes = 256 << 10

    let log: EventLog
    /// Members at this position are at the head.
    private(set) var position: UInt64
    let metrics: StreamMetrics
    private let limits: Subscriber.LagLimits
    private var members: [ObjectIdentifier: Subscriber] = [:]
    private var waker: LogWaker?
    private let onEmpty: () -> Void

    /// A group without members that reads from now on.
    ///
    /// - Parameters:
    ///   - log: what it reads.
    ///   - limits: when a member is too slow.
    ///   - metrics: where it counts.
    ///   - eventLoop: where it lives.
    ///   - onEmpty: called when the last member has left.
    init(
        log: EventLog,
        limits: Subscriber.LagLimits,
        metrics: StreamMetrics,
        eventLoop: any EventLoop,
        onEmpty: @escaping () -> Void
    ) {
        self.log = log
        self.limits = limits
        self.metrics = metrics
        self.position = log.head.position
        self.onEmpty = onEmpty
        let waker = LogWaker(self, eventLoop: eventLoop)
        self.waker = waker
        log.add(waker)
    }

    /// Takes a member in and writes what it has missed.
    func join(_ member: Subscriber) {
        self.members[ObjectIdentifier(member)] = member
        // It may know of events that this group has not been woken for yet.
        if member.position > self.position { self.drain() }
        member.catchUp()
    }

    func remove(_ member: Subscriber) {
        guard self.members.removeValue(forKey: ObjectIdentifier(member)) != nil, self.members.isEmpty else { return }
        if let waker { self.log.remove(waker) }
        self.waker = nil
        self.onEmpty()
    }

    /// Reads what is new and writes it to those who are at the head.
    func drain() {
        var written: [ObjectIdentifier: Subscriber] = [:]
        while true {
            let page = self.log.page(after: self.position, maximumBytes: Self.pageBytes)
            if page.hasGap {
                guard self.log.archive == nil else {
                    // Those at the head are left behind, and read from the archive what nobody has any more.
                    self.position = page.events.last?.position ?? page.head
                    continue
                }
                self.missed(through: page)
            }
            guard let last = page.events.last else { break }
            var deliveries: [WireForm: Delivery] = [:]
            for (id, member) in self.members where member.isAt(self.position) && member.isWritable {
                var delivery = deliveries[member.form] ?? Delivery(frame: member.form.frame(page.events))
                delivery.readers += 1
                deliveries[member.form] = delivery
                member.deliver(delivery.frame, last: last)
                written[id] = member
            }
            // Counted once for all readers: this is the path that must cost nothing.
            for (form, delivery) in deliveries { self.metrics.sent(delivery.bytes, form) }
            self.position = last.position
        }
        for member in written.values { member.flush() }
        let now = NIODeadline.now()
        let isClosed = self.log.head.isClosed
        for member in self.members.values {
            if !member.isAt(self.position) { member.catchUp() }
            member.checkLag(self.limits, now: now)
            if isClosed { self.endIfComplete(member) }
        }
    }

    /// Says the head to those who are there, and looks after those who are not.
    func beat(now: NIODeadline) {
        let frame = StreamFrame.heartbeat(head: self.log.head.id, session: self.log.session)
        for member in self.members.values {
            guard member.isAllowed() else {
                member.letGo(.tokenExpired)
                continue
            }
            if member.isAt(self.position), member.isWritable {
                member.say(frame)
                member.flush()
            }
            member.checkLag(self.limits, now: now)
        }
    }

    /// The members, and how far behind they are.
    var figures: ReaderFigures {
        let head = self.log.head
        var figures = ReaderFigures()
        for member in self.members.values {
            figures.open[StreamMetrics.Transport(member.form.framing), default: 0] += 1
            guard member.position < head.position else { continue }
            figures.behind += 1
            figures.lagBytes = max(figures.lagBytes, head.offset - min(member.offset, head.offset))
        }
        return figures
    }

    /// Ends every stream, each with its own wait before it should come back, so that they do not return all at once.
    func closeAll(_ reason: StreamEnd, spread: Duration) {
        for member in self.members.values {
            member.letGo(reason, retry: .milliseconds(500) + spread * Double.random(in: 0...1))
        }
    }

    /// A reader of a session that has ended leaves when it has had everything.
    func endIfComplete(_ member: Subscriber) {
        if member.isAt(self.log.head.position) { member.letGo(.sessionGone) }
    }

    /// One buffer, and to how many it went.
    private struct Delivery {
        /// `nil` when the filter lets nothing through.
        let frame: ByteBuffer?
        var readers = 0

        var bytes: Int { (self.frame?.readableBytes ?? 0) * self.readers }
    }

    /// More was appended while this loop slept than the log keeps: those at the head have a gap now.
    private func missed(through page: EventLog.Page) {
        for member in self.members.values where member.isAt(self.position) { member.letGo(.tooSlow) }
    }
}

/// Wakes a group on its event loop: once, however much is appended before it has run.
final class LogWaker: EventLogObserver {
    private let group: NIOLoopBound<LogGroup>
    private let isWoken = Atomic(false)

    /// Made on the group's own event loop.
    init(_ group: LogGroup, eventLoop: any EventLoop) {
        self.group = NIOLoopBound(group, eventLoop: eventLoop)
    }

    func logAdvanced() {
        guard !self.isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.group.eventLoop.execute {
            self.isWoken.store(false, ordering: .sequentiallyConsistent)
            self.group.value.drain()
        }
    }
}
