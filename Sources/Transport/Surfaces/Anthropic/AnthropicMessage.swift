import Actors
import Agent
import NIOCore

/// An answer of `POST …/messages`, whole or as the frame of a stream.
struct AnthropicMessage: Sendable {
    /// Of the message: that of the prompt in the native API, with the prefix of Anthropic's.
    let id: String
    let model: String

    /// - Parameters:
    ///   - message: the prompt's id.
    ///   - model: as the client named it.
    init(message: String, model: String) {
        self.id = "msg_\(message.hasPrefix("m_") ? message.dropFirst(2) : message[...])"
        self.model = model
    }

    /// What came of a prompt, as the API's message.
    ///
    /// - Parameters:
    ///   - reply: one that has no failure.
    ///   - showsThinking: whether its thinking is content.
    ///   - stops: where its text is cut.
    /// - Returns: JSON.
    func whole(_ reply: TurnReply, showsThinking: Bool, stops: [String]) -> ByteBuffer {
        var content: [ByteBuffer] = []
        var stops = StopSequences(stops)
        for block in reply.blocks where stops.met == nil {
            switch block {
            case .text(let text):
                let shown = stops.pass(text) + stops.flush()
                if !shown.isEmpty { content.append(Self.textBlock(shown)) }
            case .thinking(let text, let signature) where showsThinking:
                content.append(Self.thinkingBlock(text, signature ?? ""))
            default: break
            }
        }
        if content.isEmpty, stops.met == nil, let text = reply.result?.result, !text.isEmpty {
            content = [Self.textBlock(text)]
        }
        return self.json(
            content,
            Self.stopReason(reply, met: stops.met),
            sequence: stops.met,
            usage: Self.usage(reply.usage)
        )
    }

    /// The message with nothing in it yet.
    func empty() -> ByteBuffer {
        self.json([], nil, sequence: nil, usage: Self.usage(TurnResult.Usage()))
    }

    static func textBlock(_ text: String) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("type", "text")
            json.put("text", text)
        }
    }

    static func thinkingBlock(_ thinking: String, _ signature: String) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("type", "thinking")
            json.put("thinking", thinking)
            json.put("signature", signature)
        }
    }

    /// The whole turn's tokens: an agent asks its model as often as it needs to.
    static func usage(_ usage: TurnResult.Usage) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("input_tokens", usage.inputTokens)
            json.put("cache_creation_input_tokens", usage.cacheCreationInputTokens)
            json.put("cache_read_input_tokens", usage.cacheReadInputTokens)
            json.put("output_tokens", usage.outputTokens)
        }
    }

    /// Why the answer ends: a turn that somebody stopped is one that may be taken up again.
    static func stopReason(_ reply: TurnReply, met: String?) -> String {
        if met != nil { return "stop_sequence" }
        if reply.outcome == .interrupted { return "pause_turn" }
        let known = ["max_tokens", "refusal", "model_context_window_exceeded"]
        return reply.stopReason.flatMap { known.contains($0) ? $0 : nil } ?? "end_turn"
    }

    private func json(_ content: [ByteBuffer], _ reason: String?, sequence: String?, usage: ByteBuffer) -> ByteBuffer {
        JSONMembers.object { json in
            json.put("id", self.id)
            json.put("type", "message")
            json.put("role", "assistant")
            json.put("model", self.model)
            json.put("content", array: content)
            json.put("stop_reason", orNull: reason)
            json.put("stop_sequence", orNull: sequence)
            json.put("usage", raw: usage)
        }
    }
}
