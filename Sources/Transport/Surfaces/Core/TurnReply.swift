import Actors
import Agent
import NIOCore
import Storage

/// What came of one prompt, gathered from its events: what surfaces answer with that do not stream.
struct TurnReply: Sendable {
    /// A tool that the agent called.
    struct ToolUse: Sendable {
        let id: String
        let name: String
        /// JSON.
        let input: ByteBuffer
    }

    /// The text blocks of the conversation itself, sub-agents left out, in order.
    private(set) var texts: [String] = []
    private(set) var thinking: [String] = []
    private(set) var tools: [ToolUse] = []
    /// The CLI's own end of the turn; `nil` when its process died first.
    private(set) var result: ResultMessage?
    /// How the turn ended; `nil` when it has not, or the prompt was handed back.
    private(set) var outcome: TurnOutcome?
    /// What a person may be told: the answer's last text, or why there is none.
    private(set) var said: String?
    private(set) var usage = TurnResult.Usage()
    private(set) var costUSD = 0.0
    private(set) var durationMS = 0
    /// Claude's own session id.
    private(set) var conversation: String?
    /// The model that answers, as the CLI names it.
    private(set) var model: String?
    /// `user` and `assistant` lines of the conversation.
    private(set) var messageCount = 0
    /// Why it has no end, if it has none.
    var cut: TurnWait.Cut?

    /// The answer: the CLI's result, else all that was said.
    var answer: String {
        if let text = self.result?.result, !text.isEmpty { return text }
        return self.texts.joined()
    }

    /// Whether the turn did what it was asked.
    var isCompleted: Bool { self.outcome == .completed }

    /// Learns from one of the prompt's events.
    mutating func take(_ event: Event) {
        guard let data = JSONObject(event.envelope)?.object("data") else { return }
        switch event.type {
        case "agent.system.init":
            self.conversation = data.string("session_id") ?? self.conversation
            self.model = data.string("model") ?? self.model
        case "agent.assistant": self.take(assistant: data)
        case "agent.user": if data.nonNull("parent_tool_use_id") == nil { self.messageCount += 1 }
        case "agent.result":
            self.result = try? ResultMessage(data.bytes)
            self.conversation = data.string("session_id") ?? self.conversation
        case "turn.ended":
            self.outcome = data.string("outcome").flatMap(TurnOutcome.init)
            self.said = data.string("result")
            self.costUSD = data.double("cost_usd") ?? 0
            self.durationMS = data.int("duration_ms") ?? 0
            let tokens = data.object("usage")
            self.usage.inputTokens = tokens?.int("input_tokens") ?? 0
            self.usage.outputTokens = tokens?.int("output_tokens") ?? 0
            self.usage.cacheReadInputTokens = tokens?.int("cache_read_input_tokens") ?? 0
            self.usage.cacheCreationInputTokens = tokens?.int("cache_creation_input_tokens") ?? 0
        case "message.returned", "message.cancelled": self.outcome = .interrupted
        default: break
        }
    }

    private mutating func take(assistant data: JSONObject) {
        guard data.nonNull("parent_tool_use_id") == nil, let message = data.object("message") else { return }
        self.messageCount += 1
        self.model = message.string("model").flatMap { $0 == "<synthetic>" ? nil : $0 } ?? self.model
        for block in (message.array("content") ?? []).compactMap({ JSONObject($0) }) {
            switch block.string("type") {
            case "text": self.texts.append(block.string("text") ?? "")
            case "thinking": self.thinking.append(block.string("thinking") ?? "")
            case "tool_use":
                self.tools.append(
                    ToolUse(
                        id: block.string("id") ?? "",
                        name: block.string("name") ?? "",
                        input: block.raw("input") ?? ByteBuffer(string: "{}")
                    )
                )
            default: break
            }
        }
    }
}
