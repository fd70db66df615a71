package import NIOCore

/// What one `stream_event` line adds to the picture of a message that is being written.
package struct StreamDelta: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// A message begins.
        case messageStarted
        /// A block begins; `type` is `text`, `thinking`, `tool_use`, …, and `toolName` that of a tool call.
        case blockStarted(index: Int, type: String, toolName: String?)
        case text(index: Int, String)
        case thinking(index: Int, String)
        /// A piece of a tool's input, as JSON text.
        case inputJSON(index: Int, String)
        case blockStopped(index: Int)
        /// The message ends.
        case messageStopped
        /// Blocks of the message at and above the index will never get an `assistant` line: forget what was drawn.
        case abandoned(fromIndex: Int)
        /// Nothing that shows (signatures, usage, kinds of a later version).
        case other
    }

    /// The API's id of the message, the same as in the `assistant` lines that replace the preview.
    package var messageID: String?
    package var change: Change

    /// Reads a `stream_event` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), let event = object.object("event"), let type = event.string("type") else {
            throw AgentError(.malformedMessage, "not a stream event")
        }
        self.messageID = object.string("api_message_id") ?? event.object("message")?.string("id")
        if let abandoned = object.object("abandoned_blocks") {
            self.messageID = abandoned.string("api_message_id") ?? self.messageID
            self.change = .abandoned(fromIndex: abandoned.int("from_block_index") ?? 0)
            return
        }
        self.change = Self.change(type, event)
    }

    private static func change(_ type: String, _ event: JSONObject) -> Change {
        switch type {
        case "message_start": return .messageStarted
        case "message_stop": return .messageStopped
        default: return event.int("index").map { Self.change(type, block: $0, event) } ?? .other
        }
    }

    private static func change(_ type: String, block index: Int, _ event: JSONObject) -> Change {
        switch type {
        case "content_block_stop": return .blockStopped(index: index)
        case "content_block_start":
            let block = event.object("content_block")
            return .blockStarted(index: index, type: block?.string("type") ?? "", toolName: block?.string("name"))
        case "content_block_delta":
            guard let delta = event.object("delta") else { return .other }
            switch delta.string("type") {
            case "text_delta": return .text(index: index, delta.string("text") ?? "")
            case "thinking_delta": return .thinking(index: index, delta.string("thinking") ?? "")
            case "input_json_delta": return .inputJSON(index: index, delta.string("partial_json") ?? "")
            default: return .other
            }
        default: return .other
        }
    }
}
