import NIOCore
import Storage

/// What an earlier server left of a session.
package struct RestoredSession: Sendable {
    let record: SessionRecord
    /// The number of its last event.
    let head: UInt64
    let epoch: UInt32
    let creation: IdempotencyKey?
    let messages: [StoredItem]
    let jobs: [StoredItem]
    let approvals: [Approval]
    /// Since its last activity.
    let idleFor: Duration

    /// - Throws: `DecodingError` for a record that this version cannot read.
    init(_ stored: StoredSession) throws {
        let record = try SessionRecord(stored.record)
        self.record = record
        self.head = stored.head
        self.epoch = stored.record.epoch
        self.creation = stored.record.idempotencyKey.map {
            IdempotencyKey(key: $0, fingerprint: record.fingerprint ?? "")
        }
        self.messages = stored.messages
        self.jobs = stored.jobs
        self.approvals = stored.approvals.compactMap { Approval(json: $0.body) }
        self.idleFor = .milliseconds(Timestamp.milliseconds(since: record.lastActivityAt))
    }
}
