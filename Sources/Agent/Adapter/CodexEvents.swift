import NIOCore

/// What `codex exec --json` prints (openai/codex, codex-rs/exec/src/exec_events.rs), told as a turn of the CLI.
package struct CodexEvents: AdapterEvents {
    /// What was shown of messages that are being written, by their ids.
    private var shown: [String: String] = [:]
    /// Items that have had their `tool_use`.
    private var called: Set<String> = []

    package init() {}

    package static func arguments(_ request: AdapterRequest) -> [String] {
        // Approvals are no option of `exec`, but every setting is one of `codex` itself.
        var settings: [String] = []
        var options: [String] = []
        var rest = request.arguments[...]
        while let word = rest.popFirst() {
            if word == "--ask-for-approval", let policy = rest.popFirst() {
                settings += ["-c", "approval_policy=\"\(policy)\""]
            } else if word != "--json", word != "--quiet", word != "-q" {
                options.append(word)
            }
        }
        let model = request.model.map { ["--model", $0] } ?? []
        let resume = request.conversation.map { ["resume", $0] } ?? []
        return settings + ["exec"] + model + options + ["--skip-git-repo-check", "--json"] + resume + ["-"]
    }

    package mutating func take(_ event: JSONObject, _ turn: inout AdapterTurn) {
        switch event.string("type") {
        case "thread.started", "thread.resumed": turn.begin(conversation: event.string("thread_id"), model: nil)
        case "item.started", "item.updated", "item.completed":
            guard let item = event.object("item") else { return }
            self.take(item, isDone: event.string("type") == "item.completed", &turn)
        case "turn.completed":
            let usage = event.object("usage")
            let cached = usage?.int("cached_input_tokens") ?? 0
            turn.tokens.input += max(0, (usage?.int("input_tokens") ?? 0) - cached)
            turn.tokens.cached += cached
            turn.tokens.output += usage?.int("output_tokens") ?? 0
        case "turn.failed": turn.fail(event.object("error")?.string("message") ?? "the turn failed")
        case "error": turn.fail(event.string("message") ?? "the program failed")
        default: break
        }
    }

    private mutating func take(_ item: JSONObject, isDone: Bool, _ turn: inout AdapterTurn) {
        let id = item.string("id") ?? ""
        switch item.string("type") {
        case "agent_message":
            let text = item.string("text") ?? ""
            let known = self.shown[id] ?? ""
            if text.hasPrefix(known) { turn.add(text: String(text.dropFirst(known.count))) }
            self.shown[id] = isDone ? nil : text
            if isDone { turn.closeBlock() }
        case "reasoning":
            guard isDone else { return }
            turn.add(thinking: item.string("text") ?? "")
            turn.closeBlock()
        case "command_execution":
            self.call(id, "Bash", &turn) { $0.add("command", item.string("command") ?? "") }
            guard isDone else { return }
            let hasFailed = item.int("exit_code") ?? 0 != 0 || item.string("status") != "completed"
            turn.toolEnded(id, output: item.string("aggregated_output") ?? "", isError: hasFailed)
        case "file_change":
            guard isDone else { return }
            self.call(id, "Edit", &turn) { $0.add("changes", raw: item.raw("changes")) }
            turn.toolEnded(id, output: item.string("status") ?? "", isError: item.string("status") == "failed")
        case "mcp_tool_call":
            let name = "mcp__\(item.string("server") ?? "")__\(item.string("tool") ?? "")"
            self.call(id, name, input: item.nonNull("arguments") ?? ByteBuffer(string: "{}"), &turn)
            guard isDone else { return }
            let error = item.object("error")?.string("message")
            let texts = (item.object("result")?.array("content") ?? []).compactMap { JSONObject($0)?.string("text") }
            turn.toolEnded(id, output: error ?? texts.joined(separator: "\n"), isError: error != nil)
        case "web_search":
            guard isDone else { return }
            self.call(id, "WebSearch", &turn) { $0.add("query", item.string("query") ?? "") }
            turn.toolEnded(id, output: "", isError: false)
        case "todo_list":
            guard isDone else { return }
            self.call(id, "TodoWrite", &turn) { $0.add("todos", raw: item.raw("items")) }
            turn.toolEnded(id, output: "", isError: false)
        default: break
        }
    }

    private mutating func call(
        _ id: String,
        _ name: String,
        _ turn: inout AdapterTurn,
        _ fill: (inout JSONObjectWriter) -> Void
    ) {
        var input = JSONObjectWriter()
        fill(&input)
        self.call(id, name, input: input.json, &turn)
    }

    private mutating func call(_ id: String, _ name: String, input: ByteBuffer, _ turn: inout AdapterTurn) {
        guard self.called.insert(id).inserted else { return }
        turn.call(id, name, input: input)
    }
}
