/// All series of one name.
struct MetricFamily: Sendable {
    enum Kind: Sendable {
        case counter, gauge
        /// A distribution of whatever it is.
        case histogram
        /// A distribution of seconds.
        case times

        /// What the name ends with (Prometheus, Metric and label naming).
        var suffix: String {
            switch self {
            case .counter: "_total"
            case .gauge, .histogram: ""
            case .times: "_seconds"
            }
        }

        /// What `# TYPE` says.
        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram, .times: "histogram"
            }
        }
    }

    /// For distributions that say nothing of themselves: what takes milliseconds to a minute.
    private static let standardBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    let kind: Kind
    let help: String
    /// The upper bounds of a distribution's buckets, ascending, the last one (`+Inf`) left out.
    let bounds: [Double]
    var series: [MetricLabels: any MetricSeries] = [:]

    init(_ kind: Kind, help: String?, bounds: [Double]?) {
        self.kind = kind
        self.help = help ?? "A metric of a library."
        self.bounds = bounds ?? Self.standardBounds
    }

    func write(to text: inout PrometheusText, name: String) {
        guard !self.series.isEmpty else { return }
        text.family(name, type: self.kind.type, help: self.help)
        for (labels, series) in self.series.sorted(by: { $0.key < $1.key }) {
            series.write(to: &text, name: name, labels: labels)
        }
    }
}
