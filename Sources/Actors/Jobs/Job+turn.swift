import Agent
import NIOCore

/// What the events of its session mean to a job.
extension Job {
    /// Moves it on by an event that names its message, or that is of its whole session.
    ///
    /// - Parameters:
    ///   - type: the event's.
    ///   - turn: the turn the event belongs to.
    ///   - data: its data.
    ///   - now: RFC 3339.
    /// - Returns: whether the state changed.
    mutating func note(_ type: String, turn: String?, data: JSONObject, at now: String) -> Bool {
        guard !self.state.isFinal else { return false }
        switch type {
        case "message.queued":
            // Somebody has edited what it says.
            if let content = data.nonNull("content") { self.content = Self.kept(content) }
            return false
        case "turn.started":
            self.state = .running
            self.turn = turn
            self.startedAt = now
        case "turn.ended":
            self.turn = turn ?? self.turn
            self.close(with: data, at: now)
        case "message.cancelled":
            self.end(.cancelled, .takenBack, at: now)
        case "message.returned":
            // Only what the agent had and lost is unknown.
            if data.string("state") == MessageState.unknown.rawValue {
                self.end(.failed, .agentLost, at: now)
            } else {
                self.end(.cancelled, .handedBack, at: now)
            }
        case "session.ended":
            self.end(.cancelled, .sessionEnded, at: now)
        default:
            return false
        }
        return true
    }

    /// Learns what its turn says and does, from a message of the conversation.
    mutating func hear(_ type: String, data: JSONObject) {
        self.conversation = data.string("session_id") ?? self.conversation
        guard type != "agent.result", data.nonNull("parent_tool_use_id") == nil else { return }
        self.messageCount += 1
        guard type == "agent.assistant" else { return }
        for block in (data.object("message")?.array("content") ?? []).compactMap({ JSONObject($0) })
        where block.string("type") == "tool_use" {
            let tool = ToolUse(
                name: block.string("name") ?? "",
                input: block.raw("input").map { String(buffer: $0) } ?? "{}"
            )
            guard self.toolBytes + tool.input.utf8.count <= Self.maximumToolBytes else { return }
            self.tools.append(tool)
        }
    }

    /// Its end, when nobody will tell it any more.
    mutating func end(_ state: State, _ reason: Reason?, at now: String) {
        self.state = state
        self.reason = reason
        self.endedAt = now
    }

    private mutating func close(with data: JSONObject, at now: String) {
        if let text = data.string("result") { self.keep(text) }
        self.usage = data.object("usage").map { usage in
            var sum = TurnResult.Usage()
            sum.inputTokens = usage.int("input_tokens") ?? 0
            sum.outputTokens = usage.int("output_tokens") ?? 0
            sum.cacheReadInputTokens = usage.int("cache_read_input_tokens") ?? 0
            sum.cacheCreationInputTokens = usage.int("cache_creation_input_tokens") ?? 0
            return sum
        }
        self.costUSD = data.double("cost_usd")
        self.durationMS = data.int("duration_ms")
        switch data.string("outcome").flatMap(TurnOutcome.init) {
        case .completed: self.end(.succeeded, nil, at: now)
        case .failed: self.end(.failed, .turnFailed, at: now)
        case .budget: self.end(.failed, .budgetReached, at: now)
        case .interrupted where data.string("stop_reason") == Turn.StopReason.stalled.rawValue:
            self.end(.failed, .stalled, at: now)
        case .interrupted: self.end(.cancelled, .interrupted, at: now)
        case .killed, nil: self.end(.failed, .agentLost, at: now)
        }
    }

    private mutating func keep(_ text: String) {
        guard text.utf8.count > Self.maximumResultBytes else {
            self.result = text
            return
        }
        // A cut through a character leaves a replacement character at the end.
        self.result = String(decoding: text.utf8.prefix(Self.maximumResultBytes), as: UTF8.self)
        self.isResultCut = true
    }
}
