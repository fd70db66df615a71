import Actors
import Metrics

/// What streams count, of Server-Sent Events and of WebSockets.
final class StreamMetrics: Sendable {
    /// How a stream is read.
    enum Transport: String, MetricValue {
        case sse, websocket

        init(_ framing: WireForm.Framing) {
            switch framing {
            case .serverSentEvents: self = .sse
            case .webSocket: self = .websocket
            }
        }
    }

    /// Closed because they fell behind.
    let overflowed: Counter
    private let opened: CounterSet<Transport>
    private let sent: CounterSet<Transport>
    private let closed: [Transport: CounterSet<StreamCode>]
    private let open: [Transport: Gauge]
    private let behind: Gauge
    private let lag: Gauge

    init(_ factory: any MetricsFactory) {
        self.overflowed = MetricName.subscribersOverflowed.counter(factory)
        self.opened = MetricName.streamsOpened.counters("transport", factory)
        self.sent = MetricName.streamsSent.counters("transport", factory)
        self.closed = Dictionary(
            uniqueKeysWithValues: Transport.allCases.map { transport in
                (
                    transport,
                    CounterSet {
                        MetricName.streamsClosed.counter(factory, [("transport", transport.rawValue), ("code", $0)])
                    }
                )
            }
        )
        self.open = Dictionary(
            uniqueKeysWithValues: Transport.allCases.map {
                ($0, MetricName.subscribers.gauge(factory, [("transport", $0.rawValue)]))
            }
        )
        self.behind = MetricName.subscribersBehind.gauge(factory)
        self.lag = MetricName.subscribersLag.gauge(factory)
    }

    func opened(_ form: WireForm) {
        self.opened.increment(Transport(form.framing))
    }

    /// Bytes were written to streams of a form; called once for all that one wake has written.
    func sent(_ bytes: Int, _ form: WireForm) {
        self.sent.increment(Transport(form.framing), by: bytes)
    }

    /// A stream has ended, `nil` when its client left.
    func closed(_ end: StreamEnd?, _ form: WireForm) {
        self.closed[Transport(form.framing)]?.increment(StreamCode(end))
        if end == .tooSlow { self.overflowed.increment() }
    }

    /// Takes what there is now.
    func set(_ readers: ReaderFigures) {
        for (transport, gauge) in self.open { gauge.record(readers.open[transport] ?? 0) }
        self.behind.record(readers.behind)
        self.lag.record(Double(readers.lagBytes))
    }
}
