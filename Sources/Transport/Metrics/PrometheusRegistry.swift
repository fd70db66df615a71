import Actors
package import Metrics
package import NIOCore
import Synchronization

/// The back end of swift-metrics that answers `GET /metrics`: keeps what is counted, and writes it as Prometheus text.
///
/// A family holds a bounded number of series, so that no mistake in a label can fill the memory of this process or of the
/// one that scrapes it: what goes beyond is counted in one more series, whose labels all say `other`.
package final class PrometheusRegistry: MetricsFactory {
    /// What `Content-Type` says of the text (Prometheus, Exposition formats).
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Every name begins with this, but for those of the process itself.
    private static let prefix = "troupe_"
    private static let unprefixed = "process."

    private let maximumSeries: Int
    private let families = Mutex<[String: MetricFamily]>([:])

    /// - Parameter maximumSeries: of one family; one more counts the rest.
    package init(maximumSeries: Int = 1000) {
        self.maximumSeries = maximumSeries
    }

    /// All there is, in order of name.
    package func text() -> ByteBuffer {
        let families = self.families.withLock { $0 }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { family.write(to: &text, name: name) }
        return text.buffer
    }

    /// How many series there are.
    package var seriesCount: Int {
        self.families.withLock { $0.values.reduce(0) { $0 + $1.series.count } }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.series(label, .counter, dimensions) { _ in CounterSeries() }
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.series(label, .counter, dimensions) { _ in FractionSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.series(label, .gauge, dimensions) { _ in GaugeSeries() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return self.series(label, .histogram, dimensions) { HistogramSeries(bounds: $0) } }
        return self.series(label, .gauge, dimensions) { _ in GaugeSeries() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.series(label, .times, dimensions) { HistogramSeries(bounds: $0) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { self.remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { self.remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { self.remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { self.remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { self.remove(handler) }

    // MARK: Steps

    /// The series of a label and its dimensions, made when there is none.
    ///
    /// One of a name that is there as another kind counts for nobody: that is a mistake of ours, and no reason to trap.
    private func series<Series: MetricSeries>(
        _ label: String,
        _ kind: MetricFamily.Kind,
        _ dimensions: [(String, String)],
        make: (_ bounds: [Double]) -> Series
    ) -> Series {
        let name = Self.name(label, kind)
        let labels = MetricLabels(dimensions)
        return self.families.withLock { families in
            let known = MetricName(rawValue: label)
            var family = families[name] ?? MetricFamily(kind, help: known?.help, bounds: known?.buckets)
            guard family.kind == kind else { return make(family.bounds) }
            let key = family.series[labels] == nil && family.series.count >= self.maximumSeries ? labels.rest : labels
            if let series = family.series[key] { return series as? Series ?? make(family.bounds) }
            let series = make(family.bounds)
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    private func remove(_ handler: AnyObject) {
        self.families.withLock { families in
            for (name, family) in families {
                for (labels, series) in family.series where series === handler {
                    families[name]?.series[labels] = nil
                }
            }
        }
    }

    /// A label as Prometheus has its names: `turns.ended` counts as `troupe_turns_ended_total`.
    private static func name(_ label: String, _ kind: MetricFamily.Kind) -> String {
        let prefix = label.hasPrefix(Self.unprefixed) ? "" : Self.prefix
        return prefix + MetricLabels.sanitized(label) + kind.suffix
    }
}
