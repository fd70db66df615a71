import Actors
import NIOCore
import Storage

/// The streams of one event loop, grouped by session.
///
/// Bound to that loop.
final class LoopFanout {
    private let eventLoop: any EventLoop
    private let configuration: Fanout.Configuration
    private let metrics: StreamMetrics
    private var groups: [ObjectIdentifier: LogGroup] = [:]
    private var heartbeat: RepeatedTask?
    /// Why every stream was ended; one that comes later is told the same.
    private var ending: StreamEnd?

    init(eventLoop: any EventLoop, configuration: Fanout.Configuration, metrics: StreamMetrics) {
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.configuration = configuration
    }

    /// Begins a stream: what it has to say first, then what the reader missed, then what is new.
    ///
    /// - Parameters:
    ///   - attachment: what the session gave the reader.
    ///   - cursor: what the reader brought, as it wrote it.
    ///   - log: the session's log.
    ///   - form: how it wants its events.
    ///   - outlet: its connection.
    ///   - onEnd: called once, with the reason if it was ours, `nil` if the client left.
    /// - Returns: the reader, or `nil` when its stream has ended already (`onEnd` was called).
    @discardableResult
    func open(
        _ attachment: Attachment,
        cursor: String?,
        log: EventLog,
        form: WireForm,
        outlet: StreamOutlet,
        onEnd: @escaping (StreamEnd?) -> Void
    ) -> Subscriber? {
        guard outlet.isOpen else {
            onEnd(nil)
            return nil
        }
        let group = self.group(of: log)
        let subscriber = Subscriber(
            attachment.point,
            log: log,
            form: form,
            outlet: outlet,
            group: group,
            onEnd: onEnd
        )
        outlet.add(subscriber)
        self.metrics.opened(form)
        if let preamble = form.preamble(retry: self.configuration.retry) { outlet.write(preamble) }
        subscriber.say(.hello(attachment.point, session: log.session, heartbeat: self.configuration.heartbeat))
        if case .gap(let reason) = attachment.point.kind {
            subscriber.say(.gap(from: cursor ?? "", to: attachment.point.head, reason: reason, session: log.session))
        }
        if let snapshot = attachment.snapshot { subscriber.say(.snapshot(snapshot, session: log.session)) }
        outlet.flush()
        group.join(subscriber)
        if let ending { subscriber.letGo(ending) }
        return subscriber.isOpen ? subscriber : nil
    }

    /// Sessions that are being read here.
    var groupCount: Int { self.groups.count }

    /// The readers here.
    var figures: ReaderFigures {
        var figures = ReaderFigures()
        for group in self.groups.values { figures.add(group.figures) }
        return figures
    }

    /// Ends every stream of the loop.
    func closeAll(_ reason: StreamEnd) {
        self.ending = reason
        for group in self.groups.values { group.closeAll(reason, spread: self.configuration.drainSpread) }
    }

    private func group(of log: EventLog) -> LogGroup {
        let key = ObjectIdentifier(log)
        if let group = self.groups[key] { return group }
        let group = LogGroup(
            log: log,
            limits: self.configuration.lag,
            metrics: self.metrics,
            eventLoop: self.eventLoop
        ) { [unowned self] in
            self.groups[key] = nil
            if self.groups.isEmpty { self.stopBeating() }
        }
        self.groups[key] = group
        if self.heartbeat == nil { self.startBeating() }
        return group
    }

    private func startBeating() {
        let interval = TimeAmount(self.configuration.heartbeat)
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.heartbeat = self.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let now = NIODeadline.now()
            for group in bound.value.groups.values { group.beat(now: now) }
        }
    }

    private func stopBeating() {
        self.heartbeat?.cancel()
        self.heartbeat = nil
    }
}
