import Glibc

/// Reads the flags of the CLI's command line.
///
/// Shape: arguments without the program's name in; options, a line to print and leave with, or a complaint out.
/// All flags of the protocol's section 2 are accepted; most do nothing here.
struct CommandLineParser {
    /// What to do about a command line.
    enum Outcome {
        case run(Options)
        case print(String)
        case fail(String)
    }

    /// Flags without a value that mean nothing here.
    private static let ignoredFlags: Set<String> = [
        "--verbose", "--print", "-p", "--strict-mcp-config", "--include-hook-events", "--session-mirror", "--bare",
        "--safe-mode", "--restricted", "--disable-slash-commands", "--exclude-dynamic-system-prompt-sections",
        "--prompt-suggestions", "--forward-subagent-text", "--brief", "--ide", "--chrome", "--no-chrome",
        "--debug-to-stderr", "--init-only", "--await-initialize", "--initialize-fields",
        "--managed-settings-in-initialize", "--await-claim", "--init", "--maintenance",
    ]

    /// Flags with a value that mean nothing here.
    private static let ignoredOptions: Set<String> = [
        "--input-format", "--output-format", "--system-prompt", "--system-prompt-file", "--append-system-prompt",
        "--append-system-prompt-file", "--tools", "--task-budget", "--fallback-model", "--betas", "--settings",
        "--resume-drops-turn", "--add-dir", "--mcp-config", "--plugin-dir", "--thinking", "--thinking-display",
        "--max-thinking-tokens", "--agents", "--agent", "--permission-prompts", "--system-prompt-snapshot",
        "--autocompact", "--name", "-n", "--debug-file", "--sdk-url", "--messaging-socket-path",
        "--plan-mode-instructions", "--append-subagent-system-prompt", "--workload", "--rewind-files", "--effort",
        "--permission-prompt-tool", "--json-schema", "--setting-sources",
    ]

    private var arguments: [String]
    private var options = Options()

    private init(_ arguments: [String]) {
        self.arguments = arguments.reversed()
    }

    /// What that command line asks for.
    static func parse(_ arguments: [String]) -> Outcome {
        var parser = CommandLineParser(arguments)
        return parser.parse()
    }

    private mutating func parse() -> Outcome {
        while let argument = self.arguments.popLast() {
            var name = argument
            var value: String?
            if argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") {
                name = String(argument[..<sign])
                value = String(argument[argument.index(after: sign)...])
            }
            if name == "--version" || name == "-v" { return .print("2.1.329 (Claude Code, scripted)") }
            if self.setFlag(name) || Self.ignoredFlags.contains(name) { continue }
            if name == "--debug" || name == "-d" || name == "--worktree" || name == "-w" {
                self.skipOptionalValue(given: value)
                continue
            }
            if name == "--resume" || name == "-r" {
                self.options.resume = value ?? self.optionalValue() ?? ""
                continue
            }
            guard name.hasPrefix("-") else { continue }
            guard let value = value ?? (Self.takesValue(name) ? self.arguments.popLast() : nil), Self.takesValue(name)
            else {
                let known = Self.takesValue(name)
                return .fail("error: \(known ? "option '\(name)' argument missing" : "unknown option '\(name)'")")
            }
            if let complaint = self.setOption(name, value) { return .fail(complaint) }
        }
        return self.checked()
    }

    private static let ownOptions: Set<String> = [
        "--session-id", "--resume-session-at", "--permission-mode", "--model", "--allowedTools", "--allowed-tools",
        "--disallowedTools", "--disallowed-tools", "--max-turns", "--max-budget-usd", "--transcript", "--speed",
    ]

    private static func takesValue(_ name: String) -> Bool {
        Self.ownOptions.contains(name) || Self.ignoredOptions.contains(name)
    }

    private mutating func optionalValue() -> String? {
        guard let next = self.arguments.last, !next.hasPrefix("-") else { return nil }
        return self.arguments.popLast()
    }

    private mutating func skipOptionalValue(given value: String?) {
        if value == nil { _ = self.optionalValue() }
    }

    private mutating func setFlag(_ name: String) -> Bool {
        switch name {
        case "--continue", "-c": self.options.continues = true
        case "--fork-session": self.options.forks = true
        case "--no-session-persistence": self.options.keepsSession = false
        case "--include-partial-messages": self.options.includesPartialMessages = true
        case "--replay-user-messages": self.options.replaysUserMessages = true
        case "--allow-dangerously-skip-permissions": self.options.allowsBypass = true
        case "--dangerously-skip-permissions":
            self.options.allowsBypass = true
            self.options.permissionMode = "bypassPermissions"
        default: return false
        }
        return true
    }

    /// Sets what has a value; the complaint when the value will not do.
    private mutating func setOption(_ name: String, _ value: String) -> String? {
        switch name {
        case "--session-id": self.options.sessionID = value
        case "--resume-session-at": self.options.resumeAt = value
        case "--permission-mode":
            let mode = value == "manual" ? "default" : value
            guard Options.permissionModes.contains(mode) else {
                return "error: option '--permission-mode <mode>' argument '\(value)' is invalid. "
                    + "Allowed choices are acceptEdits, auto, bypassPermissions, manual, dontAsk, plan."
            }
            self.options.permissionMode = mode
        case "--model": self.options.model = Options.resolvedModel(value)
        case "--allowedTools", "--allowed-tools": self.options.allowedTools += PermissionRules.split(value)
        case "--disallowedTools", "--disallowed-tools": self.options.disallowedTools += PermissionRules.split(value)
        case "--max-turns":
            guard let turns = Int(value) else {
                return "error: option '--max-turns <turns>' argument '\(value)' is invalid. must be a number"
            }
            self.options.maximumTurns = turns
        case "--max-budget-usd": self.options.maximumBudget = Double(value)
        case "--transcript": self.options.transcript = value
        case "--speed": self.options.speed = Double(value) ?? 1
        default: return self.checkIgnoredOption(name, value)
        }
        return nil
    }

    private mutating func checkIgnoredOption(_ name: String, _ value: String) -> String? {
        switch name {
        case "--permission-prompt-tool": self.options.asksHost = value == "stdio"
        case "--settings":
            guard let settings = Self.object(value) else {
                return "Error: Settings file not found: \(Environment.absolute(value))"
            }
            self.options.settings = settings
        case "--mcp-config":
            guard let configuration = Self.object(value) else {
                return "Error: Invalid MCP configuration:\nMCP config file not found: \(Environment.absolute(value))"
            }
            self.options.mcpConfigurations.append(configuration)
        case "--agents":
            if case .object(let agents)? = Self.object(value) { self.options.agents = agents }
        case "--add-dir": self.options.addedDirectories.append(Environment.absolute(value))
        case "--effort": self.options.effort = value
        case "--max-thinking-tokens": self.options.maximumThinkingTokens = Int(value)
        case "--json-schema":
            guard JSONParser.parse(value) != nil else {
                return "Error: --json-schema is not valid JSON: JSON Parse error: Expected '}'"
            }
        case "--setting-sources":
            let sources = value.split(separator: ",").map(String.init)
            if let wrong = sources.first(where: { !["user", "project", "local"].contains($0) }) {
                return "Error processing --setting-sources: Invalid setting source: \(wrong). "
                    + "Valid options are: user, project, local"
            }
        default: break
        }
        return nil
    }

    /// The object that an argument spells, or that the file it names holds.
    private static func object(_ value: String) -> JSON? {
        let parsed = JSONParser.parse(value) ?? Files.read(value).flatMap { JSONParser.parse($0) }
        guard case .object? = parsed else { return nil }
        return parsed
    }

    private mutating func checked() -> Outcome {
        if let id = self.options.sessionID {
            guard Self.isUUID(id) else { return .fail("Error: Invalid session ID. Must be a valid UUID.") }
            if self.options.resume != nil || self.options.continues, !self.options.forks {
                return .fail("Error: --session-id with --continue or --resume also needs --fork-session.")
            }
        }
        if let id = self.options.resume, !Self.isUUID(id), !id.hasSuffix(".jsonl") {
            return .fail(
                "Error: --resume requires a valid session ID or session title when used with --print. "
                    + "Usage: claude -p --resume <session-id|title>. Provided value \"\(id)\" is not a UUID and does "
                    + "not match any session title."
            )
        }
        if self.options.permissionMode == "bypassPermissions" {
            guard geteuid() != 0 || Environment.isOn("IS_SANDBOX") else {
                return .fail(
                    "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons"
                )
            }
            self.options.allowsBypass = true
        }
        if Environment.isOn("CLAUDE_CODE_INCLUDE_PARTIAL_MESSAGES") { self.options.includesPartialMessages = true }
        if let turns = Environment.number("CLAUDE_CODE_MAX_TURNS") { self.options.maximumTurns = Int(turns) }
        self.options.transcript = self.options.transcript ?? Environment.value("TROUPE_SCRIPT_TRANSCRIPT")
        if let speed = Environment.number("TROUPE_SCRIPT_SPEED") { self.options.speed = speed }
        return .run(self.options)
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }
}
