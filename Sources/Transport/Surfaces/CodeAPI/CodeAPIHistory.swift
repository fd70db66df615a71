import Actors
import Agent
import NIOCore

/// What was said in a session, as claude-code-api keeps it: a row for each prompt and one for each answer.
///
/// Made of the session's durable events; no I/O.
struct CodeAPIHistory {
    struct Row {
        let role: StaticString
        let content: String
        /// JSON; `nil` where none was used.
        let tools: [ByteBuffer]?
        let cost: Double
        let durationMS: Int
        let createdAt: String
        /// The event that it is of.
        let id: String

        var json: ByteBuffer {
            var object = JSONMembers()
            object.put("role", "\(self.role)")
            object.put("content", self.content)
            object.put("tools_used", orNull: self.tools.map(JSONMembers.array))
            object.put("cost", self.cost)
            object.put("duration_ms", self.durationMS)
            object.put("created_at", self.createdAt)
            return object.bytes
        }
    }

    /// What is known of the open turn.
    private struct Turn {
        var texts: [String] = []
        var tools: [(name: String, input: ByteBuffer)] = []
    }

    /// The events that stand for a row are read for this many rows at once; a turn has some, and some have many.
    private static let eventsPerRow = 10
    private static let maximumEvents = 4000

    private(set) var rows: [Row] = []
    private var turns: [String: Turn] = [:]

    /// The newest rows of a session, oldest first.
    ///
    /// - Parameters:
    ///   - session: whose.
    ///   - limit: rows at most.
    /// - Returns: the rows.
    /// - Throws: `SessionError` when they cannot be read.
    static func of(_ session: Session, limit: Int) async throws(SessionError) -> [Row] {
        var count = min(max(limit * Self.eventsPerRow, 200), Self.maximumEvents)
        while true {
            let events = try await session.history(count, after: nil)
            var history = CodeAPIHistory()
            for event in events { history.take(event) }
            let isAll = events.count < count || count == Self.maximumEvents
            if isAll || history.rows.count > limit { return history.rows.suffix(limit) }
            count = Self.maximumEvents
        }
    }

    /// Learns from an event, in its envelope.
    mutating func take(_ envelope: ByteBuffer) {
        guard let event = JSONObject(envelope), let data = event.object("data"), let id = event.string("id") else {
            return
        }
        let turn = event.string("turn") ?? ""
        let at = event.string("at") ?? ""
        switch event.string("type") {
        case "message.accepted":
            self.rows.append(
                Row(
                    role: "user",
                    content: data.raw("content").map(Self.text) ?? "",
                    tools: nil,
                    cost: 0,
                    durationMS: 0,
                    createdAt: data.string("created_at") ?? at,
                    id: id
                )
            )
        case "agent.assistant":
            guard data.nonNull("parent_tool_use_id") == nil else { return }
            for block in (data.object("message")?.array("content") ?? []).compactMap({ JSONObject($0) }) {
                switch block.string("type") {
                case "text": self.turns[turn, default: Turn()].texts.append(block.string("text") ?? "")
                case "tool_use":
                    let tool = (block.string("name") ?? "", block.raw("input") ?? ByteBuffer(string: "{}"))
                    self.turns[turn, default: Turn()].tools.append(tool)
                default: break
                }
            }
        case "turn.ended":
            self.close(self.turns.removeValue(forKey: turn) ?? Turn(), data, at: at, id: id)
        default: break
        }
    }

    private mutating func close(_ turn: Turn, _ data: JSONObject, at: String, id: String) {
        let said = data.string("result") ?? ""
        let answer = said.isEmpty ? turn.texts.joined() : said
        let content = CodeAPIReply.content(answer, tools: turn.tools.map(\.name))
        guard !content.isEmpty else { return }
        self.rows.append(
            Row(
                role: "assistant",
                content: content,
                tools: turn.tools.isEmpty ? nil : turn.tools.map { CodeAPIReply.tool($0.name, $0.input) },
                cost: data.double("cost_usd") ?? 0,
                durationMS: data.int("duration_ms") ?? 0,
                createdAt: at,
                id: id
            )
        )
    }

    /// The text of a prompt: of one with blocks, that of its text blocks.
    static func text(_ content: ByteBuffer) -> String {
        if let text = JSONText.string(content) { return text }
        let blocks = (JSONObject.elements(content) ?? []).compactMap { JSONObject($0) }
        return blocks.compactMap { $0.string("type") == "text" ? $0.string("text") : nil }.joined(separator: "\n")
    }
}
