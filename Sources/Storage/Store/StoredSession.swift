/// One session as a restarted server finds it, without its events.
package struct StoredSession: Sendable, Equatable {
    /// The public id.
    package let id: String
    package let record: StoredRecord
    /// The number of the last event; 0 while there was none.
    package let head: UInt64
    /// The number of the first event still stored; `head + 1` when there is none.
    package let first: UInt64
    /// Oldest first.
    package let messages: [StoredItem]
    /// Oldest first.
    package let approvals: [StoredItem]
    /// Oldest first.
    package let jobs: [StoredItem]
}
