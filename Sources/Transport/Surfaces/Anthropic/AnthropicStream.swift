import Agent
import NIOCore
import Storage

/// A prompt's turn as the events of Anthropic's API, in its order: one message, however many the agent makes of it.
///
/// `message_start`, `ping`, then for each block of text or thinking `content_block_start`, `content_block_delta`…,
/// `content_block_stop`, numbered through the whole turn; `message_delta` and `message_stop`. A failure is an `error` event
/// before `message_stop`. The agent's own calls of tools are left out.
struct AnthropicStream: TurnProjection {
    private let message: AnthropicMessage
    private let showsThinking: Bool
    /// For the `error` event.
    private let requestID: String
    private var stops: StopSequences
    private var flow = AnswerFlow()
    private var reply = TurnReply()
    /// Of the next block.
    private var index = 0
    /// Whether a block of this kind was announced and not stopped.
    private var open: AnswerFlow.Kind?
    private(set) var isDone = false

    init(_ message: AnthropicMessage, showsThinking: Bool, stops: [String], requestID: String) {
        self.message = message
        self.showsThinking = showsThinking
        self.requestID = requestID
        self.stops = StopSequences(stops)
    }

    func opening() -> ByteBuffer? {
        var frames = JSONMembers.event("message_start") { $0.put("message", raw: self.message.empty()) }
        frames.writeImmutableBuffer(JSONMembers.event("ping"))
        return frames
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events where !self.isDone {
            self.reply.take(event)
            for step in self.flow.take(event) where !self.isDone { self.write(step, to: &frames) }
        }
        if isOver, !self.isDone { self.writeEnd(to: &frames) }
        return frames.readableBytes > 0 ? frames : nil
    }

    func heartbeat(head: EventID) -> ByteBuffer? { JSONMembers.event("ping") }

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

    // MARK: Blocks

    private mutating func write(_ step: AnswerFlow.Step, to frames: inout ByteBuffer) {
        switch step {
        case .began(let kind) where kind == .text || self.showsThinking: self.start(kind, to: &frames)
        case .delta(.text, let text):
            self.delta(self.stops.pass(text), to: &frames)
            if self.stops.met != nil { self.writeEnd(to: &frames) }
        case .delta(.thinking, let text) where self.showsThinking:
            frames.writeImmutableBuffer(self.delta("thinking_delta") { $0.put("thinking", text) })
        case .ended(.text, _):
            self.delta(self.stops.flush(), to: &frames)
            self.stop(to: &frames)
        case .ended(.thinking, let signature) where self.showsThinking:
            if let signature {
                frames.writeImmutableBuffer(self.delta("signature_delta") { $0.put("signature", signature) })
            }
            self.stop(to: &frames)
        default: break
        }
    }

    private mutating func start(_ kind: AnswerFlow.Kind, to frames: inout ByteBuffer) {
        self.open = kind
        let block =
            kind == .text ? AnthropicMessage.textBlock("") : AnthropicMessage.thinkingBlock("", "")
        frames.writeImmutableBuffer(
            JSONMembers.event("content_block_start") { json in
                json.put("index", self.index)
                json.put("content_block", raw: block)
            }
        )
    }

    private func delta(_ text: String, to frames: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        frames.writeImmutableBuffer(self.delta("text_delta") { $0.put("text", text) })
    }

    private func delta(_ type: String, _ fill: (inout JSONMembers) -> Void) -> ByteBuffer {
        JSONMembers.event("content_block_delta") { json in
            json.put("index", self.index)
            json.put(
                "delta",
                raw: JSONMembers.object { delta in
                    delta.put("type", type)
                    fill(&delta)
                }
            )
        }
    }

    private mutating func stop(to frames: inout ByteBuffer) {
        guard self.open != nil else { return }
        frames.writeImmutableBuffer(JSONMembers.event("content_block_stop") { $0.put("index", self.index) })
        self.open = nil
        self.index += 1
    }

    // MARK: The end

    private mutating func writeEnd(to frames: inout ByteBuffer) {
        self.isDone = true
        if self.stops.met == nil, self.open == .text { self.delta(self.stops.flush(), to: &frames) }
        self.stop(to: &frames)
        if self.stops.met == nil, let failure = self.reply.failure {
            var event = ByteBuffer(string: "event: error\ndata: ")
            event.writeImmutableBuffer(AnthropicErrors.document(failure, requestID: self.requestID))
            event.writeString("\n\n")
            frames.writeImmutableBuffer(event)
        } else {
            self.writeUnsaid(to: &frames)
            let reason = AnthropicMessage.stopReason(self.reply, met: self.stops.met)
            frames.writeImmutableBuffer(
                JSONMembers.event("message_delta") { json in
                    json.put(
                        "delta",
                        raw: JSONMembers.object { delta in
                            delta.put("stop_reason", reason)
                            delta.put("stop_sequence", orNull: self.stops.met)
                        }
                    )
                    json.put("usage", raw: AnthropicMessage.usage(self.reply.usage))
                }
            )
        }
        frames.writeImmutableBuffer(JSONMembers.event("message_stop"))
    }

    /// An answer that came in the result alone, as a command's of the CLI does.
    private mutating func writeUnsaid(to frames: inout ByteBuffer) {
        guard self.index == 0, self.stops.met == nil, let text = self.reply.result?.result, !text.isEmpty else {
            return
        }
        self.start(.text, to: &frames)
        self.delta(text, to: &frames)
        self.stop(to: &frames)
    }
}
