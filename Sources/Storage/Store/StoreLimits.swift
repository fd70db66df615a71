/// The bounds of a store, with the values of a server.
package struct StoreLimits: Sendable {
    /// Bytes that batches may hold in memory while nothing can be written, bookkeeping included.
    ///
    /// At the bound the oldest events leave. While a transaction runs what it holds counts apart, so twice as much is
    /// possible for a moment.
    package var backlogBytes = 64 << 20
    /// How long a transaction waits for another program's lock.
    package var lockPatience: Duration = .seconds(2)
    /// The same while the store is failing already: batches that come meanwhile are not told before it is over.
    package var lockPatienceWhileFailing: Duration = .milliseconds(100)
    /// From the first failure to the next try; it doubles with each.
    package var firstRetry: Duration = .milliseconds(250)
    package var longestRetry: Duration = .seconds(5)
    /// Closed messages, and closed approvals, kept of one session.
    package var closedItems = 256
    /// Closed jobs kept of one session.
    package var closedJobs = 100
    /// The same of all sessions.
    package var closedJobsInAll = 5000

    package init() {}
}
