import Actors
import Agent
import NIOCore

/// What `POST /openai/v1/responses` asks for.
struct ResponseRequest: Sendable {
    /// What a session for it is made of.
    let options: SessionOptions
    let messages: [OpenAIMessage]
    let isStream: Bool
    /// Whether it can be looked at again, and gone on from.
    let isStored: Bool
    let previous: String?
    /// What the object repeats of the request.
    let facts: ResponseFacts

    /// Reads and checks a body.
    ///
    /// - Throws: `Problem` naming the first field that is wrong.
    init(_ body: ByteBuffer) throws(Problem) {
        let fields = try OpenAIFields(body)
        let model = try fields.string("model") ?? "default"
        var options = SessionOptions()
        options.model = try OpenAIModels.model(model)
        options.tags = ["openai"]
        options.effort = try OpenAIFormat.effort(fields.fields("reasoning"), "effort")
        options.outputSchema = try OpenAIFormat.schema(fields.fields("text")?.fields("format"), isNested: false)
        try ChatRequest.refuseTools(fields)
        for key: StaticString in ["conversation", "prompt"] where fields.object.nonNull(key) != nil {
            throw .unsupported("/\(key)", "'\(key)' is not supported here; go on with previous_response_id.")
        }
        let instructions = try fields.string("instructions")
        let messages = try Self.messages(fields)
        self.previous = try fields.string("previous_response_id", maximumBytes: 256)
        options.systemPrompt = try ChatRequest.system(
            [instructions ?? ""] + messages.filter { $0.role == .system }.map(\.text),
            at: "/instructions"
        )
        self.options = options
        self.messages = messages.filter { $0.role != .system }
        self.isStream = try fields.bool("stream") ?? false
        self.isStored = try fields.bool("store") ?? true
        let isBackground = try fields.bool("background") ?? false
        guard self.isStored || !isBackground else {
            throw .unsupported("/background", "background needs store.")
        }
        guard self.isStored || self.previous == nil else {
            throw .unsupported("/store", "A response that goes on from another is stored with it.")
        }
        var facts = ResponseFacts(model: model, createdAt: Timestamp.millisecondsSince1970() / 1000)
        facts.instructions = instructions
        facts.previous = self.previous
        facts.isBackground = isBackground
        facts.isStored = self.isStored
        facts.user = try fields.string("user", maximumBytes: 512)
        facts.metadata = try Self.metadata(fields)
        facts.isInSchema = options.outputSchema != nil
        facts.format = try fields.fields("text")?.fields("format")?.object.bytes
        self.facts = facts
    }

    /// `input`: a text, or messages among other items.
    private static func messages(_ fields: OpenAIFields) throws(Problem) -> [OpenAIMessage] {
        guard let raw = fields.object.nonNull("input") else { throw fields.wrong("input", "is missing") }
        if raw.getInteger(at: raw.readerIndex, as: UInt8.self) == UInt8(ascii: "\"") {
            let text = try fields.string("input") ?? ""
            return [OpenAIMessage(role: .user, parts: text.isEmpty ? [] : [.text(text)])]
        }
        guard let list = try fields.list("input") else { throw fields.wrong("input", "must be a string or an array") }
        var messages: [OpenAIMessage] = []
        for item in list {
            switch try item.string("type") ?? "message" {
            case "message": try messages.append(OpenAIMessage(item))
            case "function_call_output", "custom_tool_call_output":
                try messages.append(
                    OpenAIMessage(role: .tool, parts: OpenAIMessage.parts(item, "output", isRequired: true))
                )
            // What a model thought, called or was told of before is its own affair.
            case "reasoning", "function_call", "custom_tool_call": continue
            case "item_reference":
                throw .unsupported(item.path, "Items are not kept by themselves: go on with previous_response_id.")
            case let type: throw .unsupported("\(item.path)/type", "Input of the type '\(type)' is not supported here.")
            }
        }
        return messages
    }

    /// Up to 16 texts of 512 characters, as OpenAI has it.
    private static func metadata(_ fields: OpenAIFields) throws(Problem) -> [String: String] {
        guard let object = try fields.fields("metadata")?.object else { return [:] }
        var metadata: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = JSONText.string(value), text.unicodeScalars.count <= 512, key.unicodeScalars.count <= 64
            else { throw fields.wrong("metadata", "must be texts of up to 512 characters, by names of up to 64") }
            metadata[key] = text
        }
        guard metadata.count <= 16 else { throw fields.wrong("metadata", "has more than 16 entries") }
        return metadata
    }
}
