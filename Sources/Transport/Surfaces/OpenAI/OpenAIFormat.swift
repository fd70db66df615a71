import Actors
import Agent
import NIOCore

/// The shape that an answer is to have: `response_format` of chats, `text.format` of responses.
enum OpenAIFormat {
    /// A flag of the CLI carries it.
    private static let maximumBytes = 64 << 10

    /// The JSON schema that the answer must have.
    ///
    /// - Parameters:
    ///   - format: the object with its `type`.
    ///   - isNested: whether the schema stands in `json_schema` within, as in chats.
    /// - Returns: `nil` for text.
    /// - Throws: `Problem` for another type, or without a schema.
    static func schema(_ format: OpenAIFields?, isNested: Bool) throws(Problem) -> String? {
        guard let format, let type = try format.string("type") else { return nil }
        switch type {
        case "text": return nil
        case "json_object": return #"{"type":"object","additionalProperties":true}"#
        case "json_schema":
            let holder = isNested ? try format.fields("json_schema") : format
            guard let holder, let schema = try holder.fields("schema") else {
                throw format.wrong(isNested ? "json_schema" : "schema", "has no schema")
            }
            let bytes = schema.object.bytes
            guard bytes.readableBytes <= Self.maximumBytes else {
                throw .wrong(schema.path, "is longer than \(Self.maximumBytes) bytes")
            }
            guard !String(buffer: bytes).utf8.contains(0) else { throw .wrong(schema.path, "has a character U+0000") }
            return String(buffer: JSONText.singleLine(bytes))
        default:
            throw .unsupported("\(format.path)/type", "Answers of the type '\(type)' are not supported here.")
        }
    }

    /// What OpenAI calls the effort, as the CLI does.
    ///
    /// - Throws: `Problem` for a word that neither knows.
    static func effort(_ fields: OpenAIFields?, _ key: StaticString) throws(Problem) -> String? {
        guard let fields, let effort = try fields.string(key) else { return nil }
        switch effort {
        case "none", "minimal", "low": return "low"
        case "medium", "high", "xhigh", "max": return effort
        default: throw fields.wrong(key, "must be one of none, minimal, low, medium, high, xhigh, max")
        }
    }
}

extension SessionOptions {
    /// A JSON schema that answers have to fit.
    var outputSchema: String? {
        get { self.variation?.outputSchema }
        set {
            guard newValue != self.outputSchema else { return }
            var variation = self.variation ?? SessionVariation()
            variation.outputSchema = newValue
            self.variation = variation
        }
    }
}
