import Metrics
import Synchronization

/// A number with fractions that only grows.
final class FractionSeries: MetricSeries, FloatingPointCounterHandler {
    private let sum = Mutex(0.0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        self.sum.withLock { $0 += amount }
    }

    func reset() {
        self.sum.withLock { $0 = 0 }
    }

    func write(to text: inout PrometheusText, name: String, labels: MetricLabels) {
        text.sample(name, labels, PrometheusText.number(self.sum.withLock { $0 }))
    }
}
