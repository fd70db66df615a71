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
            line.nonNull("parent_tool_use_id") == nil, let event = line.object("event")
        else { return }
        if let id = line.string("api_message_id") { self.messageID = id }
        switch event.string("type") {
        case "message_start":
            self.blocks = []
            self.bytes = 0
        case "content_block_start":
            guard let index = event.int("index"), self.bytes < Self.maximumBytes else { return }
            let type = event.object("content_block")?.string("type") ?? "text"
            self.blocks.append(Block(index: index, type: type, text: ""))
            self.bytes += Self.blockBytes + type.utf8.count
        case "content_block_delta":
            guard let index = event.int("index"), let delta = event.object("delta"),
                let place = self.blocks.lastIndex(where: { $0.index == index }), self.bytes < Self.maximumBytes
            else { return }
            let text = delta.string("text") ?? delta.string("thinking") ?? delta.string("partial_json") ?? ""
            self.blocks[place].text += text
            self.bytes += text.utf8.count
        case "message_stop":
            if let abandoned = line.object("abandoned_blocks") {
                let first = abandoned.int("from_block_index") ?? 0
                self.blocks.removeAll { $0.index >= first }
            }
        default:
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
