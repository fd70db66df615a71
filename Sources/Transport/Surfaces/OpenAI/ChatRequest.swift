import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// What `POST /openai/v1/chat/completions` asks for.
struct ChatRequest: Sendable {
    /// Answers to one request; each is an agent of its own.
    static let maximumCount = 4
    /// A flag of the CLI carries it.
    static let maximumSystemBytes = 64 << 10
    private static let sessionHeader = HTTPField.Name("X-Session-Id")

    /// As the client names it; the answer repeats it.
    let model: String
    /// What a session for it is made of.
    let options: SessionOptions
    /// The conversation, without what the system says.
    let messages: [OpenAIMessage]
    let isStream: Bool
    let includesUsage: Bool
    let stops: [String]
    /// How many answers.
    let count: Int
    /// What holds the conversation on one session; `nil` for one that is made for this request.
    let affinity: String?

    /// Reads and checks a body.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - headers: where `X-Session-Id` may be.
    /// - Throws: `Problem` naming the first field that is wrong.
    init(_ body: ByteBuffer, headers: HTTPFields) throws(Problem) {
        let fields = try OpenAIFields(body)
        guard let model = try fields.string("model") else { throw fields.wrong("model", "is missing") }
        self.model = model
        var options = SessionOptions()
        options.model = try OpenAIModels.model(model)
        options.tags = ["openai"]
        options.effort = try OpenAIFormat.effort(fields, "reasoning_effort")
        options.outputSchema = try OpenAIFormat.schema(fields.fields("response_format"), isNested: true)
        guard let list = try fields.list("messages"), !list.isEmpty else {
            throw fields.wrong("messages", "must have at least one message")
        }
        var messages: [OpenAIMessage] = []
        for message in list { try messages.append(OpenAIMessage(message)) }
        options.systemPrompt = try Self.system(messages.filter { $0.role == .system }.map(\.text), at: "/messages")
        self.messages = messages.filter { $0.role != .system }
        self.options = options
        try Self.refuseTools(fields)
        self.isStream = try fields.bool("stream") ?? false
        self.includesUsage = try fields.fields("stream_options")?.bool("include_usage") ?? false
        self.stops = try Self.stops(fields)
        let count = try fields.integer("n", in: 1...128) ?? 1
        guard count <= Self.maximumCount, count == 1 || !self.isStream else {
            let detail = "n may be up to \(Self.maximumCount), and 1 in a stream."
            throw .unsupported("/n", detail)
        }
        self.count = count
        let user = try fields.string("user", maximumBytes: 512)
        let header = Self.sessionHeader.flatMap { headers[$0] }.flatMap { $0.utf8.count <= 512 ? $0 : nil }
        self.affinity = count == 1 ? [header, user].compactMap(\.self).first { !$0.isEmpty } : nil
    }

    /// What the system says, all of it.
    ///
    /// - Throws: `Problem` when it is longer than a flag can be.
    static func system(_ texts: [String], at parameter: String) throws(Problem) -> String? {
        let text = texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        guard text.utf8.count <= Self.maximumSystemBytes else {
            throw .wrong(parameter, "has more than \(Self.maximumSystemBytes) bytes of the system's")
        }
        return text.isEmpty ? nil : text
    }

    /// The agent has tools of its own; a client's it cannot call.
    static func refuseTools(_ fields: OpenAIFields) throws(Problem) {
        let detail = "The agent uses tools of its own; tools of clients are not supported."
        for key: StaticString in ["tools", "functions"] where fields.isFilled(key) {
            throw .unsupported("/\(key)", detail)
        }
        for key: StaticString in ["tool_choice", "function_call"] {
            guard let raw = fields.object.nonNull(key) else { continue }
            guard let choice = JSONText.string(raw), choice != "required" else { throw .unsupported("/\(key)", detail) }
        }
    }

    /// A text or several, none of them empty.
    private static func stops(_ fields: OpenAIFields) throws(Problem) -> [String] {
        guard let raw = fields.object.nonNull("stop") else { return [] }
        let stops = JSONText.string(raw).map { [$0] } ?? fields.object.strings("stop")
        guard let stops, stops.count == JSONObject.elements(raw)?.count ?? 1 else {
            throw fields.wrong("stop", "must be a string or an array of strings")
        }
        guard stops.count <= 16, stops.allSatisfy({ $0.utf8.count <= 1024 }) else {
            throw fields.wrong("stop", "may have 16 texts of 1024 bytes")
        }
        return stops.filter { !$0.isEmpty }
    }
}
