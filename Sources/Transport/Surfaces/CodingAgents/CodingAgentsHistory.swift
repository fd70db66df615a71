import Actors
import Agent
import NIOCore

/// A page of `GET …/messages`.
struct CodingAgentsHistory {
    private let total: Int
    private let offset: Int
    private let limit: Int
    private let items: [ByteBuffer]

    /// Reads a page of what was said.
    ///
    /// The CLI echoes a prompt behind the first line of its turn; here it stands before it, where it was said.
    ///
    /// - Parameters:
    ///   - session: whose.
    ///   - offset: messages before the page.
    ///   - limit: messages on it.
    /// - Throws: `SessionError`.
    init(_ session: Session, offset: Int, limit: Int) async throws(SessionError) {
        // One more on either side, since a pair may lie across the edge.
        let start = max(0, offset - 1)
        let (total, found) = try await session.transcript(
            of: CodingAgentsAnswer.messageTypes,
            start..<(offset + limit + 1)
        )
        var messages = found.compactMap { Message($0) }
        for index in messages.indices.dropFirst() where messages[index].isEcho {
            guard messages[index].place == 1, messages[index - 1].turn == messages[index].turn else { continue }
            let (number, place) = (messages[index - 1].number, messages[index - 1].place)
            messages[index - 1].number = messages[index].number
            messages[index - 1].place = messages[index].place
            messages[index].number = number
            messages[index].place = place
            messages.swapAt(index - 1, index)
        }
        self.total = total
        self.offset = offset
        self.limit = limit
        self.items = messages.dropFirst(offset - start).prefix(limit).map(\.json)
    }

    /// The answer's body.
    func body(sessionID: String) -> ByteBuffer {
        var pagination = JSONMembers()
        pagination.put("limit", self.limit)
        pagination.put("offset", self.offset)
        pagination.put("total", self.total)
        pagination.put("hasMore", self.offset + self.items.count < self.total)
        var body = JSONMembers()
        body.put("sessionId", sessionID)
        body.put("messages", array: self.items)
        body.put("pagination", pagination)
        return body.bytes
    }
}

extension CodingAgentsHistory {
    /// One of its messages.
    private struct Message {
        /// The event's.
        var number: UInt64
        /// In its turn, from 0.
        var place: Int
        let turn: String?
        let isEcho: Bool
        private let data: JSONObject
        private let at: String?

        init?(_ entry: TranscriptEntry) {
            guard let envelope = JSONObject(entry.envelope), let data = envelope.object("data") else { return nil }
            self.number = entry.sequence
            self.place = entry.place
            self.turn = entry.turn
            self.isEcho = CodingAgentsAnswer.isEcho(data)
            self.data = data
            self.at = envelope.string("at")
        }

        var json: ByteBuffer {
            var item = JSONMembers()
            item.put("id", Int(self.number))
            item.put("type", self.data.string("type"))
            if let subtype = self.data.string("subtype") {
                item.put("subtype", subtype)
            } else {
                item.putNull("subtype")
            }
            item.put("content", raw: self.isEcho ? self.withBlocks : self.data.bytes)
            item.put("sequence", self.place)
            item.put("timestamp", self.at)
            item.put("source", self.isEcho ? "user" : "sdk")
            return item.bytes
        }

        /// A prompt as the original stores it: its text as a content block.
        private var withBlocks: ByteBuffer {
            guard let message = self.data.object("message"), let text = message.string("content") else {
                return self.data.bytes
            }
            var block = JSONMembers()
            block.put("type", "text")
            block.put("text", text)
            var inner = JSONMembers()
            inner.put("role", "user")
            inner.put("content", array: [block.bytes])
            var outer = JSONMembers()
            outer.put("type", "user")
            outer.put("message", inner)
            outer.putNull("parent_tool_use_id")
            outer.put("session_id", self.data.string("session_id"))
            outer.put("uuid", self.data.string("uuid"))
            return outer.bytes
        }
    }
}
