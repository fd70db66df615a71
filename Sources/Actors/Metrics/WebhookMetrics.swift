package import Metrics

/// What one call of a webhook came to.
package enum WebhookAnswer: String, MetricValue {
    case success = "2xx"
    case redirect = "3xx"
    case refused = "4xx"
    case failed = "5xx"
    /// No answer: no connection, or none in time.
    case none
    /// Not called: the address is one that must not be, or the key it was for is gone.
    case forbidden

    init(_ outcome: WebhookOutcome) {
        switch (outcome.failure, outcome.status) {
        case (.refused, _), (.keyGone, _): self = .forbidden
        case (_, nil): self = .none
        case (_, .some(..<300)): self = .success
        case (_, .some(..<400)): self = .redirect
        case (_, .some(..<500)): self = .refused
        case (_, .some): self = .failed
        }
    }
}

/// What became of a delivery.
package enum WebhookEnd: String, MetricValue {
    case delivered
    /// No more is tried.
    case abandoned
    /// Its webhook was removed first.
    case withdrawn
    /// There was no room for it.
    case dropped
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

    /// A call was made, or was not as it must not be.
    ///
    /// - Parameters:
    ///   - outcome: what came of it.
    ///   - state: what the delivery is now; `nil` when it went away meanwhile.
    func called(_ outcome: WebhookOutcome, _ state: Delivery.State?) {
        let answer = WebhookAnswer(outcome)
        self.attempted.increment(answer)
        if answer != .forbidden { self.duration.record(.milliseconds(outcome.tookMs)) }
        switch state {
        case .delivered: self.settled.increment(.delivered)
        case .dead: self.settled.increment(.abandoned)
        case .pending, nil: break
        }
    }
}
