package import NIOCore

/// What is kept beside the sessions: JSON of the layer above under an id.
package struct StoredRow: Sendable, Equatable {
    /// What the rows of one kind are.
    package enum Kind: String, Sendable, CaseIterable {
        case webhook
        /// A call to a webhook or for a job, made or to be made.
        case delivery
    }

    package let kind: Kind
    /// Unique among its kind, no more than 64 characters.
    package let id: String
    /// `nil` deletes it.
    package let body: ByteBuffer?

    package init(_ kind: Kind, id: String, body: ByteBuffer?) {
        self.kind = kind
        self.id = id
        self.body = body
    }

    /// What it holds in memory, in bytes.
    var cost: Int { (self.body?.readableBytes ?? 0) + 96 }
}
