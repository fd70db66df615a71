import NIOCore
import SystemPackage

extension AgentLaunch {
    /// The command line after the executable.
    ///
    /// Values that a person chooses stand behind `=`, so that one with a leading dash cannot become another flag.
    package var arguments: [String] {
        var arguments = self.leadingArguments
        arguments += ["--output-format", "stream-json", "--verbose", "--input-format", "stream-json"]
        arguments += ["--include-partial-messages", "--replay-user-messages", "--permission-prompt-tool", "stdio"]
        switch self.conversation {
        case .new(let id): arguments.append("--session-id=\(id)")
        case .resume(let id): arguments.append("--resume=\(id)")
        case .resumeAt(let id, let message): arguments += ["--resume=\(id)", "--resume-session-at=\(message)"]
        case .fork(let from, let id): arguments += ["--resume=\(from)", "--fork-session", "--session-id=\(id)"]
        }
        func add(_ flag: String, _ value: String?) {
            guard let value else { return }
            arguments.append("\(flag)=\(value)")
        }
        add("--model", self.model)
        add("--fallback-model", self.fallbackModel)
        add("--permission-mode", self.permissionMode)
        add("--allowedTools", self.allowedTools.isEmpty ? nil : self.allowedTools.joined(separator: ","))
        add("--disallowedTools", self.disallowedTools.isEmpty ? nil : self.disallowedTools.joined(separator: ","))
        add("--system-prompt", self.systemPrompt)
        add("--append-system-prompt", self.appendSystemPrompt)
        if !self.keepsSystemPrompt { arguments.append("--system-prompt-snapshot=off") }
        add("--json-schema", self.outputSchema)
        add("--max-turns", self.maxTurns.map(String.init))
        add("--max-budget-usd", self.maxBudgetUSD.map { "\($0)" })
        add("--max-thinking-tokens", self.maxThinkingTokens.map(String.init))
        add("--effort", self.effort?.rawValue)
        for directory in self.addDirectories { add("--add-dir", directory.string) }
        add("--settings", self.mergedSettings)
        add("--setting-sources", self.settingSources?.joined(separator: ","))
        add("--mcp-config", self.mcpConfig)
        if self.strictMCPConfig { arguments.append("--strict-mcp-config") }
        add("--agents", self.agents)
        if self.allowsBypass { arguments.append("--allow-dangerously-skip-permissions") }
        return arguments + self.extraArguments
    }

    /// The settings with the door to other sessions of the machine closed, and with the server's sandbox; what is no JSON
    /// object counts as none.
    private var mergedSettings: String {
        var merged = ByteBuffer()
        merged.writeStaticString("{")
        if let settings, let object = JSONObject(ByteBuffer(string: settings)) {
            for (key, value) in object.members
            where key != "crossSessionInbound" && !(key == "sandbox" && self.sandbox != nil) {
                JSONText.append(key, to: &merged)
                merged.writeStaticString(":")
                merged.writeImmutableBuffer(value)
                merged.writeStaticString(",")
            }
        }
        if let sandbox, JSONObject(ByteBuffer(string: sandbox)) != nil {
            merged.writeStaticString("\"sandbox\":")
            merged.writeString(sandbox)
            merged.writeStaticString(",")
        }
        merged.writeStaticString("\"crossSessionInbound\":\"refuse\"}")
        return String(buffer: merged)
    }
}
