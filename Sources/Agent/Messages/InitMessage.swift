package import NIOCore

/// `system/init`, which opens every turn.
package struct InitMessage: Sendable, Equatable {
    /// May differ from the one before: `/clear` starts a new conversation in the same process.
    package var sessionID: String
    package var model: String?
    package var permissionMode: String?
    package var cwd: String?
    /// The CLI's own version.
    package var version: String?
    package var capabilities: [String]
    package var tools: [String]

    /// Reads an `init` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "system", object.string("subtype") == "init",
            let sessionID = object.string("session_id")
        else { throw AgentError(.malformedMessage, "not an init message") }
        self.sessionID = sessionID
        self.model = object.string("model")
        self.permissionMode = object.string("permissionMode")
        self.cwd = object.string("cwd")
        self.version = object.string("claude_code_version")
        self.capabilities = object.strings("capabilities") ?? []
        self.tools = object.strings("tools") ?? []
    }
}
