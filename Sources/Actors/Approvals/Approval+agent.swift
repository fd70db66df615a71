import Agent
import NIOCore

/// An approval as the agent hears of it.
extension Approval {
    /// The answer to the CLI's request (PROTOCOL §11).
    func reply(to requestID: String) -> ByteBuffer {
        switch self.decision {
        case .allow:
            return ControlProtocol.allow(
                requestID: requestID,
                updatedInput: self.updatedInput ?? self.input,
                updatedPermissions: self.isRemembered ? self.sessionSuggestions : nil
            )
        case .deny, .denyAndStop, nil:
            return ControlProtocol.deny(
                requestID: requestID,
                message: self.refusal,
                interrupt: self.decision == .denyAndStop
            )
        }
    }

    /// What the agent is told when the question itself was lost with its process.
    var continuation: String {
        let start = "The session was interrupted while it waited for a person. "
        switch (self.decision, self.kind) {
        case (.allow, .question):
            let answers = self.updatedInput.flatMap { JSONObject($0)?.object("answers") }?.members ?? []
            let pairs = answers.map { "\"\($0.key)\" = \"\(JSONText.string($0.value) ?? "")\"" }
            return start + "Your questions have been answered: \(pairs.joined(separator: ", ")). Go on."
        case (.allow, _):
            return start + "Your use of \(self.tool) has been allowed. Do it again and go on."
        default:
            return start + "Your use of \(self.tool) was refused: \(self.refusal) Go on without it."
        }
    }

    /// What holds for the rest of the session: in memory, never in files of the project.
    private var sessionSuggestions: ByteBuffer {
        var updates = ByteBuffer(string: "[")
        for suggestion in self.suggestions.flatMap({ JSONObject.elements($0) }) ?? [] {
            guard let object = JSONObject(suggestion) else { continue }
            updates.writeString(updates.readableBytes > 1 ? ",{" : "{")
            for (key, value) in object.members where key != "destination" {
                JSONText.append(key, to: &updates)
                updates.writeString(":")
                updates.writeImmutableBuffer(value)
                updates.writeString(",")
            }
            updates.writeString("\"destination\":\"session\"}")
        }
        updates.writeString("]")
        return updates
    }

    private var refusal: String {
        switch self.state {
        case .expired where self.message == nil: "Nobody answered in time."
        default: self.message ?? "A person refused."
        }
    }
}
