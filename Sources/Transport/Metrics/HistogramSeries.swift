import Metrics
import Synchronization

/// How often values fell below each of some fixed bounds.
///
/// As a timer it is given nanoseconds and counts seconds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    private struct State {
        /// Of each bucket alone; the last one has what is above all bounds.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) {
        self.record(Double(max(0, duration)) / 1e9)
    }

    func write(to text: inout PrometheusText, name: String, labels: MetricLabels) {
        let (counts, sum) = self.state.withLock { ($0.counts, $0.sum) }
        var count: UInt64 = 0
        for (bound, inBucket) in zip(self.bounds + [.infinity], counts) {
            count += inBucket
            text.sample(name + "_bucket", labels, bound: bound, "\(count)")
        }
        text.sample(name + "_sum", labels, PrometheusText.number(sum))
        text.sample(name + "_count", labels, "\(count)")
    }
}
