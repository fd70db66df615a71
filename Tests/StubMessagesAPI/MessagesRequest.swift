import Foundation

/// The parts of a `POST /v1/messages` body that the stub looks at.
///
/// Shape: <https://docs.anthropic.com/en/api/messages>; everything else in the body is skipped.
struct MessagesRequest: Decodable {
    struct Message: Decodable {
        var role: String
        var content: Content
    }

    /// A string, or a list of blocks of which only the text is kept.
    struct Content: Decodable {
        var texts: [String] = []
        var hasToolResult = false

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self.texts = [text]
                return
            }
            for block in try decoder.singleValueContainer().decode([Block].self) {
                if block.type == "text", let text = block.text { self.texts.append(text) }
                if block.type == "tool_result" { self.hasToolResult = true }
            }
        }
    }

    struct Block: Decodable {
        var type: String
        var text: String?
    }

    /// Stands for a value whose presence is all that counts.
    struct Ignored: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    struct OutputConfig: Decodable {
        var format: Ignored?
    }

    enum CodingKeys: String, CodingKey {
        case model, messages, stream, tools
        case maximumTokens = "max_tokens"
        case outputConfig = "output_config"
    }

    var model: String?
    var messages: [Message]
    var stream: Bool?
    var tools: [Ignored]?
    var maximumTokens: Int?
    var outputConfig: OutputConfig?

    /// Whether this is a title, a probe or the like: no tools, and either an output schema or hardly a token to say it in.
    var isSide: Bool {
        (self.tools ?? []).isEmpty && (self.maximumTokens ?? 2 <= 1 || self.outputConfig?.format != nil)
    }
}
