import Agent
package import NIOCore
package import Storage

/// The message the model is writing, put together from its previews: what a client that attaches now has missed.
///
/// Follows PROTOCOL §6.4: blocks begin, grow and may be withdrawn (`abandoned_blocks`).
package struct PartialMessage: Sendable, Equatable {
    /// One content block so far.
    package struct Block: Sendable, Equatable {
        package let index: Int
        /// `text`, `thinking` or `tool_use`.
        package let type: String
        /// The text, the thinking, or the tool's input as far as it has come.
        package var text: String
    }

    /// Past this many bytes no more is kept; the whole message still comes.
    private static let maximumBytes = 4 << 20
    /// What an empty block counts for.
    private static let blockBytes = 64

    /// The API's id of the message; `nil` when nothing is being written.
    package private(set) var messageID: String?
    package private(set) var blocks: [Block] = []
    private var bytes = 0

    package init() {}

    /// Takes in one preview; what is not a `stream_event` of the main conversation is passed over.
    package mutating func apply(_ preview: Event) {
        guard preview.type == "agent.stream_event", let line = JSONObject(preview.envelope)?.object("data"),
            line.nonNull("parent_tool_use_id") == nil, let delta = try? StreamDelta(line.bytes)
        else { return }
        self.messageID = delta.messageID ?? self.messageID
        switch delta.change {
        case .messageStarted:
            self.blocks = []
            self.bytes = 0
        case .blockStarted(let index, let type, _):
            guard self.bytes < Self.maximumBytes else { return }
            self.blocks.append(Block(index: index, type: type, text: ""))
            self.bytes += Self.blockBytes + type.utf8.count
        case .text(let index, let text), .thinking(let index, let text), .inputJSON(let index, let text):
            guard let place = self.blocks.lastIndex(where: { $0.index == index }), self.bytes < Self.maximumBytes
            else { return }
            self.blocks[place].text += text
            self.bytes += text.utf8.count
        case .abandoned(let first):
            self.blocks.removeAll { $0.index >= first }
        case .blockStopped, .messageStopped, .other:
            break
        }
    }

    /// As JSON for `stream.snapshot`: `null`, or `{"message_id":…,"blocks":[{"index","type","text"}]}`.
    package func write(to buffer: inout ByteBuffer) {
        guard let messageID, !self.blocks.isEmpty else {
            buffer.writeString("null")
            return
        }
        buffer.writeString("{\"message_id\":")
        JSONText.append(messageID, to: &buffer)
        buffer.writeString(",\"blocks\":[")
        for (place, block) in self.blocks.enumerated() {
            buffer.writeString("\(place == 0 ? "" : ","){\"index\":\(block.index),\"type\":")
            JSONText.append(block.type, to: &buffer)
            buffer.writeString(",\"text\":")
            JSONText.append(block.text, to: &buffer)
            buffer.writeString("}")
        }
        buffer.writeString("]}")
    }
}
