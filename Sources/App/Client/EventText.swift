import Agent
import NIOCore
import Transport

/// Decides what people read of a session's events: the words as they are written, and a line for what else happens.
struct EventText {
    /// What is written where.
    enum Piece: Equatable {
        /// Part of the answer, as it is.
        case words(String)
        /// A line of its own.
        case note(String)
    }

    /// Whether what people said and what tools did is told too, as somebody who looks on wants it.
    let isFull: Bool
    /// What previews of the present message have shown.
    private var drawn = ""
    /// Whether the last words did not end their line.
    private var isMidLine = false

    init(isFull: Bool) { self.isFull = isFull }

    /// What one event adds.
    mutating func pieces(of event: ServerEvent) -> [Piece] {
        guard let data = event.data else { return [] }
        let isMain = data.nonNull("parent_tool_use_id") == nil
        switch event.type {
        case "stream.hello":
            // What was drawn since the last whole message comes again.
            self.drawn = ""
            return self.endOfLine()
        case "stream.snapshot": return self.snapshot(data)
        case "agent.stream_event": return isMain ? self.preview(data) : []
        case "agent.assistant": return isMain ? self.message(data) : []
        case "message.accepted":
            guard self.isFull, let content = data.nonNull("content") else { return [] }
            return self.note("> \(Screen.brief(Self.words(of: content)))")
        case "viewer.joined", "viewer.left":
            return self.isFull ? self.note("\(data.int("viewers") ?? 0) watch") : []
        default: return Self.note(of: event.type, data).map { self.note($0) } ?? []
        }
    }

    /// The end of a line that was begun.
    mutating func endOfLine() -> [Piece] {
        defer { self.isMidLine = false }
        return self.isMidLine ? [.words("\n")] : []
    }

    // MARK: Words

    /// Where the session stands, and the message that is being written.
    private mutating func snapshot(_ data: JSONObject) -> [Piece] {
        var pieces = data.object("session").flatMap { Self.state($0) }.map { self.note($0) } ?? []
        for approval in (data.array("approvals") ?? []).compactMap({ JSONObject($0) }) {
            pieces += Self.note(of: "approval.requested", approval).map { self.note($0) } ?? []
        }
        for block in (data.object("partial")?.array("blocks") ?? []).compactMap({ JSONObject($0) })
        where block.string("type") == "text" {
            let text = block.string("text") ?? ""
            self.drawn += text
            pieces += self.words(text)
        }
        return pieces
    }

    private mutating func preview(_ data: JSONObject) -> [Piece] {
        let event = data.object("event")
        switch event?.string("type") {
        case "message_start":
            self.drawn = ""
            return self.endOfLine()
        case "content_block_delta":
            guard let text = event?.object("delta")?.string("text"), !text.isEmpty else { return [] }
            self.drawn += text
            return self.words(text)
        default: return []
        }
    }

    private mutating func message(_ data: JSONObject) -> [Piece] {
        var pieces: [Piece] = []
        for block in (data.object("message")?.array("content") ?? []).compactMap({ JSONObject($0) }) {
            switch block.string("type") {
            case "text":
                let text = block.string("text") ?? ""
                if text.utf8.starts(with: self.drawn.utf8) {
                    pieces += self.words(String(decoding: text.utf8.dropFirst(self.drawn.utf8.count), as: UTF8.self))
                } else if !self.drawn.hasSuffix(text) {
                    // What was drawn was something else, or not all of it.
                    pieces += self.endOfLine() + self.words(text)
                }
                self.drawn = ""
                pieces += self.endOfLine()
            case "tool_use":
                let input = block.raw("input").map { String(buffer: $0) } ?? ""
                pieces += self.note("* \(block.string("name") ?? "tool") \(Screen.brief(input))")
            default: break
            }
        }
        return pieces
    }

    private mutating func words(_ text: String) -> [Piece] {
        let text = Screen.plain(text)
        guard !text.isEmpty else { return [] }
        self.isMidLine = !text.hasSuffix("\n")
        return [.words(text)]
    }

    private mutating func note(_ text: String) -> [Piece] { self.endOfLine() + [.note(text)] }

    private static func words(of content: ByteBuffer) -> String {
        if let text = JSONText.string(content) { return text }
        let blocks = (JSONObject.elements(content) ?? []).compactMap { JSONObject($0) }
        return blocks.map { $0.string("text") ?? "(\($0.string("type") ?? "something"))" }.joined(separator: " ")
    }

    // MARK: Notes

    private static func note(of type: String, _ data: JSONObject) -> String? {
        switch type {
        case "session.state": return Self.state(data)
        case "turn.ended":
            guard let outcome = data.string("outcome"), outcome != "completed" else { return nil }
            return "turn \(outcome)\(data.string("result").map { ": \(Screen.brief($0))" } ?? "")"
        case "approval.requested":
            guard let id = data.string("id") else { return nil }
            let input = data.raw("input").map { Screen.brief(String(buffer: $0)) } ?? ""
            return "? \(data.string("tool") ?? "") \(input)  (troupe approve \(id), or --deny)"
        case "approval.resolved":
            return "\(data.string("tool") ?? ""): \(data.string("decision") ?? "") by \(data.string("by") ?? "nobody")"
        case "approval.expired": return "\(data.string("tool") ?? ""): denied, as nobody answered"
        case "auth.failed": return data.string("message")
        case "limit.hit": return "limit: \(data.string("status") ?? "") \(data.string("resets_at") ?? "")"
        case "budget.reached": return "the budget is used up"
        case "process.stalled": return "the agent is silent"
        case "message.returned": return "message \(data.string("message_id") ?? "") was handed back"
        case "session.expiring": return "the session ends at \(data.string("expires_at") ?? "") unless it is used"
        case "session.ended": return "the session has ended (\(data.string("reason") ?? ""))"
        case "stream.gap": return "some of what happened is no longer kept"
        default: return nil
        }
    }

    private static func state(_ data: JSONObject) -> String? {
        guard let state = data.string("state") else { return nil }
        let waiting = data.string("waiting_on").map { ", waits for \($0)" } ?? ""
        return "(\(state)\(waiting))"
    }
}
