import Actors
import Agent
import NIOCore
import Storage

/// Writes a session's events as a text for people: what was asked, what was answered, which tools ran and what they said.
///
/// Takes durable events in their order; sub-agents' words are left out, since their result is in the conversation.
struct MarkdownTranscript {
    /// Of what a tool got or said, in characters; the JSON Lines have it whole.
    private static let maximumToolText = 4000

    /// Messages that were taken and have not reached the agent, by their ids.
    private var waiting: [String: String] = [:]

    /// The heading.
    static func title(_ summary: SessionSummary) -> String {
        let model = summary.model.map { ", \($0)" } ?? ""
        return "# \(Self.line(summary.name ?? summary.id))\n\n*\(summary.id), since \(summary.createdAt)\(model)*\n\n"
    }

    /// What an event adds; nothing for most.
    mutating func text(of event: StoredEvent) -> String {
        guard let data = JSONObject(event.envelope)?.object("data") else { return "" }
        switch event.type {
        case "message.accepted", "message.queued":
            if let id = data.string("message_id"), let content = data.nonNull("content") {
                self.waiting[id] = Self.content(content)
            }
            return ""
        case "message.delivered":
            let text = data.string("message_id").flatMap { self.waiting.removeValue(forKey: $0) }
            return text.map { "## Person\n\n\($0)\n\n" } ?? ""
        case "message.cancelled", "message.returned":
            if let id = data.string("message_id") { self.waiting[id] = nil }
            return ""
        case "agent.assistant":
            return data.nonNull("parent_tool_use_id") == nil ? Self.answer(data) : ""
        case "agent.user":
            return data.nonNull("parent_tool_use_id") == nil ? Self.results(data) : ""
        case "approval.resolved":
            let tool = Self.line(data.string("tool") ?? "")
            let by = data.string("by").map { " by \(Self.line($0))" } ?? ""
            return "*\(tool): \(data.string("decision") ?? "")\(by)*\n\n"
        case "turn.ended":
            guard let outcome = data.string("outcome"), outcome != "completed" else { return "" }
            let reason = data.string("result").map { ": \(Self.line($0))" } ?? ""
            return "*The turn was \(outcome)\(reason)*\n\n"
        default: return ""
        }
    }

    // MARK: Steps

    /// What a person said: a text, or blocks.
    private static func content(_ content: ByteBuffer) -> String {
        if let text = JSONText.string(content) { return text }
        let parts = (JSONObject.elements(content) ?? []).compactMap { JSONObject($0) }.map { block in
            block.string("text") ?? "*(\(block.string("type") ?? "something"))*"
        }
        return parts.joined(separator: "\n\n")
    }

    private static func answer(_ data: JSONObject) -> String {
        (data.object("message")?.array("content") ?? []).compactMap { JSONObject($0) }.map { block in
            switch block.string("type") {
            case "text": "## Agent\n\n\(block.string("text") ?? "")\n\n"
            case "tool_use":
                "**\(Self.line(block.string("name") ?? "tool"))**\n\n"
                    + Self.fenced(block.raw("input").map { String(buffer: $0) } ?? "", language: "json")
            default: ""
            }
        }.joined()
    }

    private static func results(_ data: JSONObject) -> String {
        (data.object("message")?.array("content") ?? []).compactMap { JSONObject($0) }.map { block in
            guard block.string("type") == "tool_result", let content = block.nonNull("content") else { return "" }
            return Self.fenced(Self.content(content), language: "")
        }.joined()
    }

    /// A block of code that nothing in the text can end.
    private static func fenced(_ text: String, language: String) -> String {
        let cut = text.prefix(Self.maximumToolText)
        let left = text.count - cut.count
        var longest = 0
        var run = 0
        for character in cut.utf8 {
            run = character == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return "\(fence)\(language)\n\(cut)\n\(fence)\n\n" + (left > 0 ? "*(\(left) more characters)*\n\n" : "")
    }

    /// On one line, without what Markdown would take for its own.
    private static func line(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 }).replacing("*", with: "\\*").replacing("_", with: "\\_")
    }
}
