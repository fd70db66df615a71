package import NIOCore

/// Writes one turn of another program in the lines that the CLI would write (PROTOCOL §6).
///
/// Text that comes in pieces is shown as previews and then, when its block is over, whole.
package struct AdapterTurn: Sendable {
    /// What the model took.
    package struct Tokens: Sendable, Equatable {
        /// Without those from the cache.
        var input = 0
        var output = 0
        var cached = 0
    }

    private enum Block: String {
        case text, thinking
    }

    /// The program's own id of the conversation, once it has told it; until then the one it was asked for.
    package private(set) var conversation: String
    /// Whether the program has told its conversation.
    package private(set) var hasBegun = false
    private let promptUUID: String
    private let directory: String
    private let startedAt: ContinuousClock.Instant
    private var model: String?
    private var messages = 0
    /// The block that is being written.
    private var current: (kind: Block, text: String)?
    /// The last text that was said.
    private var answer = ""
    private var lines: [ByteBuffer] = []
    package var tokens = Tokens()
    /// Why it fails; the first reason counts.
    package private(set) var failure: String?

    package init(
        promptUUID: String,
        conversation: String,
        directory: String,
        model: String?,
        now: ContinuousClock.Instant
    ) {
        self.promptUUID = promptUUID
        self.conversation = conversation
        self.directory = directory
        self.model = model
        self.startedAt = now
    }

    /// What has been written since this was last asked, each without its newline.
    package mutating func takeLines() -> [ByteBuffer] {
        defer { self.lines = [] }
        return self.lines
    }

    /// The program has told which conversation it works on.
    package mutating func begin(conversation: String?, model: String?) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.conversation = conversation ?? self.conversation
        self.model = model ?? self.model
        var line = self.line("system", subtype: "init")
        line.add("cwd", self.directory)
        line.add("model", self.model)
        line.add("permissionMode", "default")
        for key in ["tools", "mcp_servers", "slash_commands"] as [StaticString] { line.add(key, array: []) }
        self.lines.append(line.json)
    }

    /// A piece of text.
    package mutating func add(text: String) { self.add(.text, text) }

    /// A piece of what the model thinks.
    package mutating func add(thinking: String) { self.add(.thinking, thinking) }

    /// The block that is being written is whole.
    package mutating func closeBlock() {
        guard let block = self.current else { return }
        self.current = nil
        self.preview("content_block_stop") { $0.add("index", 0) }
        self.preview("message_stop") { _ in }
        if block.kind == .text { self.answer = block.text }
        var content = JSONObjectWriter()
        content.add("type", block.kind.rawValue)
        switch block.kind {
        case .text: content.add("text", block.text)
        case .thinking: content.add("thinking", block.text)
        }
        self.assistant(content)
    }

    /// A tool is called; `input` is JSON.
    package mutating func call(_ id: String, _ name: String, input: ByteBuffer) {
        self.closeBlock()
        self.messages += 1
        var content = JSONObjectWriter()
        content.add("type", "tool_use")
        content.add("id", id)
        content.add("name", name)
        content.add("input", raw: JSONText.singleLine(input))
        self.assistant(content)
    }

    /// A tool has come back.
    package mutating func toolEnded(_ id: String, output: String, isError: Bool) {
        var block = JSONObjectWriter()
        block.add("tool_use_id", id)
        block.add("type", "tool_result")
        block.add("content", output)
        block.add("is_error", isError)
        var message = JSONObjectWriter()
        message.add("role", "user")
        message.add("content", array: [block.json])
        var line = self.line("user")
        line.add("message", raw: message.json)
        self.lines.append(line.json)
    }

    /// It will fail, for this reason.
    package mutating func fail(_ reason: String) {
        if self.failure == nil { self.failure = reason }
    }

    /// The turn is over: its `result`.
    ///
    /// - Parameters:
    ///   - isInterrupted: whether somebody stopped it.
    ///   - now: the time.
    package mutating func end(isInterrupted: Bool, now: ContinuousClock.Instant) {
        self.closeBlock()
        let hasFailed = isInterrupted || self.failure != nil
        var line = self.line("result", subtype: hasFailed ? "error_during_execution" : "success")
        line.add("is_error", hasFailed)
        line.add("num_turns", max(1, self.messages))
        line.add("duration_ms", Int((now - self.startedAt) / .milliseconds(1)))
        line.add("duration_api_ms", 0)
        line.add("total_cost_usd", 0)
        line.add("terminal_reason", isInterrupted ? "aborted_streaming" : hasFailed ? "model_error" : "completed")
        line.add("result", hasFailed ? nil : self.answer)
        line.add("errors", texts: hasFailed ? isInterrupted ? [] : [self.failure ?? ""] : nil)
        var usage = JSONObjectWriter()
        usage.add("input_tokens", self.tokens.input)
        usage.add("output_tokens", self.tokens.output)
        usage.add("cache_read_input_tokens", self.tokens.cached)
        usage.add("cache_creation_input_tokens", 0)
        line.add("usage", raw: usage.json)
        line.add("permission_denials", array: [])
        line.add("user_message_uuids", texts: [self.promptUUID])
        self.lines.append(line.json)
    }

    // MARK: Lines

    private mutating func add(_ kind: Block, _ text: String) {
        guard !text.isEmpty else { return }
        if self.current?.kind != kind {
            self.closeBlock()
            self.messages += 1
            self.current = (kind, "")
            self.preview("message_start") { _ in }
            self.preview("content_block_start") { event in
                event.add("index", 0)
                var block = JSONObjectWriter()
                block.add("type", kind.rawValue)
                event.add("content_block", raw: block.json)
            }
        }
        self.current?.text += text
        self.preview("content_block_delta") { event in
            event.add("index", 0)
            var delta = JSONObjectWriter()
            delta.add("type", "\(kind.rawValue)_delta")
            switch kind {
            case .text: delta.add("text", text)
            case .thinking: delta.add("thinking", text)
            }
            event.add("delta", raw: delta.json)
        }
    }

    private mutating func preview(_ type: String, _ fill: (inout JSONObjectWriter) -> Void) {
        var event = JSONObjectWriter()
        event.add("type", type)
        fill(&event)
        var line = self.line("stream_event")
        line.add("api_message_id", self.messageID)
        line.add("event", raw: event.json)
        self.lines.append(line.json)
    }

    private mutating func assistant(_ content: JSONObjectWriter) {
        var message = JSONObjectWriter()
        message.add("id", self.messageID)
        message.add("type", "message")
        message.add("role", "assistant")
        message.add("model", self.model ?? "unknown")
        message.add("content", array: [content.json])
        var line = self.line("assistant")
        line.add("message", raw: message.json)
        self.lines.append(line.json)
    }

    private var messageID: String { "msg_\(self.promptUUID)_\(self.messages)" }

    /// What all lines begin with.
    private func line(_ type: String, subtype: String? = nil) -> JSONObjectWriter {
        var line = JSONObjectWriter()
        line.add("type", type)
        line.add("subtype", subtype)
        line.add("session_id", self.conversation)
        if type != "system", type != "result" { line.add("parent_tool_use_id", raw: ByteBuffer(string: "null")) }
        return line
    }
}
