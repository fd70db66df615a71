import Actors
import Agent
import NIOCore
import Storage

/// A prompt's events as clinvoker streams them: one JSON object a line (001 §5.1), text as it is written.
struct ClinvokerStream: TurnProjection {
    let backend: String
    /// `nil` for a session that nobody keeps.
    let sessionID: String?
    private var sequence = 0
    private var shown = ShownBlocks()
    /// Of the tools that were called, by the id of the call.
    private var toolNames: [String: String] = [:]
    private var hasBegun = false
    private var hasEnded = false
    private var result: ResultMessage?

    init(backend: String, sessionID: String?) {
        self.backend = backend
        self.sessionID = sessionID
    }

    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        var lines = ByteBuffer()
        for event in events {
            guard let envelope = JSONObject(event.envelope), let data = envelope.object("data") else { continue }
            self.take(event.type, data, at: envelope.string("at") ?? Timestamp.now(), &lines)
        }
        return lines.readableBytes > 0 ? lines : nil
    }

    /// A blank line is no JSON: the stream is silent while nothing happens.
    mutating func heartbeat(head: EventID) -> ByteBuffer? { nil }

    mutating func gap(head: EventID) -> ByteBuffer? {
        self.shown.gap()
        return nil
    }

    mutating func draining() -> ByteBuffer? {
        self.failure(code: "draining", "The server is shutting down.")
    }

    /// A stream that is over before it has begun: its only line.
    mutating func failure(code: String? = nil, _ message: String) -> ByteBuffer {
        var lines = ByteBuffer()
        self.fail(code, message, at: Timestamp.now(), &lines)
        return lines
    }

    /// What a dry run streams.
    mutating func dryRun(_ text: String) -> ByteBuffer {
        var lines = ByteBuffer()
        let now = Timestamp.now()
        self.write("message", Self.message(text, isPartial: false), at: now, &lines)
        self.write("done", ByteBuffer(string: "{}"), at: now, &lines)
        return lines
    }

    // MARK: Events

    private mutating func take(_ type: String, _ data: JSONObject, at time: String, _ lines: inout ByteBuffer) {
        guard !self.hasEnded, data.nonNull("parent_tool_use_id") == nil else { return }
        switch type {
        case "agent.system.init": self.begin(data, at: time, &lines)
        case "agent.stream_event":
            if let delta = try? StreamDelta(data.bytes) { self.take(delta, at: time, &lines) }
        case "agent.assistant": self.take(assistant: data, at: time, &lines)
        case "agent.user": self.take(user: data, at: time, &lines)
        case "agent.result": self.result = try? ResultMessage(data.bytes)
        case "turn.ended": self.end(data, at: time, &lines)
        case "message.returned", "message.cancelled":
            self.fail("canceled", "The prompt was taken back.", at: time, &lines)
        case "session.ended": self.fail("session_ended", "The session has ended.", at: time, &lines)
        default: break
        }
    }

    private mutating func begin(_ data: JSONObject, at time: String, _ lines: inout ByteBuffer) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        var content = JSONObjectWriter()
        content.add("model", data.string("model"))
        content.add("backend_session_id", data.string("session_id"))
        content.add("working_dir", data.string("cwd"))
        self.write("init", content.json, at: time, &lines)
    }

    private mutating func take(_ delta: StreamDelta, at time: String, _ lines: inout ByteBuffer) {
        switch delta.change {
        case .messageStarted: self.shown.messageStarted(delta.messageID)
        case .blockStarted(let index, "text", _): self.shown.blockStarted(index, .text)
        case .blockStarted(let index, "thinking", _): self.shown.blockStarted(index, .thinking)
        case .text(let index, let piece):
            guard !piece.isEmpty, self.shown.added(piece, to: index, of: delta.messageID) else { return }
            self.write("message", Self.message(piece, isPartial: true), at: time, &lines)
        case .thinking(let index, let piece):
            guard !piece.isEmpty, self.shown.added(piece, to: index, of: delta.messageID) else { return }
            self.write("thinking", Self.thinking(piece, isPartial: true), at: time, &lines)
        case .abandoned(let index):
            guard self.shown.abandoned(from: index, of: delta.messageID) else { return }
            var content = JSONObjectWriter()
            content.add("stage", "restarted")
            content.add("message", "The answer was cut off by the API and begins again.")
            self.write("progress", content.json, at: time, &lines)
        case .blockStarted, .inputJSON, .blockStopped, .messageStopped, .other: break
        }
    }

    private mutating func take(assistant data: JSONObject, at time: String, _ lines: inout ByteBuffer) {
        guard let message = data.object("message") else { return }
        let id = message.string("id")
        for block in (message.array("content") ?? []).compactMap({ JSONObject($0) }) {
            switch block.string("type") {
            case "text":
                let rest = self.shown.completed(block.string("text") ?? "", .text, of: id)
                if !rest.isEmpty { self.write("message", Self.message(rest, isPartial: false), at: time, &lines) }
            case "thinking":
                let rest = self.shown.completed(block.string("thinking") ?? "", .thinking, of: id)
                if !rest.isEmpty { self.write("thinking", Self.thinking(rest, isPartial: false), at: time, &lines) }
            case "tool_use":
                let name = block.string("name") ?? ""
                if let id = block.string("id") { self.toolNames[id] = name }
                var content = JSONObjectWriter()
                content.add("tool_id", block.string("id"))
                content.add("tool_name", name)
                content.add("input", raw: block.raw("input"))
                self.write("tool_use", content.json, at: time, &lines)
            default: break
            }
        }
    }

    private mutating func take(user data: JSONObject, at time: String, _ lines: inout ByteBuffer) {
        for block in (data.object("message")?.array("content") ?? []).compactMap({ JSONObject($0) })
        where block.string("type") == "tool_result" {
            let id = block.string("tool_use_id")
            let text = Self.text(of: block)
            let isError = block.bool("is_error") == true
            var content = JSONObjectWriter()
            content.add("tool_id", id)
            content.add("tool_name", id.flatMap { self.toolNames[$0] } ?? "")
            content.add("output", text.isEmpty ? nil : text)
            content.add("is_error", isError ? true : nil)
            content.add("error_message", isError ? text : nil)
            self.write("tool_result", content.json, at: time, &lines)
        }
    }

    private mutating func end(_ data: JSONObject, at time: String, _ lines: inout ByteBuffer) {
        let outcome = data.string("outcome").flatMap(TurnOutcome.init)
        if outcome != .completed {
            let said = data.string("result").flatMap { $0.isEmpty ? nil : $0 }
            self.fail(outcome?.rawValue, said ?? ClinvokerResult.reason(outcome), at: time, &lines)
        }
        self.hasEnded = true
        var content = JSONObjectWriter()
        content.add("token_usage", raw: self.result == nil ? nil : data.object("usage").map(Self.usage))
        content.add("duration", data.int("duration_ms").map { $0 &* 1_000_000 })
        content.add("turn_count", self.result?.numTurns)
        self.write("done", content.json, at: time, &lines)
    }

    private mutating func fail(_ code: String?, _ message: String, at time: String, _ lines: inout ByteBuffer) {
        self.hasEnded = true
        var content = JSONObjectWriter()
        content.add("code", code)
        content.add("message", message)
        self.write("error", content.json, at: time, &lines)
    }

    // MARK: Lines

    private mutating func write(
        _ type: String,
        _ content: ByteBuffer,
        at time: String,
        _ lines: inout ByteBuffer
    ) {
        self.sequence += 1
        var line = JSONObjectWriter()
        line.add("type", type)
        line.add("backend", self.backend)
        line.add("session_id", self.sessionID)
        line.add("timestamp", time)
        // What an agent writes may have newlines between its tokens.
        line.add("content", raw: JSONText.singleLine(content))
        line.add("sequence", self.sequence)
        lines.writeImmutableBuffer(line.json)
        lines.writeStaticString("\n")
    }

    private static func message(_ text: String, isPartial: Bool) -> ByteBuffer {
        var content = JSONObjectWriter()
        content.add("text", text)
        content.add("role", "assistant")
        content.add("is_partial", isPartial ? true : nil)
        return content.json
    }

    private static func thinking(_ text: String, isPartial: Bool) -> ByteBuffer {
        var content = JSONObjectWriter()
        content.add("text", text)
        content.add("is_partial", isPartial ? true : nil)
        return content.json
    }

    private static func usage(_ tokens: JSONObject) -> ByteBuffer {
        var usage = TurnResult.Usage()
        usage.inputTokens = tokens.int("input_tokens") ?? 0
        usage.outputTokens = tokens.int("output_tokens") ?? 0
        usage.cacheReadInputTokens = tokens.int("cache_read_input_tokens") ?? 0
        return ClinvokerResult.json(usage)
    }

    /// A tool's result is a text, or blocks of which some are text.
    private static func text(of block: JSONObject) -> String {
        if let text = block.string("content") { return text }
        let parts = (block.array("content") ?? []).compactMap { JSONObject($0)?.string("text") }
        return parts.joined(separator: "\n")
    }
}
