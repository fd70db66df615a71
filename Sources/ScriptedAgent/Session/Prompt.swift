/// A user message of the host.
struct Prompt {
    /// Its place in the queue, if it names one.
    enum Priority: String {
        case now
        case next
        case later
    }

    var uuid: String?
    var content: JSON
    var priority: Priority?
    var asksModel: Bool
    /// The slash command that it is, if it is one.
    var command: SlashCommand?

    /// The prompt in a `user` line; nil when its role is not `user`.
    init?(line: JSON) {
        guard line["message"]?["role"]?.text == "user" else { return nil }
        self.uuid = line["uuid"]?.text
        self.content = line["message"]?["content"] ?? ""
        self.priority = line["priority"]?.text.flatMap(Priority.init(rawValue:))
        self.asksModel = line["shouldQuery"]?.flag ?? true
        guard line["client_composed"]?.flag != true, self.asksModel else { return }
        self.command = SlashCommand(text: Self.text(of: self.content))
    }

    /// Whether it can share a turn with others.
    var isShareable: Bool { self.priority == nil && self.asksModel && self.command == nil }

    /// The words of the prompt.
    var text: String { Self.text(of: self.content) }

    /// The text in a message's content: the string itself, or its text blocks.
    static func text(of content: JSON) -> String {
        if let text = content.text { return text }
        let blocks = content.elements.compactMap { block -> String? in
            switch block["type"]?.text {
            case "text": block["text"]?.text
            case "tool_result": block["content"]?.text
            default: nil
            }
        }
        return blocks.joined(separator: "\n")
    }
}
