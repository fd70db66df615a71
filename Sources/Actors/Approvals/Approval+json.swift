import Agent
package import NIOCore

/// An approval as clients see it and as the store keeps it: the object of API.md.
extension Approval {
    /// One line of JSON.
    package var json: ByteBuffer {
        var buffer = ByteBuffer(string: "{")
        func key(_ name: StaticString) {
            if buffer.readableBytes > 1 { buffer.writeString(",") }
            buffer.writeString("\"\(name)\":")
        }
        func text(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            key(name)
            JSONText.append(value, to: &buffer)
        }
        func raw(_ name: StaticString, _ value: ByteBuffer?) {
            guard let value else { return }
            key(name)
            buffer.writeImmutableBuffer(value)
        }
        text("id", self.id)
        text("session", self.session)
        text("turn", self.turn)
        text("kind", self.kind.rawValue)
        text("tool", self.tool)
        raw("input", self.input)
        if self.kind == .question { raw("questions", JSONObject(self.input)?.nonNull("questions")) }
        raw("suggestions", self.suggestions ?? ByteBuffer(string: "[]"))
        text("title", self.title)
        text("description", self.description)
        text("decision_reason", self.reason)
        text("agent_id", self.agentID)
        text("created_at", self.createdAt)
        text("expires_at", self.expiresAt)
        text("default", Decision.deny.rawValue)
        text("state", self.state.rawValue)
        text("decision", self.decision?.rawValue)
        text("by", self.by)
        text("answered_at", self.answeredAt)
        text("message", self.message)
        raw("updated_input", self.updatedInput)
        if self.isRemembered { text("remember", "session") }
        buffer.writeString("}")
        return buffer
    }

    /// Reads what `json` wrote; `nil` for anything else.
    init?(json: ByteBuffer) {
        guard let object = JSONObject(json), let id = object.string("id"), let session = object.string("session"),
            let kind = object.string("kind").flatMap(Kind.init), let tool = object.string("tool"),
            let input = object.object("input")?.bytes, let createdAt = object.string("created_at"),
            let state = object.string("state").flatMap(State.init)
        else { return nil }
        self.id = id
        self.session = session
        self.turn = object.string("turn")
        self.kind = kind
        self.tool = tool
        self.input = input
        self.suggestions = object.nonNull("suggestions")
        self.title = object.string("title")
        self.description = object.string("description")
        self.reason = object.string("decision_reason")
        self.agentID = object.string("agent_id")
        self.createdAt = createdAt
        self.expiresAt = object.string("expires_at")
        self.state = state
        self.decision = object.string("decision").flatMap(Decision.init)
        self.by = object.string("by")
        self.answeredAt = object.string("answered_at")
        self.message = object.string("message")
        self.updatedInput = object.object("updated_input")?.bytes
        self.isRemembered = object.string("remember") == "session"
    }
}
