/// The bounds of webhooks and their outbox.
package struct WebhookLimits: Sendable {
    /// Webhooks of one key.
    package var perOwner = 20
    /// Webhooks in all.
    package var webhooks = 1000
    /// Deliveries of one webhook that wait; one more is dropped, and counted.
    package var pendingPerTarget = 256
    /// Deliveries of one webhook that are done and can be looked at and replayed.
    package var donePerTarget = 50
    /// Deliveries that wait, in all.
    package var pending = 10_000
    /// Deliveries that are done, in all.
    package var done = 5000
    /// Bytes of all bodies.
    package var bytes = 64 << 20
    /// An event that is larger is sent without its data.
    package var bodyBytes = 256 << 10
    /// Calls at the same time; one webhook has one at a time.
    package var calls = 16
    package var schedule = RetrySchedule()

    package init() {}
}
