import Agent
import NIOCore
import Storage

/// What is new in an answer while it is written: previews, and the whole messages that follow them, made one.
///
/// Nothing comes twice: of a whole message only what its previews have not shown. Sub-agents' words are left out, and so
/// are the CLI's own about an error of the API. What was shown of a block that the CLI gave up cannot be taken back; it
/// ends there, unless the next one begins with the same words.
struct AnswerFlow: Sendable {
    enum Kind: Sendable, Equatable {
        case text, thinking
    }

    /// One piece of news; blocks come one after the other.
    enum Step: Sendable, Equatable {
        case began(Kind)
        case delta(Kind, String)
        /// The signature is that of a thinking block, where it is known.
        case ended(Kind, signature: String?)
        /// A call of one of the agent's tools, whole.
        case tool(TurnReply.ToolUse)
    }

    /// A block of the message that is written, as its previews have it.
    private struct Block {
        let index: Int
        /// `nil` for a kind that is not shown.
        let kind: Kind?
        /// What of it was shown.
        var shown = ""
        /// Its whole has come.
        var isWhole = false
    }

    /// The API's id of the message that is written.
    private var message: String?
    private var blocks: [Block] = []
    /// The block that has begun and not ended.
    private var open: (kind: Kind, shown: String)?
    /// Its index in the message; `nil` once the CLI has given it up.
    private var openIndex: Int?
    /// Previews were missed, so that those of this message may have holes.
    private var hasHole = false

    /// What one of the prompt's events adds.
    mutating func take(_ event: Event) -> [Step] {
        switch event.type {
        case "agent.stream_event":
            guard let data = Self.ownData(of: event), let delta = try? StreamDelta(data.bytes) else { return [] }
            return self.take(delta)
        case "agent.assistant":
            guard let data = Self.ownData(of: event), !TurnReply.isAPIError(data) else { return [] }
            let message = data.object("message")
            let id = message?.string("id")
            return (message?.array("content") ?? []).compactMap { JSONObject($0) }.flatMap {
                self.take(whole: $0, of: id)
            }
        default: return []
        }
    }

    /// Events were missed.
    mutating func gap() {
        self.hasHole = true
    }

    /// Nothing more comes.
    mutating func finish() -> [Step] {
        self.end(signature: nil)
    }

    // MARK: Previews

    private mutating func take(_ delta: StreamDelta) -> [Step] {
        if case .abandoned(let first) = delta.change {
            if let openIndex, openIndex >= first { self.openIndex = nil }
            self.blocks.removeAll { $0.index >= first }
            return []
        }
        if let id = delta.messageID, id != self.message {
            self.message = id
            self.blocks = []
            self.openIndex = nil
            self.hasHole = false
        }
        switch delta.change {
        case .blockStarted(let index, let type, _):
            self.blocks.append(Block(index: index, kind: Self.kind(type)))
            return []
        case .text(let index, let text): return self.show(text, .text, of: index)
        case .thinking(let index, let text): return self.show(text, .thinking, of: index)
        default: return []
        }
    }

    private mutating func show(_ text: String, _ kind: Kind, of index: Int) -> [Step] {
        guard !self.hasHole, !text.isEmpty,
            let place = self.blocks.lastIndex(where: { $0.index == index && $0.kind == kind && !$0.isWhole })
        else { return [] }
        var steps: [Step] = []
        if self.openIndex != index { steps = self.begin(kind, index) }
        self.blocks[place].shown += text
        self.open?.shown += text
        return steps + [.delta(kind, text)]
    }

    // MARK: Wholes

    private mutating func take(whole block: JSONObject, of message: String?) -> [Step] {
        switch block.string("type") {
        case "text": return self.take(.text, block.string("text") ?? "", signature: nil, of: message)
        case "thinking":
            return self.take(
                .thinking,
                block.string("thinking") ?? "",
                signature: block.string("signature"),
                of: message
            )
        case "tool_use": return self.end(signature: nil) + [.tool(TurnReply.ToolUse(block))]
        default: return []
        }
    }

    private mutating func take(_ kind: Kind, _ text: String, signature: String?, of message: String?) -> [Step] {
        let place =
            message == self.message ? self.blocks.firstIndex { $0.kind == kind && !$0.isWhole } : nil
        if let place {
            self.blocks[place].isWhole = true
            if self.openIndex == self.blocks[place].index {
                return self.rest(of: text, after: self.blocks[place].shown, kind) + self.end(signature: signature)
            }
        }
        guard !text.isEmpty else { return [] }
        // What was given up, said again.
        if let open, self.openIndex == nil, open.kind == kind, text.utf8.starts(with: open.shown.utf8) {
            return self.rest(of: text, after: open.shown, kind) + self.end(signature: signature)
        }
        return self.begin(kind, nil) + [.delta(kind, text)] + self.end(signature: signature)
    }

    private func rest(of text: String, after shown: String, _ kind: Kind) -> [Step] {
        guard text.utf8.starts(with: shown.utf8), text.utf8.count > shown.utf8.count else { return [] }
        return [.delta(kind, String(decoding: text.utf8.dropFirst(shown.utf8.count), as: UTF8.self))]
    }

    // MARK: Steps

    private mutating func begin(_ kind: Kind, _ index: Int?) -> [Step] {
        let ended = self.end(signature: nil)
        self.open = (kind, "")
        self.openIndex = index
        return ended + [.began(kind)]
    }

    private mutating func end(signature: String?) -> [Step] {
        guard let open else { return [] }
        self.open = nil
        self.openIndex = nil
        return [.ended(open.kind, signature: signature)]
    }

    private static func kind(_ type: String) -> Kind? {
        switch type {
        case "text": .text
        case "thinking": .thinking
        default: nil
        }
    }

    /// The line of the conversation itself, not of a sub-agent.
    private static func ownData(of event: Event) -> JSONObject? {
        guard let data = JSONObject(event.envelope)?.object("data"), data.nonNull("parent_tool_use_id") == nil else {
            return nil
        }
        return data
    }
}
