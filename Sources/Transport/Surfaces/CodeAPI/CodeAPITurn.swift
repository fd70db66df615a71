import Actors
import NIOCore
import Storage

/// A turn as claude-code-api streams it: whole text blocks and tools as they come, then `done` or `error`.
///
/// Lines end with CR and LF, and events have numbers from 1.
struct CodeAPITurn: TurnProjection {
    /// Claude's id of the conversation, until the turn names it itself.
    let conversation: String?
    /// Whether text comes in pieces, as it is written; else in whole blocks, as the original has it.
    let isInPieces: Bool
    private var number = 0
    private var reply = TurnReply()
    private var flow = AnswerFlow()
    /// The text block that is written, until it is whole.
    private var block = ""

    init(conversation: String?, isInPieces: Bool = false) {
        self.conversation = conversation
        self.isInPieces = isInPieces
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events {
            self.reply.take(event)
            for step in self.flow.take(event) { self.show(step, to: &frames) }
        }
        if isOver {
            for step in self.flow.finish() { self.show(step, to: &frames) }
            if let failure = CodeAPIReply.failure(self.reply) {
                self.writeError(failure.detail, to: &frames)
            } else {
                self.write("done", CodeAPIReply(self.reply, conversation: self.conversation).json, to: &frames)
            }
        }
        return frames.readableBytes > 0 ? frames : nil
    }

    mutating func heartbeat(head: EventID) -> ByteBuffer? {
        let time = Timestamp.now().replacing("T", with: " ").replacing("Z", with: "+00:00")
        return ByteBuffer(string: ": ping - \(time)\r\n\r\n")
    }

    mutating func gap(head: EventID) -> ByteBuffer? {
        self.flow.gap()
        return nil
    }

    mutating func draining() -> ByteBuffer? {
        var frames = ByteBuffer()
        self.writeError("The server is shutting down", to: &frames)
        return frames
    }

    private mutating func show(_ step: AnswerFlow.Step, to frames: inout ByteBuffer) {
        switch step {
        case .delta(.text, let text) where self.isInPieces: self.write(text: text, to: &frames)
        case .delta(.text, let text): self.block += text
        case .ended(.text, _) where !self.block.isEmpty:
            self.write(text: self.block, to: &frames)
            self.block = ""
        case .tool(let tool):
            var object = JSONMembers()
            object.putNull("content")
            object.put("tool_name", tool.name)
            self.write("tool", object.bytes, to: &frames)
        case .began, .delta, .ended: break
        }
    }

    private mutating func write(text: String, to frames: inout ByteBuffer) {
        var object = JSONMembers()
        object.put("content", text)
        object.putNull("tool_name")
        self.write("assistant", object.bytes, to: &frames)
    }

    private mutating func writeError(_ detail: String, to frames: inout ByteBuffer) {
        var object = JSONMembers()
        object.put("error", detail)
        self.write("error", object.bytes, to: &frames)
    }

    private mutating func write(_ name: StaticString, _ data: ByteBuffer, to frames: inout ByteBuffer) {
        self.number += 1
        frames.writeString("id: \(self.number)\r\nevent: \(name)\r\ndata: ")
        frames.writeImmutableBuffer(data)
        frames.writeString("\r\n\r\n")
    }
}
