package import NIOCore

/// Builds the lines a host writes to the CLI, each without its newline.
///
/// Text from people goes through `JSONText`. Parts that are handed over as JSON bytes are checked: a line that is not JSON
/// kills the CLI, so what is no valid value is written as `null`.
package enum ControlProtocol {
    /// The content of a prompt.
    package enum Content: Sendable, Equatable {
        case text(String)
        /// A JSON array of content blocks of the API.
        case blocks(ByteBuffer)
    }

    /// The first request of a host; its answer is what tells that the CLI is ready.
    ///
    /// `agents` is a JSON object of custom agents; `forwardSubagentText` asks for the text of sub-agents too.
    package static func initialize(
        requestID: String,
        agents: ByteBuffer? = nil,
        forwardSubagentText: Bool = false
    ) -> ByteBuffer {
        self.request("initialize", requestID: requestID) { line in
            line.writeStaticString(",\"hooks\":null")
            if let agents { self.append(raw: agents, as: "agents", to: &line) }
            if forwardSubagentText { line.writeStaticString(",\"forwardSubagentText\":true") }
        }
    }

    /// Aborts the open turn.
    package static func interrupt(requestID: String, cancelQueued: Bool = false) -> ByteBuffer {
        self.request("interrupt", requestID: requestID) { line in
            if cancelQueued { line.writeStaticString(",\"cancel_queued\":true") }
        }
    }

    /// Nil resets to the model of the launch.
    package static func setModel(requestID: String, model: String?) -> ByteBuffer {
        self.request("set_model", requestID: requestID) { line in
            JSONText.appendKey("model", to: &line)
            if let model { JSONText.append(model, to: &line) } else { line.writeStaticString("null") }
        }
    }

    package static func setPermissionMode(requestID: String, mode: String) -> ByteBuffer {
        self.request("set_permission_mode", requestID: requestID) { line in
            JSONText.appendKey("mode", to: &line)
            JSONText.append(mode, to: &line)
        }
    }

    package static func setMaxThinkingTokens(requestID: String, tokens: Int?) -> ByteBuffer {
        self.request("set_max_thinking_tokens", requestID: requestID) { line in
            JSONText.appendKey("max_thinking_tokens", to: &line)
            line.writeString(tokens.map(String.init) ?? "null")
        }
    }

    /// The summary makes no call of its own; the full answer makes two dozen.
    package static func getContextUsage(requestID: String, summary: Bool = true) -> ByteBuffer {
        self.request("get_context_usage", requestID: requestID) { line in
            line.writeStaticString(summary ? ",\"detail\":\"summary\"" : ",\"detail\":\"full\"")
        }
    }

    /// Puts files back as they were before the prompt `userMessageID`, or with `dryRun` only tells what that would change.
    ///
    /// Needs a launch with `fileCheckpointing`.
    package static func rewindFiles(requestID: String, userMessageID: String, dryRun: Bool = false) -> ByteBuffer {
        self.request("rewind_files", requestID: requestID) { line in
            JSONText.appendKey("user_message_id", to: &line)
            JSONText.append(userMessageID, to: &line)
            if dryRun { line.writeStaticString(",\"dry_run\":true") }
        }
    }

    /// Takes a prompt that waits out of the CLI's own queue.
    package static func cancelAsyncMessage(requestID: String, uuid: String) -> ByteBuffer {
        self.request("cancel_async_message", requestID: requestID) { line in
            JSONText.appendKey("message_uuid", to: &line)
            JSONText.append(uuid, to: &line)
        }
    }

    /// Merges `settings`, an object in the shape of settings.json, into those in force.
    ///
    /// `crossSessionInbound` is left out, so that it stays as the launch set it; what is no JSON object counts as empty.
    package static func applyFlagSettings(requestID: String, settings: ByteBuffer) -> ByteBuffer {
        self.request("apply_flag_settings", requestID: requestID) { line in
            JSONText.appendKey("settings", to: &line)
            line.writeStaticString("{")
            let members = JSONObject(settings)?.members.filter { $0.key != "crossSessionInbound" } ?? []
            for (index, member) in members.enumerated() {
                if index > 0 { line.writeStaticString(",") }
                JSONText.append(member.key, to: &line)
                line.writeStaticString(":")
                line.writeImmutableBuffer(JSONText.singleLine(member.value))
            }
            line.writeStaticString("}")
        }
    }

    /// Stops a sub-agent or a shell.
    package static func stopTask(requestID: String, taskID: String) -> ByteBuffer {
        self.request("stop_task", requestID: requestID) { line in
            JSONText.appendKey("task_id", to: &line)
            JSONText.append(taskID, to: &line)
        }
    }

    /// Any request; `fields` is a JSON object whose members are added to it.
    package static func request(subtype: String, requestID: String, fields: ByteBuffer? = nil) -> ByteBuffer {
        self.request(subtype, requestID: requestID) { line in
            for (key, value) in fields.flatMap({ JSONObject($0) })?.members ?? [] where key != "subtype" {
                line.writeStaticString(",")
                JSONText.append(key, to: &line)
                line.writeStaticString(":")
                line.writeImmutableBuffer(JSONText.singleLine(value))
            }
        }
    }

    /// Withdraws a request of the host.
    package static func cancel(requestID: String) -> ByteBuffer {
        var line = ByteBuffer(string: "{\"type\":\"control_cancel_request\",\"request_id\":")
        JSONText.append(requestID, to: &line)
        line.writeStaticString("}")
        return line
    }

    /// A prompt.
    ///
    /// `uuid` must be fresh: the CLI drops one it has seen without a word. `clientComposed` means verbatim: `@path` reads
    /// no file and `/name` runs no command. `priority` `now` aborts the running turn, `next` and `later` order the CLI's
    /// own queue.
    package static func userMessage(
        uuid: String,
        content: Content,
        clientComposed: Bool = false,
        priority: String? = nil
    ) -> ByteBuffer {
        var line = ByteBuffer(string: "{\"type\":\"user\",\"uuid\":")
        JSONText.append(uuid, to: &line)
        line.writeStaticString(",\"session_id\":\"\",\"parent_tool_use_id\":null")
        if clientComposed { line.writeStaticString(",\"client_composed\":true") }
        if let priority {
            JSONText.appendKey("priority", to: &line)
            JSONText.append(priority, to: &line)
        }
        line.writeStaticString(",\"message\":{\"role\":\"user\"")
        JSONText.appendKey("content", to: &line)
        switch content {
        case .text(let text):
            JSONText.append(text, to: &line)
        case .blocks(let blocks) where JSONObject.elements(blocks) != nil:
            line.writeImmutableBuffer(JSONText.singleLine(blocks))
        case .blocks:
            // A message without content kills the CLI, an empty one does not.
            line.writeStaticString("[]")
        }
        line.writeStaticString("}}")
        return line
    }

    /// Lets a tool run.
    ///
    /// `updatedInput` is a JSON object in place of the tool's input; the CLI wants one, so hand over the original if
    /// nothing changed. `updatedPermissions` is a JSON array of permission updates, such as the request's suggestions.
    package static func allow(
        requestID: String,
        updatedInput: ByteBuffer?,
        updatedPermissions: ByteBuffer? = nil
    ) -> ByteBuffer {
        self.success(requestID: requestID) { line in
            line.writeStaticString("{\"behavior\":\"allow\"")
            if let updatedInput { self.append(raw: updatedInput, as: "updatedInput", to: &line) }
            if let updatedPermissions { self.append(raw: updatedPermissions, as: "updatedPermissions", to: &line) }
            line.writeStaticString("}")
        }
    }

    /// Forbids a tool.
    ///
    /// The model reads `message`; with `interrupt` the turn ends as well.
    package static func deny(requestID: String, message: String, interrupt: Bool = false) -> ByteBuffer {
        self.success(requestID: requestID) { line in
            line.writeStaticString("{\"behavior\":\"deny\"")
            JSONText.appendKey("message", to: &line)
            JSONText.append(message, to: &line)
            if interrupt { line.writeStaticString(",\"interrupt\":true") }
            line.writeStaticString("}")
        }
    }

    /// The answer to a request the host does not know; unanswered, it would block its turn.
    package static func error(requestID: String, message: String) -> ByteBuffer {
        var line = ByteBuffer(string: "{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\"")
        JSONText.appendKey("request_id", to: &line)
        JSONText.append(requestID, to: &line)
        JSONText.appendKey("error", to: &line)
        JSONText.append(message, to: &line)
        line.writeStaticString("}}")
        return line
    }

    /// The answer to a hook callback that has no opinion.
    package static func hookAnswer(requestID: String) -> ByteBuffer {
        self.success(requestID: requestID) { $0.writeStaticString("{}") }
    }

    /// A successful answer whose payload is the JSON value `response`.
    package static func answer(requestID: String, response: ByteBuffer) -> ByteBuffer {
        self.success(requestID: requestID) { self.append(checked: response, to: &$0) }
    }

    private static func request(
        _ subtype: String,
        requestID: String,
        _ appendFields: (inout ByteBuffer) -> Void
    ) -> ByteBuffer {
        var line = ByteBuffer(string: "{\"type\":\"control_request\",\"request_id\":")
        JSONText.append(requestID, to: &line)
        line.writeStaticString(",\"request\":{\"subtype\":")
        JSONText.append(subtype, to: &line)
        appendFields(&line)
        line.writeStaticString("}}")
        return line
    }

    private static func success(requestID: String, _ appendResponse: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var line = ByteBuffer(string: "{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\"")
        JSONText.appendKey("request_id", to: &line)
        JSONText.append(requestID, to: &line)
        JSONText.appendKey("response", to: &line)
        appendResponse(&line)
        line.writeStaticString("}}")
        return line
    }

    private static func append(raw value: ByteBuffer, as key: StaticString, to line: inout ByteBuffer) {
        JSONText.appendKey(key, to: &line)
        self.append(checked: value, to: &line)
    }

    private static func append(checked value: ByteBuffer, to line: inout ByteBuffer) {
        if JSONText.isValue(value) {
            line.writeImmutableBuffer(JSONText.singleLine(value))
        } else {
            line.writeStaticString("null")
        }
    }
}
