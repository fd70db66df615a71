import Actors
import NIOCore
import Storage

/// A chat's answer as chunks: `data: {…}`, and `data: [DONE]` at its end (compat 001 §10).
struct ChatStream: TurnProjection {
    let completion: ChatCompletion
    let includesUsage: Bool
    /// Whether the answer has a shape; then it comes at the end, and nothing that is said besides.
    let isInSchema: Bool

    private var flow = AnswerFlow()
    private var reply = TurnReply()
    private var stops: StopSequences
    private var hasRole = false
    private var needsSeparator = false
    private(set) var isDone = false

    init(_ completion: ChatCompletion, of chat: ChatRequest) {
        self.completion = completion
        self.includesUsage = chat.includesUsage
        self.isInSchema = chat.options.outputSchema != nil
        self.stops = StopSequences(chat.stops)
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events {
            self.reply.take(event)
            for step in self.flow.take(event) { self.write(step, to: &frames) }
        }
        if isOver {
            self.end(&frames)
        } else if self.stops.met != nil, !self.includesUsage {
            // What follows would not be shown; only the usage would be worth waiting for.
            self.finish("stop", &frames)
        }
        return frames.readableBytes > 0 ? frames : nil
    }

    mutating func heartbeat(head: EventID) -> ByteBuffer? {
        ByteBuffer(string: ": ping\n\n")
    }

    mutating func gap(head: EventID) -> ByteBuffer? {
        self.flow.gap()
        return nil
    }

    mutating func draining() -> ByteBuffer? {
        self.reply.cut = .drain
        var frames = ByteBuffer()
        self.end(&frames)
        return frames
    }

    // MARK: Steps

    private mutating func write(_ step: AnswerFlow.Step, to frames: inout ByteBuffer) {
        guard !self.isInSchema else { return }
        switch step {
        case .began(.text): self.needsSeparator = self.hasRole
        case .delta(.text, let text):
            self.say((self.needsSeparator ? OpenAIOutcome.separator : "") + text, &frames)
            self.needsSeparator = false
        default: break
        }
    }

    private mutating func say(_ text: String, _ frames: inout ByteBuffer) {
        let shown = self.stops.pass(text)
        guard !shown.isEmpty else { return }
        self.show(shown, &frames)
    }

    private mutating func show(_ text: String, _ frames: inout ByteBuffer) {
        let content = DocumentNode.string(text)
        let delta: DocumentNode =
            self.hasRole ? .of(["content": content]) : .of(["role": .string("assistant"), "content": content])
        self.hasRole = true
        self.data(self.completion.chunk(delta, usage: self.noUsage), &frames)
    }

    private mutating func end(_ frames: inout ByteBuffer) {
        let outcome = OpenAIOutcome(self.reply, model: self.completion.model, wantsSchema: self.isInSchema)
        if case .failed(let problem) = outcome {
            self.data(OpenAIErrors.body(problem), &frames)
            self.done(&frames)
            return
        }
        if self.isInSchema { self.say(self.reply.spoken(inSchema: true), &frames) }
        let rest = self.stops.flush()
        if !rest.isEmpty { self.show(rest, &frames) }
        self.finish(self.stops.met != nil ? "stop" : outcome.finishReason ?? "stop", &frames)
    }

    private mutating func finish(_ reason: String, _ frames: inout ByteBuffer) {
        if !self.hasRole { self.show("", &frames) }
        self.data(self.completion.chunk(.of([:]), finishReason: reason, usage: self.noUsage), &frames)
        if self.includesUsage { self.data(self.completion.usageChunk(self.reply.usage), &frames) }
        self.done(&frames)
    }

    private mutating func done(_ frames: inout ByteBuffer) {
        frames.writeString("data: [DONE]\n\n")
        self.isDone = true
    }

    /// What chunks before the last have for their usage.
    private var noUsage: DocumentNode? { self.includesUsage ? .null : nil }

    private func data(_ value: DocumentNode, _ frames: inout ByteBuffer) {
        frames.writeString("data: ")
        frames.writeImmutableBuffer(value.json(isIndented: false))
        frames.writeString("\n\n")
    }
}
