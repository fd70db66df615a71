/// What a pool has at one moment, and what it has been good for.
package struct PoolStatus: Sendable, Equatable {
    /// Processes it should keep ready.
    package var size = 0
    /// Processes that wait for a session.
    package var ready = 0
    /// Processes that have not answered yet; one at most.
    package var starting = 0
    /// Processes that are a session's now.
    package var leased = 0
    /// Processes that were given to a session, in total.
    package var leases = 0
    /// Launches that would have been given one, had one been ready.
    package var misses = 0
    /// Processes in a row that were of no use.
    package var failures = 0
    /// The process ids of those that no session has, those that are being ended included.
    package var pids: [Int32] = []

    package init() {}
}
