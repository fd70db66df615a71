import Metrics
import Synchronization

/// A whole number that only grows.
final class CounterSeries: MetricSeries, CounterHandler {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        self.count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        self.count.store(0, ordering: .relaxed)
    }

    func write(to text: inout PrometheusText, name: String, labels: MetricLabels) {
        text.sample(name, labels, "\(self.count.load(ordering: .relaxed))")
    }
}
