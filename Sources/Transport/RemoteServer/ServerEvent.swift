package import Agent
package import NIOCore

/// One event of a session, as it came.
package struct ServerEvent {
    package let text: ByteBuffer
    package let envelope: JSONObject
    package let type: String
    package let data: JSONObject?

    /// `nil` for what is no event.
    package init?(_ text: ByteBuffer) {
        guard let envelope = JSONObject(text), let type = envelope.string("type") else { return nil }
        self.text = text
        self.envelope = envelope
        self.type = type
        self.data = envelope.object("data")
    }

    /// The cursor after it; `nil` for what is not kept.
    package var id: String? { self.envelope.string("id") }
}
