import Agent
import NIOCore
import Storage

/// What a response was asked, as the log has it: one message of the user, with all that was folded into it.
struct ResponseInput {
    /// The message's content, once its event was seen.
    private var content: ByteBuffer?

    mutating func take(_ event: Event) {
        guard event.type == "message.accepted" else { return }
        self.content = JSONObject(event.envelope)?.object("data")?.nonNull("content")
    }

    /// `GET …/input_items`.
    ///
    /// - Parameter id: whose input it is.
    /// - Returns: `nil` when the message was not found.
    func list(of id: ResponseID) -> DocumentNode? {
        guard let content else { return nil }
        let item = DocumentNode.of([
            "id": .string("msg_\(id.key)_in"), "type": .string("message"), "status": .string("completed"),
            "role": .string("user"), "content": .array(Self.parts(content)),
        ])
        return .of([
            "object": .string("list"), "data": .array([item]), "first_id": item["id"] ?? .null,
            "last_id": item["id"] ?? .null, "has_more": .bool(false),
        ])
    }

    private static func parts(_ content: ByteBuffer) -> [DocumentNode] {
        if let text = JSONText.string(content) { return [Self.text(text)] }
        return (JSONObject.elements(content) ?? []).compactMap { JSONObject($0) }.map { block in
            guard block.string("type") != "text" else { return Self.text(block.string("text") ?? "") }
            let source = block.object("source")
            let url = "data:\(source?.string("media_type") ?? "");base64,\(source?.string("data") ?? "")"
            guard block.string("type") == "document" else {
                return .of(["type": .string("input_image"), "detail": .string("auto"), "image_url": .string(url)])
            }
            return .of([
                "type": .string("input_file"), "file_data": .string(url),
                "filename": block.string("title").map { .string($0) } ?? .null,
            ])
        }
    }

    private static func text(_ text: String) -> DocumentNode {
        .of(["type": .string("input_text"), "text": .string(text)])
    }
}
