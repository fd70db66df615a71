import Actors
import Agent
import NIOCore
import Storage

/// A prompt's events as `…/stream` shows them: `connected`, whole messages of the SDK, and `complete` or `error`.
struct CodingAgentsTurn: TurnProjection {
    /// The session's id in this API.
    let session: String
    /// Claude's id for it, as far as it is known.
    var conversation: String?
    let limit: CodingAgentsTimeLimit?

    private var reply = TurnReply()
    private var sequence = 0

    init(session: String, conversation: String?, limit: CodingAgentsTimeLimit?) {
        self.session = session
        self.conversation = conversation
        self.limit = limit
    }

    mutating func opening() -> ByteBuffer? {
        var data = JSONMembers()
        data.put("sessionId", self.session)
        return Self.frame("connected", data.bytes)
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var frames = ByteBuffer()
        for event in events where event.kind == .durable {
            self.reply.take(event)
            if let frame = self.message(event) { frames.writeImmutableBuffer(frame) }
        }
        if isOver { frames.writeImmutableBuffer(self.complete()) }
        return frames.readableBytes > 0 ? frames : nil
    }

    mutating func heartbeat(head: EventID) -> ByteBuffer? {
        ByteBuffer(string: ": keepalive\n\n")
    }

    mutating func gap(head: EventID) -> ByteBuffer? {
        ByteBuffer(string: ": some messages came too fast for this reader and are left out\n\n")
    }

    mutating func draining() -> ByteBuffer? {
        var data = JSONMembers()
        data.put("error", "The server shuts down; the session goes on with the next one.")
        return Self.frame("error", data.bytes)
    }

    private mutating func message(_ event: Event) -> ByteBuffer? {
        guard let envelope = JSONObject(event.envelope), let message = envelope.object("data"),
            CodingAgentsAnswer.isMessage(event.type, message)
        else { return nil }
        self.sequence += 1
        var data = JSONMembers()
        data.put("type", "claude_code_message")
        data.put("sessionId", message.string("session_id") ?? self.reply.conversation ?? self.conversation)
        data.put("message", raw: message.bytes)
        data.put("timestamp", envelope.string("at"))
        data.put("sequence", self.sequence)
        return Self.frame("message", data.bytes)
    }

    private func complete() -> ByteBuffer {
        let timeout = self.limit.flatMap { $0.hasPassed ? $0.milliseconds : nil }
        let answer = CodingAgentsAnswer(self.reply, timeout: timeout, conversation: self.conversation)
        var data = JSONMembers()
        data.put("summary", raw: answer.response)
        data.put("sessionId", answer.conversation)
        return Self.frame("complete", data.bytes)
    }

    private static func frame(_ event: String, _ data: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(string: "event: \(event)\ndata: ")
        frame.writeImmutableBuffer(data)
        frame.writeString("\n\n")
        return frame
    }
}
