extension Turn {
    /// Announces a request to the API.
    func beginRequest() {
        guard !self.isRequesting else { return }
        self.isRequesting = true
        guard self.session.options.includesPartialMessages else { return }
        let uuids = self.prompts.compactMap(\.uuid)
        if uuids.isEmpty || self.requestCount > 0 {
            self.session.emitSystem("status", ["status": "requesting"])
        } else {
            self.session.emitSystem("status", ["status": "requesting", "user_message_uuids": JSON(uuids)])
        }
    }

    /// Begins a message of the model unless one is open; false when the turn ended instead.
    func beginMessage(now: Duration) -> Bool {
        guard self.message == nil else { return true }
        if let limit = self.session.options.maximumTurns, self.requestCount >= limit {
            self.lastStopReason = "tool_use"
            self.finish(.tooManyTurns(limit))
            return false
        }
        if self.requestCount > 0, let budget = self.session.exceededBudget {
            self.lastStopReason = "tool_use"
            self.finish(.overBudget(budget))
            return false
        }
        self.beginRequest()
        self.requestCount += 1
        let message = Message(
            id: self.session.identifiers.prefixed("msg_stub"),
            model: self.session.model,
            inputTokens: self.session.inputTokens,
            startedAt: now
        )
        self.message = message
        guard self.session.options.includesPartialMessages else { return true }
        self.emitFirstReply()
        let body: JSON = [
            "id": .string(message.id), "type": "message", "role": "assistant", "model": .string(message.model),
            "content": [], "stop_reason": .null, "stop_sequence": .null, "usage": Self.earlyUsage(message),
        ]
        self.emitStreamEvent(
            ["type": "message_start", "message": body],
            extra: [("ttft_ms", JSON((now - self.startedAt).milliseconds)), ("thinking_display", "updates")]
        )
        return true
    }

    private static func earlyUsage(_ message: Message) -> JSON {
        [
            "input_tokens": JSON(message.inputTokens), "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "output_tokens": 1, "service_tier": "standard",
        ]
    }

    /// Ends the open message, and accounts for it.
    func closeMessage(stopReason: String, now: Duration) {
        guard let message = self.message else { return }
        self.lastStopReason = stopReason
        if self.session.options.includesPartialMessages {
            self.emitStreamEvent([
                "type": "message_delta",
                "delta": ["stop_reason": .string(stopReason), "stop_sequence": .null],
                "usage": ["output_tokens": JSON(max(1, message.outputTokens))],
            ])
            self.emitStreamEvent(["type": "message_stop"])
        }
        self.account(message, now: now)
        self.message = nil
        self.isRequesting = false
    }

    /// Counts what the message used.
    func account(_ message: Message, now: Duration, isAborted: Bool = false) {
        let spent = Usage(input: message.inputTokens, output: max(1, message.outputTokens))
        let milliseconds = (now - message.startedAt).milliseconds
        self.session.account(spent, model: message.model, milliseconds: isAborted ? 0 : milliseconds)
        if !isAborted { self.usage += spent }
    }

    /// Writes one block of the open message as an `assistant` line, and remembers it.
    func emitAssistant(_ block: JSON, isAborted: Bool = false) {
        guard let message = self.message else { return }
        let uuid = self.session.identifiers.uuid()
        var line: JSON = [
            "type": "assistant",
            "message": [
                "id": .string(message.id), "type": "message", "role": "assistant", "model": .string(message.model),
                "content": [block], "stop_reason": .null, "stop_sequence": .null, "usage": Self.earlyUsage(message),
                "context_management": .null,
            ],
            "parent_tool_use_id": .null, "session_id": .string(self.session.id), "uuid": .string(uuid),
            "timestamp": .string(Clock.timestamp), "request_id": "req_stub",
        ]
        if isAborted { line["aborted"] = true }
        self.emitFirstReply()
        if self.owesBinding || isAborted { self.bind(&line) }
        self.owesBinding = false
        self.session.emit(line)
        self.session.conversation.add(role: "assistant", content: [block], uuid: uuid)
    }

    /// Writes a `stream_event`.
    func emitStreamEvent(_ event: JSON, extra: [(String, JSON)] = []) {
        var line: JSON = [
            "type": "stream_event", "event": event, "session_id": .string(self.session.id),
            "parent_tool_use_id": .null, "uuid": .string(self.session.identifiers.uuid()),
        ]
        for (name, value) in extra { line[name] = value }
        line["api_message_id"] = JSON(self.message?.id)
        if event["type"]?.text == "message_start", self.requestCount == 1 { self.bind(&line) }
        self.session.emit(line)
    }

    /// Names the prompts that a line answers.
    func bind(_ line: inout JSON) {
        let uuids = self.prompts.compactMap(\.uuid)
        guard let last = uuids.last else { return }
        line["user_message_uuid"] = .string(last)
        line["user_message_uuids"] = JSON(uuids)
    }

    /// Writes the echo of the prompts that is due with the first reply.
    func emitFirstReply() {
        guard self.owesFirstReply else { return }
        self.owesFirstReply = false
        guard self.session.options.replaysUserMessages, let last = self.prompts.last else { return }
        let content =
            self.prompts.count == 1 ? last.content : .string(self.prompts.map(\.text).joined(separator: "\n"))
        self.emitReplay(last.uuid, content, isStamped: true)
    }

    /// Writes the echo of one prompt.
    func emitReplay(_ uuid: String?, _ content: JSON, isStamped: Bool) {
        var line: JSON = [
            "type": "user", "message": ["role": "user", "content": content], "session_id": .string(self.session.id),
            "parent_tool_use_id": .null, "uuid": .string(uuid ?? self.session.identifiers.uuid()),
        ]
        if isStamped { line["timestamp"] = .string(Clock.timestamp) }
        line["isReplay"] = true
        self.session.emit(line)
    }

    /// Writes a `user` line of the CLI's own, and remembers it; the turn has one more message.
    func emitUser(_ block: JSON, extra: [(String, JSON)] = []) {
        let uuid = self.session.identifiers.uuid()
        var line: JSON = [
            "type": "user", "message": ["role": "user", "content": [block]], "parent_tool_use_id": .null,
            "session_id": .string(self.session.id), "uuid": .string(uuid), "timestamp": .string(Clock.timestamp),
        ]
        for (name, value) in extra { line[name] = value }
        self.session.emit(line)
        self.session.conversation.add(role: "user", content: [block], uuid: uuid)
        self.extraMessages += 1
    }
}
