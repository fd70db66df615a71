package import NIOCore
package import Storage

/// An event on its way into the log, before it has a number.
package struct EventDraft: Sendable {
    package let type: String
    package let kind: Event.Kind
    package let turn: String?
    /// JSON, without a newline.
    package let data: ByteBuffer
    /// A whole message: the previews before it need not be kept for those who attach later.
    package let supersedesPreviews: Bool

    package init(
        _ type: String,
        kind: Event.Kind = .durable,
        turn: String?,
        data: ByteBuffer,
        supersedesPreviews: Bool = false
    ) {
        self.type = type
        self.kind = kind
        self.turn = turn
        self.data = data
        self.supersedesPreviews = supersedesPreviews
    }
}
