package import Metrics

/// The objects of swift-metrics for a name.
extension MetricName {
    /// A counter; made once and kept.
    package func counter(_ factory: any MetricsFactory, _ dimensions: [(String, String)] = []) -> Counter {
        Counter(label: self.rawValue, dimensions: dimensions, factory: factory)
    }

    /// A counter of fractions; made once and kept.
    package func fractions(_ factory: any MetricsFactory) -> FloatingPointCounter {
        FloatingPointCounter(label: self.rawValue, factory: factory)
    }

    /// A value of the present; made once and kept.
    package func gauge(_ factory: any MetricsFactory, _ dimensions: [(String, String)] = []) -> Gauge {
        Gauge(label: self.rawValue, dimensions: dimensions, factory: factory)
    }

    /// A distribution of times; made once and kept.
    package func timer(_ factory: any MetricsFactory, _ dimensions: [(String, String)] = []) -> Metrics.Timer {
        Metrics.Timer(label: self.rawValue, dimensions: dimensions, factory: factory)
    }

    /// A counter for each of a closed list of values.
    package func counters<Value: MetricValue>(
        _ dimension: String,
        _ factory: any MetricsFactory
    ) -> CounterSet<Value> {
        CounterSet { self.counter(factory, [(dimension, $0)]) }
    }
}

extension Metrics.Timer {
    /// Adds one time.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }
}
