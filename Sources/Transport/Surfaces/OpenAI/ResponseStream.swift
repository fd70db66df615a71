import Actors
import NIOCore
import Storage

/// A response's events in the order that OpenAI's SDKs expect, from the beginning or from any number on.
struct ResponseStream: TurnProjection {
    /// A block of text that is being written.
    private struct Open {
        let item: ResponseObject.Item
        let index: Int
        /// What was the next number before it.
        let start: Int
        var text = ""
    }

    private var object: ResponseObject
    private var counter: ResponseCounter
    private var spoken = ResponseText()
    private var reply = TurnReply()
    private var items: [ResponseObject.Item] = []
    /// Blocks that were begun, withdrawn ones too.
    private var begun: Int
    private var open: Open?
    private var hasBegun = false
    /// Previews up to this place say nothing that no whole message says.
    private let superseded: UInt64
    /// Frames of what was read before the stream.
    private var backlog = ByteBuffer()

    /// - Parameters:
    ///   - id: the response's.
    ///   - facts: what its request said.
    ///   - last: the number after which to begin.
    ///   - superseded: the position up to which previews are passed over.
    init(_ id: ResponseID, _ facts: ResponseFacts, after last: Int? = nil, superseded: UInt64 = 0) {
        self.object = ResponseObject(id, facts, status: facts.isBackground ? .queued : .inProgress)
        self.counter = ResponseCounter(after: last)
        self.begun = self.counter.withdrawn
        self.superseded = superseded
        var frames = ByteBuffer()
        let number = self.counter.event()
        self.lifecycle("response.created", number, &frames)
        self.backlog = frames
    }

    /// Reads what happened before the stream.
    mutating func catchUp(_ events: [Event], isOver: Bool) {
        self.frames(events, isOver: isOver).map { _ = self.backlog.writeImmutableBuffer($0) }
    }

    mutating func opening() -> ByteBuffer? {
        defer { self.backlog = ByteBuffer() }
        return self.backlog
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events where event.kind == .durable || event.position > self.superseded {
            self.reply.take(event)
            if event.type == "turn.started" { self.begin(&frames) }
            for piece in self.spoken.take(event) { self.write(piece, to: &frames) }
        }
        if isOver { self.end(&frames) }
        return frames.readableBytes > 0 ? frames : nil
    }

    mutating func heartbeat(head: EventID) -> ByteBuffer? {
        ByteBuffer(string: ": ping\n\n")
    }

    mutating func gap(head: EventID) -> ByteBuffer? {
        self.spoken.gap()
        return nil
    }

    /// The stream ends without an end of the response: its client takes it up again.
    mutating func draining() -> ByteBuffer? { nil }

    // MARK: Steps

    private mutating func begin(_ frames: inout ByteBuffer) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.object.status = .inProgress
        let number = self.counter.event()
        self.lifecycle("response.in_progress", number, &frames)
    }

    private mutating func write(_ piece: ResponseText.Piece, to frames: inout ByteBuffer) {
        guard !self.object.facts.isInSchema else { return }
        switch piece {
        case .began: self.open(&frames)
        case .text(let text): self.add(text, &frames)
        case .ended(let whole): self.close(whole, isWhole: true, &frames)
        case .withdrawn:
            guard let open else { return }
            self.close(open.text, isWhole: false, &frames)
            self.counter.withdraw(to: open.start)
        }
    }

    private mutating func open(_ frames: inout ByteBuffer) {
        self.begin(&frames)
        let item = ResponseObject.Item(id: self.object.itemID(self.begun), text: "")
        let open = Open(item: item, index: self.begun, start: self.counter.next)
        self.open = open
        self.begun += 1
        self.event("response.output_item.added", &frames) {
            $0["output_index"] = .number("\(open.index)")
            $0["item"] = item.node(status: "in_progress")
        }
        self.part("response.content_part.added", open, &frames) { $0["part"] = item.part }
    }

    private mutating func add(_ text: String, _ frames: inout ByteBuffer) {
        guard var open else { return }
        open.text += text
        self.open = open
        guard let (number, rest) = self.counter.text(text) else { return }
        Self.frame("response.output_text.delta", number, &frames) {
            Self.place(open, &$0)
            $0["delta"] = .string(rest)
            $0["logprobs"] = .array([])
        }
    }

    private mutating func close(_ whole: String, isWhole: Bool, _ frames: inout ByteBuffer) {
        guard let open else { return }
        self.open = nil
        // The two events that began it, and its text as it will be read again.
        if isWhole { self.counter.correct(to: open.start + 2 + whole.utf8.count) }
        let item = ResponseObject.Item(id: open.item.id, text: open.text, isWhole: isWhole)
        self.part("response.output_text.done", open, &frames) {
            $0["text"] = .string(item.text)
            $0["logprobs"] = .array([])
        }
        self.part("response.content_part.done", open, &frames) { $0["part"] = item.part }
        self.event("response.output_item.done", &frames) {
            $0["output_index"] = .number("\(open.index)")
            $0["item"] = item.node()
        }
        if isWhole { self.items.append(item) }
    }

    private mutating func end(_ frames: inout ByteBuffer) {
        self.begin(&frames)
        for piece in self.spoken.finish() { self.write(piece, to: &frames) }
        if self.object.facts.isInSchema {
            let text = self.reply.spoken(inSchema: true)
            if !text.isEmpty {
                self.open(&frames)
                self.add(text, &frames)
                self.close(text, isWhole: true, &frames)
            }
        }
        self.object.end(self.reply, items: self.items)
        let number = self.counter.end(isExact: self.reply.isCompleted)
        self.lifecycle("response.\(self.object.status.rawValue)", number, &frames)
    }

    // MARK: Frames

    private func lifecycle(_ type: String, _ number: Int?, _ frames: inout ByteBuffer) {
        guard let number else { return }
        Self.frame(type, number, &frames) { $0["response"] = self.object.node }
    }

    private mutating func part(
        _ type: String,
        _ open: Open,
        _ frames: inout ByteBuffer,
        _ fill: (inout DocumentNode) -> Void
    ) {
        self.event(type, &frames) {
            Self.place(open, &$0)
            fill(&$0)
        }
    }

    private mutating func event(_ type: String, _ frames: inout ByteBuffer, _ fill: (inout DocumentNode) -> Void) {
        guard let number = self.counter.event() else { return }
        Self.frame(type, number, &frames, fill)
    }

    private static func frame(
        _ type: String,
        _ number: Int,
        _ frames: inout ByteBuffer,
        _ fill: (inout DocumentNode) -> Void
    ) {
        var data = DocumentNode.of(["type": .string(type), "sequence_number": .number("\(number)")])
        fill(&data)
        frames.writeString("event: \(type)\ndata: ")
        frames.writeImmutableBuffer(data.json(isIndented: false))
        frames.writeString("\n\n")
    }

    private static func place(_ open: Open, _ data: inout DocumentNode) {
        data["item_id"] = .string(open.item.id)
        data["output_index"] = .number("\(open.index)")
        data["content_index"] = .number("0")
    }
}
