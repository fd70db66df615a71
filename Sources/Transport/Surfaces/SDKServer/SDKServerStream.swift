import Agent
import NIOCore
import Storage

/// A prompt's turn as this system streams it: `data:` lines of JSON with a `type`, to `{"type":"done"}`.
///
/// Text comes as it is written, under both keys that clients of the original know: its document says `content`, its code
/// `text`. What has gone wrong so that there is no result is an `error`, after which nothing comes, not even `done`.
struct SDKServerStream: TurnProjection {
    private let showsThinking: Bool
    private var flow = AnswerFlow()
    private var reply = TurnReply()
    private var hasText = false

    init(showsThinking: Bool) {
        self.showsThinking = showsThinking
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events {
            self.reply.take(event)
            for step in self.flow.take(event) { self.write(step, to: &frames) }
        }
        if isOver { self.writeEnd(to: &frames) }
        return frames.readableBytes > 0 ? frames : nil
    }

    func heartbeat(head: EventID) -> ByteBuffer? { ByteBuffer(string: ": keep-alive\n\n") }

    mutating func gap(head: EventID) -> ByteBuffer? {
        self.flow.gap()
        return nil
    }

    mutating func draining() -> ByteBuffer? {
        self.reply.cut = .drain
        var frames = ByteBuffer()
        self.writeEnd(to: &frames)
        return frames
    }

    private mutating func write(_ step: AnswerFlow.Step, to frames: inout ByteBuffer) {
        switch step {
        case .delta(.text, let text): self.write(text: text, to: &frames)
        case .delta(.thinking, let text) where self.showsThinking:
            Self.frame("thinking", to: &frames) { $0.put("text", text) }
        case .tool(let tool):
            Self.frame("tool_use", to: &frames) { frame in
                frame.put("name", tool.name)
                frame.put("id", tool.id)
            }
        default: break
        }
    }

    private mutating func write(text: String, to frames: inout ByteBuffer) {
        self.hasText = true
        Self.frame("text", to: &frames) { frame in
            frame.put("content", text)
            frame.put("text", text)
        }
    }

    private mutating func writeEnd(to frames: inout ByteBuffer) {
        guard self.reply.isResult else {
            let message = self.reply.failure?.detail ?? "The prompt was handed back."
            return Self.frame("error", to: &frames) { $0.put("message", message) }
        }
        // The CLI's own words about an error of the API are its answer.
        let unsaid = self.reply.errors + (self.hasText ? [] : [self.reply.result?.result ?? ""])
        if let text = unsaid.first(where: { !$0.isEmpty }) { self.write(text: text, to: &frames) }
        Self.frame("result", to: &frames) { frame in
            frame.put("subtype", self.reply.result?.subtype ?? "success")
            frame.put("duration_ms", self.reply.durationMS)
            frame.put("num_turns", self.reply.result?.numTurns ?? 0)
            frame.put("total_cost_usd", self.reply.costUSD)
        }
        Self.frame("metrics", to: &frames) { $0.put("duration_ms", self.reply.durationMS) }
        Self.frame("done", to: &frames) { _ in }
    }

    private static func frame(_ type: String, to frames: inout ByteBuffer, _ fill: (inout JSONMembers) -> Void) {
        frames.writeString("data: ")
        frames.writeImmutableBuffer(
            JSONMembers.object { frame in
                frame.put("type", type)
                fill(&frame)
            }
        )
        frames.writeString("\n\n")
    }
}
