/// What the writer has done since the store was opened.
package struct StoreCounts: Sendable, Equatable {
    /// Transactions committed.
    package var commits: UInt64 = 0
    /// How long they took together, from the first statement to the end of the commit.
    package var commitTime: Duration = .zero
    /// Transactions that failed and are tried again.
    package var failures: UInt64 = 0
    /// Batches that could not be written for what they hold, and were left out: always a mistake of ours.
    package var refused: UInt64 = 0
    /// Events that left the backlog unwritten because it was full.
    package var droppedEvents: UInt64 = 0

    package init() {}
}
