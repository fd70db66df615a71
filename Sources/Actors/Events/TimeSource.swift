/// Where the time comes from, so that a test can turn it.
package protocol TimeSource: Sendable {
    var now: ContinuousClock.Instant { get }
    /// Returns when `instant` has come; throws when the task is cancelled.
    func sleep(until instant: ContinuousClock.Instant) async throws
}

/// The machine's own monotonic clock.
package struct SystemTime: TimeSource {
    package init() {}

    package var now: ContinuousClock.Instant { .now }

    package func sleep(until instant: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: instant, tolerance: .milliseconds(5), clock: .continuous)
    }
}
