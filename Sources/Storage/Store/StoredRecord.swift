package import NIOCore

/// What is kept of a session beside its events, messages and approvals.
package struct StoredRecord: Sendable, Equatable {
    /// Which life of the log its events belong to; a record with another epoch ends the stored log.
    package var epoch: UInt32
    /// The key the session was made with: no two stored sessions share one.
    package var idempotencyKey: String?
    /// JSON of the layer above, kept as it is.
    package var body: ByteBuffer

    package init(epoch: UInt32, idempotencyKey: String?, body: ByteBuffer) {
        self.epoch = epoch
        self.idempotencyKey = idempotencyKey
        self.body = body
    }
}
