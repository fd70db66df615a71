package import NIOCore

/// One `assistant` line, usually one block of a message of the model.
package struct AssistantMessage: Sendable, Equatable {
    package struct ToolUse: Sendable, Equatable {
        package var id: String
        package var name: String
    }

    package var uuid: String?
    /// The API's id of the message, the same in all lines of one.
    package var messageID: String?
    /// The tools that are called.
    package var toolUses: [ToolUse]
    /// `rate_limit`, `authentication_failed`, `server_error`, …: the text is about an error, and the CLI's own.
    package var error: String?
    /// The error is one of the API, after all retries.
    package var isAPIErrorMessage: Bool
    package var apiErrorStatus: Int?
    /// Tokens of the call that made it: all that was read, and what was written so far; nil where the CLI wrote it itself.
    package var contextTokens: Int?
    /// Cut off by an interrupt, perhaps in mid-word.
    package var isAborted: Bool
    /// The tool call whose sub-agent wrote this; nil in the conversation itself.
    package var parentToolUseID: String?

    package var isFromSubagent: Bool { self.parentToolUseID != nil }

    /// Reads an `assistant` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "assistant",
            let message = object.object("message")
        else { throw AgentError(.malformedMessage, "not an assistant message") }
        self.uuid = object.string("uuid")
        self.messageID = message.string("id")
        self.toolUses = (message.array("content") ?? []).compactMap { block in
            guard let block = JSONObject(block), block.string("type") == "tool_use", let id = block.string("id"),
                let name = block.string("name")
            else { return nil }
            return ToolUse(id: id, name: name)
        }
        self.error = object.string("error")
        self.isAPIErrorMessage = object.bool("is_api_error_message") ?? false
        self.apiErrorStatus = object.int("api_error_status")
        let usage = message.object("usage")
        let counts = [
            usage?.int("input_tokens"), usage?.int("cache_read_input_tokens"),
            usage?.int("cache_creation_input_tokens"), usage?.int("output_tokens"),
        ]
        // Wraps rather than traps: these are the child's numbers.
        let tokens = counts.reduce(0) { $0 &+ ($1 ?? 0) }
        self.contextTokens = tokens > 0 ? tokens : nil
        self.isAborted = object.bool("aborted") ?? false
        self.parentToolUseID = object.string("parent_tool_use_id")
    }
}
