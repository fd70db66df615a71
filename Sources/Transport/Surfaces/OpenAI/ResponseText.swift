import Agent
import NIOCore
import Storage

/// The text of a turn as it grows: previews first, and whole messages for what previews did not show.
///
/// As `AnswerFlow`, which goes on where a request was repeated; here it is told what was withdrawn, since a stream that is
/// told again later, when previews are gone, must come to the same.
struct ResponseText: Sendable {
    /// What happens to the text, block by block.
    enum Piece: Equatable, Sendable {
        /// A block of text begins.
        case began
        /// It grows.
        case text(String)
        /// It is over, and says this.
        case ended(String)
        /// What was shown of it will never be said: the request was repeated.
        case withdrawn
    }

    /// A block of the message that is being written, of which no whole has come.
    private struct Block {
        let index: Int
        var sent = ""
        var hasBegun = false
        /// Some of its previews were missed; the rest comes with the whole.
        var hasHole = false
        /// Another one began; its whole says nothing new.
        var isOver = false
    }

    private var messageID: String?
    private var blocks: [Block] = []

    /// Learns from one of the turn's events.
    mutating func take(_ event: Event) -> [Piece] {
        switch event.type {
        case "agent.stream_event":
            guard let line = Self.spoken(event), let delta = try? StreamDelta(line.bytes) else { return [] }
            return self.take(delta)
        case "agent.assistant":
            guard let line = Self.spoken(event), !TurnReply.isAPIError(line), let message = line.object("message")
            else { return [] }
            return self.take(message)
        default: return []
        }
    }

    /// Some previews were missed.
    mutating func gap() {
        if !self.blocks.isEmpty { self.blocks[self.blocks.count - 1].hasHole = true }
    }

    /// Nothing more will come.
    mutating func finish() -> [Piece] {
        defer { self.blocks = [] }
        return self.closeOpen()
    }

    /// The line of an event, if it is of the conversation itself.
    private static func spoken(_ event: Event) -> JSONObject? {
        guard let line = JSONObject(event.envelope)?.object("data"), line.nonNull("parent_tool_use_id") == nil else {
            return nil
        }
        return line
    }

    private mutating func take(_ delta: StreamDelta) -> [Piece] {
        switch delta.change {
        case .messageStarted:
            let pieces = self.withdraw(from: 0)
            self.blocks = []
            self.messageID = delta.messageID
            return pieces
        case .blockStarted(let index, let type, _):
            let pieces = self.closeOpen()
            if type == "text" { self.blocks.append(Block(index: index)) }
            return pieces
        case .text(let index, let text):
            guard var block = self.blocks.popLast() else { return [] }
            defer { self.blocks.append(block) }
            guard block.index == index, !block.hasHole, !block.isOver, !text.isEmpty else { return [] }
            block.sent += text
            defer { block.hasBegun = true }
            return block.hasBegun ? [.text(text)] : [.began, .text(text)]
        case .abandoned(let first):
            return self.withdraw(from: first)
        case .thinking, .inputJSON, .blockStopped, .messageStopped, .other:
            return []
        }
    }

    private mutating func take(_ message: JSONObject) -> [Piece] {
        var pieces: [Piece] = []
        if message.string("id") != self.messageID {
            pieces = self.withdraw(from: 0)
            self.blocks = []
        }
        let blocks = (message.array("content") ?? []).compactMap { JSONObject($0) }
        for block in blocks where block.string("type") == "text" {
            guard let whole = block.string("text") else { continue }
            guard let shown = self.blocks.first else {
                if !whole.isEmpty { pieces += [.began, .text(whole), .ended(whole)] }
                continue
            }
            self.blocks.removeFirst()
            pieces += Self.rest(of: whole, after: shown)
        }
        return pieces
    }

    /// What a whole says beyond what was shown of it.
    private static func rest(of whole: String, after shown: Block) -> [Piece] {
        guard !shown.isOver else { return [] }
        guard shown.hasBegun else { return whole.isEmpty ? [] : [.began, .text(whole), .ended(whole)] }
        guard whole.utf8.starts(with: shown.sent.utf8) else {
            if shown.sent.utf8.starts(with: whole.utf8) { return [.ended(whole)] }
            return [.withdrawn, .began, .text(whole), .ended(whole)]
        }
        let rest = String(decoding: whole.utf8.dropFirst(shown.sent.utf8.count), as: UTF8.self)
        return rest.isEmpty ? [.ended(whole)] : [.text(rest), .ended(whole)]
    }

    /// Ends the block that is open, without having heard its whole.
    private mutating func closeOpen() -> [Piece] {
        guard let last = self.blocks.last, last.hasBegun, !last.isOver else { return [] }
        self.blocks[self.blocks.count - 1].isOver = true
        return [.ended(last.sent)]
    }

    private mutating func withdraw(from first: Int) -> [Piece] {
        let isOpen = self.blocks.last.map { $0.index >= first && $0.hasBegun && !$0.isOver } ?? false
        self.blocks.removeAll { $0.index >= first }
        return isOpen ? [.withdrawn] : []
    }
}
