package import NIOCore

/// One durable event as the store keeps it.
package struct StoredEvent: Sendable, Equatable {
    /// Counts the durable events of a session without holes, from 1; no more than `Int64.max`.
    package let sequence: UInt64
    /// Such as `agent.assistant` or `turn.ended`.
    package let type: String
    /// The turn it belongs to.
    package let turn: String?
    /// The line every reader gets, kept as it is.
    package let envelope: ByteBuffer

    package init(sequence: UInt64, type: String, turn: String?, envelope: ByteBuffer) {
        self.sequence = sequence
        self.type = type
        self.turn = turn
        self.envelope = envelope
    }
}
