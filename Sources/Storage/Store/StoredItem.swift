package import NIOCore

/// A message or an approval: JSON of the layer above, and what the store must know of it.
package struct StoredItem: Sendable, Equatable {
    /// Unique among the messages, or the approvals, of its session.
    package let id: String
    /// Something still waits for it: it is kept whatever comes.
    package let isOpen: Bool
    package let body: ByteBuffer

    package init(id: String, isOpen: Bool, body: ByteBuffer) {
        self.id = id
        self.isOpen = isOpen
        self.body = body
    }
}
