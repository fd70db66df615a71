/// What one series counts, and how it is written.
protocol MetricSeries: AnyObject, Sendable {
    func write(to text: inout PrometheusText, name: String, labels: MetricLabels)
}
