package import NIOCore

/// `command_lifecycle`: what became of a prompt; only one that was sent with a uuid has any.
package struct CommandLifecycle: Sendable, Equatable {
    package enum State: String, Sendable {
        case queued, started, completed, cancelled, discarded, refused
    }

    /// The uuid of the prompt.
    package var commandUUID: String
    /// Nil if a later CLI says something unknown.
    package var state: State?

    /// Reads a `command_lifecycle` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "command_lifecycle",
            let commandUUID = object.string("command_uuid"), let state = object.string("state")
        else { throw AgentError(.malformedMessage, "not a command lifecycle") }
        self.commandUUID = commandUUID
        self.state = State(rawValue: state)
    }
}
