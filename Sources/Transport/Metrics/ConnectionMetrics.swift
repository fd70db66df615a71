import Actors
import Metrics

/// What connections count.
final class ConnectionMetrics: Sendable {
    /// Why a connection was not served.
    enum Refusal: String, MetricValue {
        /// It was told that there are too many.
        case limit
        /// It was closed at once: too many were being told.
        case flood
    }

    private let refused: CounterSet<Refusal>
    private let open: Gauge

    init(_ factory: any MetricsFactory) {
        self.refused = MetricName.connectionsRefused.counters("reason", factory)
        self.open = MetricName.connectionsOpen.gauge(factory)
    }

    func entered(_ entry: ConnectionTable.Entry) {
        switch entry {
        case .admitted: break
        case .refused: self.refused.increment(.limit)
        case .dropped: self.refused.increment(.flood)
        }
    }

    /// Takes what there is now.
    func set(open count: Int) {
        self.open.record(count)
    }
}
