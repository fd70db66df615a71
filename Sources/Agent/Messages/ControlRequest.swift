package import NIOCore

/// A question of the CLI to its host.
package struct ControlRequest: Sendable, Equatable {
    /// The question whether a tool may run.
    package struct ToolUse: Sendable, Equatable {
        package var toolName: String
        /// The tool's input, a JSON object.
        package var input: ByteBuffer
        package var toolUseID: String?
        /// A JSON array of permission updates the CLI proposes.
        package var suggestions: ByteBuffer?
        package var title: String?
        package var displayName: String?
        package var description: String?
        package var decisionReason: String?
        package var blockedPath: String?
        /// A question for a person (AskUserQuestion): no rule may answer it.
        package var requiresUserInteraction: Bool
        /// The sub-agent that asks.
        package var agentID: String?
    }

    package var requestID: String
    /// `can_use_tool`, `hook_callback`, `mcp_message`, or one the server does not know.
    package var subtype: String
    /// The whole request, a JSON object.
    package var request: ByteBuffer
    /// Of `can_use_tool`.
    package var toolUse: ToolUse?

    /// Reads a `control_request` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "control_request",
            let requestID = object.string("request_id"), let request = object.object("request")
        else { throw AgentError(.malformedMessage, "not a control request") }
        self.requestID = requestID
        self.subtype = request.string("subtype") ?? ""
        self.request = request.bytes
        guard self.subtype == "can_use_tool" else { return }
        guard let toolName = request.string("tool_name") else {
            throw AgentError(.malformedMessage, "can_use_tool without tool_name")
        }
        self.toolUse = ToolUse(
            toolName: toolName,
            input: request.object("input")?.bytes ?? ByteBuffer(string: "{}"),
            toolUseID: request.string("tool_use_id"),
            suggestions: request.nonNull("permission_suggestions"),
            title: request.string("title"),
            displayName: request.string("display_name"),
            description: request.string("description"),
            decisionReason: request.string("decision_reason"),
            blockedPath: request.string("blocked_path"),
            requiresUserInteraction: request.bool("requires_user_interaction") ?? false,
            agentID: request.string("agent_id")
        )
    }
}
