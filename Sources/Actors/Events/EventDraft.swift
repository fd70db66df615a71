import Agent
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
    /// Whose event it is, where that is not the log's own session.
    package private(set) var session: String?

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

    /// What is said, or might be.
    private static let text: Set = [
        "result", "input", "updated_input", "questions", "suggestions", "description", "message", "decision_reason",
    ]

    /// The same for the log of all sessions' lives: states, turns and ends, without what was said.
    ///
    /// - Parameter session: whose event it is.
    /// - Returns: `nil` for an event that is no part of a session's life.
    func forLobby(session: String) -> EventDraft? {
        guard ["session.", "turn.", "approval.", "budget.", "job."].contains(where: { self.type.hasPrefix($0) }) else {
            return nil
        }
        var data = ByteBuffer(string: "{")
        for (key, value) in JSONObject(self.data)?.members ?? [] where !Self.text.contains(key) {
            if data.readableBytes > 1 { data.writeString(",") }
            JSONText.append(key, to: &data)
            data.writeString(":")
            data.writeImmutableBuffer(value)
        }
        data.writeString("}")
        var draft = EventDraft(self.type, turn: self.turn, data: data)
        draft.session = session
        return draft
    }
}
