import Actors
import Agent
import NIOCore
import Storage

/// What came of one prompt, gathered from its events: what surfaces answer with that do not stream.
struct TurnReply: Sendable {
    /// A tool that the agent called.
    struct ToolUse: Sendable, Equatable {
        let id: String
        let name: String
        /// JSON.
        let input: ByteBuffer

        /// Reads a block of that type.
        init(_ block: JSONObject) {
            self.id = block.string("id") ?? ""
            self.name = block.string("name") ?? ""
            self.input = block.raw("input") ?? ByteBuffer(string: "{}")
        }
    }

    /// One block of what the agent said.
    enum Block: Sendable, Equatable {
        case text(String)
        case thinking(String, signature: String?)
        case tool(ToolUse)
        /// The CLI's own words about an error of the API.
        case error(String)
    }

    /// The blocks of the conversation itself, sub-agents left out, in order.
    private(set) var blocks: [Block] = []
    /// Why the model stopped, in the API's words.
    private(set) var stopReason: String?
    /// The CLI's own end of the turn; `nil` when its process died first.
    private(set) var result: ResultMessage?
    /// What was said in the shape that was asked for, as JSON.
    private(set) var structuredOutput: ByteBuffer?
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
    /// The prompt's id.
    var message: String?
    /// Why it has no end, if it has none.
    var cut: TurnWait.Cut?

    /// Its text blocks, those about an error included.
    var texts: [String] {
        self.blocks.compactMap { block in
            switch block {
            case .text(let text), .error(let text): text
            default: nil
            }
        }
    }

    var thinking: [String] {
        self.blocks.compactMap { if case .thinking(let text, _) = $0 { text } else { nil } }
    }

    var tools: [ToolUse] {
        self.blocks.compactMap { if case .tool(let tool) = $0 { tool } else { nil } }
    }

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
            self.structuredOutput = data.nonNull("structured_output")
            self.conversation = data.string("session_id") ?? self.conversation
            self.stopReason = data.string("stop_reason")
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
        let isError = Self.isAPIError(data)
        for block in (message.array("content") ?? []).compactMap({ JSONObject($0) }) {
            switch block.string("type") {
            case "text":
                let text = block.string("text") ?? ""
                self.blocks.append(isError ? .error(text) : .text(text))
            case "thinking":
                self.blocks.append(.thinking(block.string("thinking") ?? "", signature: block.string("signature")))
            case "tool_use": self.blocks.append(.tool(ToolUse(block)))
            default: break
            }
        }
    }

    /// Whether an `assistant` line is the CLI's own, about an error of the API.
    static func isAPIError(_ line: JSONObject) -> Bool {
        line.bool("is_api_error_message") == true || line.nonNull("error") != nil
    }
}
