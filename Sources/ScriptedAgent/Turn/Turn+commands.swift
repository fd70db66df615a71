extension Turn {
    /// Runs a slash command; the whole turn.
    func run(_ command: SlashCommand) {
        switch command {
        case .compact: self.compact()
        case .clear: self.clear()
        case .model(let name):
            self.emitInit()
            let model = Options.resolvedModel(name)
            self.session.model = model
            let text = "Set model to `\(Self.displayName(of: model))` for this session only"
            self.emitLocal(text, run: ["command": "model", "args": .string(name)])
            self.finish(.local(command, text: text))
        case .cost:
            self.emitInit()
            let text = Answers.costs(self.session)
            self.emitLocal(text, run: ["command": "usage", "args": ""])
            self.finish(.local(command, text: text))
        }
    }

    private func emitInit() {
        self.session.emitInit(prompts: self.prompts.compactMap(\.uuid))
    }

    /// `Haiku 4.5` for `claude-haiku-4-5`.
    private static func displayName(of model: String) -> String {
        let parts = model.split(separator: "-").drop { $0 == "claude" }
        guard let family = parts.first, model.hasPrefix("claude-") else { return model }
        let version = parts.dropFirst().joined(separator: ".")
        return "\(family.prefix(1).uppercased())\(family.dropFirst()) \(version)"
    }

    private func compact() {
        let session = self.session
        session.emitSystem("status", ["status": "compacting"])
        let before = session.inputTokens
        let summary = Answers.summary(of: session.conversation.prompts)
        let spent = Usage(input: before, output: summary.utf8.count / 4)
        session.account(spent, model: session.model, milliseconds: 1)
        let old = session.conversation.lastUUID
        let uuid = session.identifiers.uuid()
        session.conversation.compact(summary: summary, uuid: uuid, boundary: session.identifiers.uuid())
        session.emitSystem("status", ["status": .null, "compact_result": "success"])
        self.emitInit()
        session.emitSystem(
            "compact_boundary",
            [
                "compact_metadata": [
                    "trigger": "manual", "pre_tokens": JSON(before), "post_tokens": JSON(session.inputTokens),
                    "cumulative_dropped_tokens": 0, "duration_ms": 1,
                ],
                "logical_parent_uuid": JSON(old),
            ]
        )
        session.emit(self.line(user: summary, uuid: uuid, flags: [("isReplay", false), ("isSynthetic", true)]))
        let output = "<local-command-stdout>Compacted </local-command-stdout>"
        session.emit(self.line(user: output, uuid: session.identifiers.uuid(), flags: [("isReplay", true)]))
        self.finish(.local(.compact, text: ""))
    }

    private func clear() {
        let id = self.session.identifiers.uuid()
        var line: JSON = [
            "type": "conversation_reset", "new_conversation_id": .string(id), "uuid": .string(id), "trigger": "clear",
        ]
        if let prompt = self.prompts.last?.uuid { line["user_message_uuid"] = .string(prompt) }
        line["session_id"] = .string(self.session.id)
        line["timestamp"] = .string(Clock.timestamp)
        self.session.emit(line)
        self.session.emitBackgroundTasks()
        self.session.clear()
        self.emitInit()
        self.finish(.local(.clear, text: ""))
    }

    private func line(user text: String, uuid: String, flags: [(String, JSON)]) -> JSON {
        var line: JSON = [
            "type": "user", "message": ["role": "user", "content": .string(text)],
            "session_id": .string(self.session.id), "parent_tool_use_id": .null, "uuid": .string(uuid),
            "timestamp": .string(Clock.timestamp),
        ]
        for (name, value) in flags { line[name] = value }
        return line
    }

    private func emitLocal(_ text: String, run: JSON) {
        self.emitFirstReply()
        self.session.emit([
            "type": "assistant", "message": self.syntheticMessage(text, stopReason: "end_turn"),
            "parent_tool_use_id": .null,
            "local_command_source": .string("<local-command-stdout>\(text)</local-command-stdout>"),
            "session_id": .string(self.session.id), "uuid": .string(self.session.identifiers.uuid()),
            "timestamp": .string(Clock.timestamp), "local_command_run": run,
        ])
    }
}
