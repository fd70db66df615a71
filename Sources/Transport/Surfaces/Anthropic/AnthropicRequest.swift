import Actors
import Agent
import NIOCore

/// What `POST …/messages` asks for.
///
/// Unknown fields, and those that an agent has no use for (`temperature`, `top_p`, `top_k`), are passed over.
struct AnthropicRequest {
    /// The CLI takes it as one argument, which Linux holds to 128 KiB.
    private static let maximumSystemBytes = 100_000

    /// As the client wrote it: what the answer says too.
    let model: String
    /// Checked JSON for the agent: the whole conversation as one prompt.
    let content: ByteBuffer
    let options: SessionOptions
    let stopSequences: [String]
    let isStream: Bool
    /// Whether thinking was asked for: an answer that was not asked for it begins with text.
    let showsThinking: Bool

    /// - Parameter body: the request's.
    /// - Throws: `Problem` with every field that is wrong.
    init(_ body: ByteBuffer) throws(Problem) {
        var fields = try RequestFields(body)
        let object = JSONObject(body)
        let model = fields.string("model", maximumLength: 256)
        if model == nil || model == "", fields.errors.isEmpty {
            let _: Void? = fields.wrong("model", "Field required")
        }
        Self.checkMaximum(object, &fields)
        try Self.refuseTools(object)
        let conversation = AnthropicConversation(object?.nonNull("messages"), system: object?.nonNull("system"))
        let system = conversation.system
        if let system, system.utf8.count > Self.maximumSystemBytes {
            let _: Void? = fields.wrong("system", "is longer than \(Self.maximumSystemBytes) bytes")
        }
        if system?.utf8.contains(0) == true {
            let _: Void? = fields.wrong("system", "has a character U+0000")
        }
        self.stopSequences = fields.strings("stop_sequences")
        self.isStream = fields.bool("stream") ?? false
        var options = SessionOptions()
        options.model = try AnthropicModels.name(of: model ?? "")
        options.systemPrompt = system.flatMap { $0.isEmpty ? nil : $0 }
        let thinking = object?.object("thinking")
        options.maximumThinkingTokens = Self.thinkingTokens(thinking)
        options.effort = object?.object("output_config")?.string("effort")
            .flatMap { ["low", "medium", "high", "xhigh", "max"].contains($0) ? $0 : nil }
        self.showsThinking = thinking.map { $0.string("type") != "disabled" } ?? false
        self.options = options
        let content = conversation.content()
        var errors = fields.errors
        if case .failure(let found) = content { errors += found.errors }
        guard errors.isEmpty else {
            throw Problem(.invalidRequest, "The request has fields that are wrong.", errors: errors)
        }
        self.model = model ?? ""
        self.content = try content.get()
    }

    private static func checkMaximum(_ object: JSONObject?, _ fields: inout RequestFields) {
        guard let raw = object?.nonNull("max_tokens") else { return fields.wrong("max_tokens", "Field required") ?? () }
        guard let number = Int(String(buffer: raw)) else {
            return fields.wrong("max_tokens", "Input should be a valid integer") ?? ()
        }
        if number < 1 { let _: Void? = fields.wrong("max_tokens", "must be greater than 0") }
    }

    /// The agent has tools of its own, and nobody to call the client's.
    private static func refuseTools(_ object: JSONObject?) throws(Problem) {
        guard let tools = object?.array("tools"), let first = tools.first else { return }
        let tool = JSONObject(first)
        let name = tool?.string("name") ?? tool?.string("type") ?? ""
        throw Problem(
            .badRequest,
            "tools: the agent behind this server has tools of its own and cannot call \"\(name.prefix(64))\" of the "
                + "client; send no tools."
        )
    }

    private static func thinkingTokens(_ thinking: JSONObject?) -> Int? {
        switch thinking?.string("type") {
        case "disabled": 0
        case "enabled": thinking?.int("budget_tokens").map { min(max($0, 0), 1_000_000) }
        default: nil
        }
    }
}
