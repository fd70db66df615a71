package import Metrics

/// What one call of a webhook came to.
package enum WebhookAnswer: String, MetricValue {
    case success = "2xx"
    case redirect = "3xx"
    case refused = "4xx"
    case failed = "5xx"
    /// No answer: no connection, or none in time.
    case none
    /// Not called: the address is one that must not be.
    case forbidden
}

/// What became of a delivery.
package enum WebhookEnd: String, MetricValue {
    case delivered
    /// No more is tried.
    case abandoned
}

/// What webhooks count; made once for a house.
package struct WebhookMetrics: Sendable {
    /// Calls, each try for itself.
    package let attempted: CounterSet<WebhookAnswer>
    /// How long one call took.
    package let duration: Metrics.Timer
    /// Deliveries that are over.
    package let settled: CounterSet<WebhookEnd>
    /// Deliveries that wait for their first or next call now.
    package let waiting: Gauge

    /// - Parameter factory: the back end; by default the one the program was started with.
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.attempted = MetricName.webhooksAttempted.counters("answer", factory)
        self.duration = MetricName.webhooksDuration.timer(factory)
        self.settled = MetricName.webhooksSettled.counters("outcome", factory)
        self.waiting = MetricName.webhooksWaiting.gauge(factory)
    }
}
