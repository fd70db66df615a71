package import NIOCore

/// One event of a session, as every transport sends it.
///
/// Shape: `envelope` is one line of JSON without a newline: `{"id":…,"session":…,"turn":…,"type":…,"at":…,"durable":…,
/// "data":{…}}`. It is built once and shared by all readers.
package struct Event: Sendable {
    /// What a client may rely on finding again.
    package enum Kind: Sendable, Equatable {
        /// Kept, numbered, and seen by every reader exactly once.
        case durable
        /// In memory only, until the whole message that follows supersedes it. Carries no id.
        case preview
    }

    /// Its place among all events of the session in this process, previews included.
    ///
    /// From 1, rising, never sent.
    package let position: UInt64
    /// Its own number for a durable event; for a preview, the number of the durable event before it.
    package let sequence: UInt64
    /// Which life of the log it belongs to.
    package let epoch: UInt32
    package let kind: Kind
    /// Such as `agent.assistant` or `turn.ended`.
    package let type: String
    /// The turn it belongs to.
    package let turn: String?
    package let envelope: ByteBuffer
    /// Bytes of all envelopes of the session up to and including this one: the difference of two says how far behind a
    /// reader is.
    package let offset: UInt64

    package init(
        position: UInt64,
        id: EventID,
        kind: Kind,
        type: String,
        turn: String?,
        envelope: ByteBuffer,
        offset: UInt64
    ) {
        self.position = position
        self.sequence = id.sequence
        self.epoch = id.epoch
        self.kind = kind
        self.type = type
        self.turn = turn
        self.envelope = envelope
        self.offset = offset
    }

    /// What a client may come back with after this event: its own id, or that of the durable event before a preview.
    package var cursor: EventID { EventID(epoch: self.epoch, sequence: self.sequence) }
}
