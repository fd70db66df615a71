/// What the messages of one request say about the turn they belong to.
struct Conversation {
    /// The user text that the model is answering; empty when there is none.
    var prompt = ""
    /// Assistant messages since `prompt`.
    var step = 0
    /// The user's prompts before `prompt`, oldest first.
    var earlierPrompts: [String] = []

    /// Finds the prompt: the last text with a directive in it, unless somebody said something plain after it.
    ///
    /// A turn is several requests when tools are called, and the CLI puts texts of its own among them. Reminders never
    /// count, and neither do messages of the role `system`, of which the CLI puts one behind the first prompt. Its other
    /// texts, and whatever stands beside a tool result, count only if they hold a directive.
    init(_ messages: [MessagesRequest.Message]) {
        var found: Int?
        var plain: (text: String, step: Int, index: Int)?
        var replies = 0
        search: for (index, message) in messages.enumerated().reversed() {
            if message.role == "assistant" {
                if plain != nil { break }
                replies += 1
                continue
            }
            guard message.role == "user" else { continue }
            for text in message.content.texts.reversed() where !Self.isReminder(text) {
                if Directive.isAnywhere(in: text) {
                    (self.prompt, self.step, found) = (text, replies, index)
                    break search
                }
                if plain == nil, !message.content.hasToolResult, !Self.isFromCLI(text) {
                    plain = (text, replies, index)
                }
            }
        }
        if found == nil {
            if let plain {
                (self.prompt, self.step, found) = (plain.text, plain.step, plain.index)
            } else {
                self.step = replies
            }
        }
        for message in messages[..<(found ?? messages.endIndex)] where message.role == "user" {
            for text in message.content.texts where !Self.isReminder(text) {
                let isPrompt = !message.content.hasToolResult && !Self.isFromCLI(text)
                if isPrompt || Directive.isAnywhere(in: text) { self.earlierPrompts.append(text) }
            }
        }
    }

    /// Whether nothing in `text` was meant for anybody to answer.
    private static func isReminder(_ text: String) -> Bool {
        let start = text.drop(while: \.isWhitespace)
        return start.isEmpty || ["<system-reminder>", "<local-command", "<command-"].contains { start.hasPrefix($0) }
    }

    /// Whether the CLI (2.1.329) wrote `text` itself to tell the model how to go on.
    private static func isFromCLI(_ text: String) -> Bool {
        [
            "[Request interrupted by user", "[Your previous response had no visible output", "Output token limit hit.",
            "Stop hook feedback:", "Your response above was stopped", "<task-notification>",
        ].contains { text.hasPrefix($0) }
    }
}
