/// How many jobs that are done are kept; the oldest leave.
///
/// Those that are not done are bounded by their sessions' queues.
package struct JobLimits: Sendable {
    /// Of one session.
    package var perSession = 100
    /// In all.
    package var total = 5000
    /// Bytes that those in memory may hold, results included.
    package var bytes = 64 << 20

    package init() {}
}
