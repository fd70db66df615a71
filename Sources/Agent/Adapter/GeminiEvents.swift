import NIOCore

/// What `gemini --output-format stream-json` prints (google-gemini/gemini-cli, packages/core/src/output/types.ts), told as
/// a turn of the CLI.
package struct GeminiEvents: AdapterEvents {
    package init() {}

    package static func arguments(_ request: AdapterRequest) -> [String] {
        let model = request.model.map { ["--model", $0] } ?? []
        let resume = request.conversation.map { ["--resume", $0] } ?? []
        return model + request.arguments + ["--output-format", "stream-json"] + resume
    }

    package mutating func take(_ event: JSONObject, _ turn: inout AdapterTurn) {
        switch event.string("type") {
        case "init": turn.begin(conversation: event.string("session_id"), model: event.string("model"))
        case "message" where event.string("role") == "assistant":
            turn.add(text: event.string("content") ?? "")
            if event.bool("delta") != true { turn.closeBlock() }
        case "tool_use":
            turn.call(
                event.string("tool_id") ?? "",
                event.string("tool_name") ?? "",
                input: event.nonNull("parameters") ?? ByteBuffer(string: "{}")
            )
        case "tool_result":
            let error = event.object("error")?.string("message")
            turn.toolEnded(
                event.string("tool_id") ?? "",
                output: event.string("output") ?? error ?? "",
                isError: event.string("status") == "error"
            )
        case "error" where event.string("severity") != "warning":
            turn.fail(event.string("message") ?? "the program failed")
        case "result":
            let stats = event.object("stats")
            turn.tokens.cached += stats?.int("cached") ?? 0
            turn.tokens.input +=
                stats?.int("input") ?? max(0, (stats?.int("input_tokens") ?? 0) - (stats?.int("cached") ?? 0))
            turn.tokens.output += stats?.int("output_tokens") ?? 0
            guard event.string("status") == "error" else { return }
            turn.fail(event.object("error")?.string("message") ?? "the turn failed")
        default: break
        }
    }
}
