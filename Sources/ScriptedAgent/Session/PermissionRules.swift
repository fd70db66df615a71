/// Decides whether a tool call runs, is refused, or must be asked about.
struct PermissionRules {
    /// What a rule says of the calls it matches.
    enum Behavior: String {
        case allow
        case deny
        case ask
    }

    /// A rule such as `Bash(git *)`, and where it came from.
    struct Rule: Equatable {
        var text: String
        var behavior: Behavior
        /// Where it came from, in the words of `list_permission_rules`: `cliArg`, `flagSettings`, `session`.
        var source: String
    }

    /// A directory beside the working directory in which tools may work.
    struct Directory: Equatable {
        var path: String
        var source: String
    }

    /// What becomes of a call.
    enum Verdict: Equatable {
        /// `reason` and `source` are what the result's `permission_decision` says.
        case allow(reason: String, source: String = "config")
        case ask
        case deny(String)
    }

    private static let readOnlyTools: Set<String> = [
        "Read", "Grep", "Glob", "LS", "Agent", "Task", "TodoWrite", "ToolSearch", "TaskStop", "ListAgents", "Skill",
        "CronList", "ReportFindings", "EnterPlanMode", "StructuredOutput",
    ]
    private static let interactiveTools: Set<String> = ["AskUserQuestion", "ExitPlanMode"]
    private static let editingTools: Set<String> = ["Write", "Edit", "MultiEdit", "NotebookEdit"]
    static let readOnlyCommands: Set<String> = [
        "ls", "cat", "echo", "pwd", "head", "tail", "wc", "grep", "true", "false", "printf", "date", "whoami", "id",
        "sleep", "uname", "sort", "uniq", "cut", "diff", "stat", "basename", "dirname", "which", "test", "seq", "tr",
        "cd", "du", "df", "hostname", "file",
    ]
    private static let readOnlyGit: Set<String> = ["status", "log", "diff", "show", "branch", "rev-parse"]
    static let fileCommands: Set<String> = ["touch", "mkdir", "rm", "rmdir", "mv", "cp", "sed"]

    /// One of `Options.permissionModes`.
    var mode: String
    let workingDirectory: String
    private(set) var rules: [Rule]
    private(set) var directories: [Directory]

    init(options: Options, workingDirectory: String) {
        self.mode = options.permissionMode
        self.rules =
            options.allowedTools.map { Rule(text: $0, behavior: .allow, source: "cliArg") }
            + options.disallowedTools.map { Rule(text: $0, behavior: .deny, source: "cliArg") }
        self.directories = options.addedDirectories.map { Directory(path: $0, source: "cliArg") }
        self.workingDirectory = workingDirectory
        self.take(FlagSettings(options: options))
    }

    /// The rules in a list, which are separated by commas or blanks outside parentheses.
    static func split(_ list: String) -> [String] {
        var rules: [String] = [""]
        var depth = 0
        for character in list {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0, character == "," || character == " " {
                rules.append("")
            } else {
                rules[rules.count - 1].append(character)
            }
        }
        return rules.filter { !$0.isEmpty }
    }

    /// Puts the rules of the settings in the place of those they gave before.
    mutating func take(_ settings: FlagSettings) {
        self.rules.removeAll { $0.source == "flagSettings" }
        for behavior in [Behavior.allow, .deny, .ask] {
            self.rules += settings.rules(behavior).map {
                Rule(text: $0, behavior: behavior, source: "flagSettings")
            }
        }
    }

    /// Carries out one of the `updatedPermissions` of an answer, for the rest of the process whatever its destination;
    /// `setMode` is not done here.
    mutating func take(update: JSON) {
        let source = update["destination"]?.text ?? "session"
        let behavior = update["behavior"]?.text.flatMap(Behavior.init(rawValue:)) ?? .allow
        let rules = (update["rules"]?.elements ?? []).map { rule in
            let name = rule["toolName"]?.text ?? ""
            let text = rule["ruleContent"]?.text.map { "\(name)(\($0))" } ?? name
            return Rule(text: text, behavior: behavior, source: source)
        }
        let paths = update["directories"]?.elements.compactMap(\.text) ?? []
        switch update["type"]?.text {
        case "addRules": self.rules += rules
        case "replaceRules":
            self.rules.removeAll { $0.source == source && $0.behavior == behavior }
            self.rules += rules
        case "removeRules": self.rules.removeAll { rules.contains($0) }
        case "addDirectories": self.directories += paths.map { Directory(path: $0, source: source) }
        case "removeDirectories": self.directories.removeAll { $0.source == source && paths.contains($0.path) }
        default: break
        }
    }

    /// What becomes of that call.
    func verdict(_ call: Directive.ToolRequest) -> Verdict {
        if self.rule(.deny, for: call) != nil { return .deny("Permission to use \(call.name) has been denied.") }
        if call.alwaysAsks || Self.interactiveTools.contains(call.name) { return .ask }
        if call.neverAsks || self.mode == "bypassPermissions" { return .allow(reason: "mode") }
        if self.rule(.ask, for: call) != nil { return .ask }
        if let rule = self.rule(.allow, for: call) {
            return .allow(reason: "rule", source: rule.source.hasSuffix("alSettings") ? "user_permanent" : "config")
        }
        if call.name == "Bash" {
            let command = call.input["command"]?.text ?? ""
            if self.isReadOnly(command) { return .allow(reason: "subcommandResults") }
            if self.mode == "acceptEdits", self.uses(only: Self.fileCommands, command) { return .allow(reason: "mode") }
        } else if Self.readOnlyTools.contains(call.name) {
            if call.name != "Read" || self.isInside(call.input["file_path"]?.text ?? "") {
                return .allow(reason: "mode")
            }
        } else if Self.editingTools.contains(call.name), self.mode == "acceptEdits" {
            if self.isInside(call.input["file_path"]?.text ?? "") { return .allow(reason: "mode") }
        }
        switch self.mode {
        case "auto": return .allow(reason: "mode")
        case "dontAsk":
            return .deny(
                "Permission to use \(call.name) has been denied because Claude Code is running in don't ask mode."
            )
        default: return .ask
        }
    }

    private func rule(_ behavior: Behavior, for call: Directive.ToolRequest) -> Rule? {
        self.rules.first { $0.behavior == behavior && self.matches($0.text, call) }
    }

    private func matches(_ rule: String, _ call: Directive.ToolRequest) -> Bool {
        guard let open = rule.firstIndex(of: "("), rule.hasSuffix(")") else { return rule == call.name }
        guard rule[..<open] == call.name else { return false }
        let pattern = rule[rule.index(after: open)...].dropLast()
        let subject = call.input["command"]?.text ?? call.input["file_path"]?.text ?? ""
        if pattern.hasSuffix(" *"), subject == pattern.dropLast(2) { return true }
        if pattern.hasPrefix("//"), pattern.hasSuffix("/**") {
            return subject.hasPrefix(pattern.dropFirst().dropLast(2))
        }
        for wildcard in [":*", "*"] where pattern.hasSuffix(wildcard) {
            return subject.hasPrefix(pattern.dropLast(wildcard.count))
        }
        return subject == pattern
    }

    /// Whether tools may work there: in the working directory or one that was added.
    func isInside(_ path: String) -> Bool {
        let roots = [self.workingDirectory] + self.directories.map(\.path)
        return !path.hasPrefix("/") || roots.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private func isReadOnly(_ command: String) -> Bool {
        self.uses(only: Self.readOnlyCommands.union(["git"]), command)
            && self.parts(of: command).allSatisfy { part in
                let words = part.split(separator: " ").map(String.init)
                guard words.first == "git" else {
                    return words.dropFirst().allSatisfy { self.isInside($0) }
                }
                return words.count > 1 && Self.readOnlyGit.contains(words[1])
            }
    }

    /// Whether each part of the command is one of these programs, without redirection or substitution.
    private func uses(only programs: Set<String>, _ command: String) -> Bool {
        guard !command.contains(where: { "><`$".contains($0) }) else { return false }
        return self.parts(of: command).allSatisfy { part in
            part.split(separator: " ").first.map { programs.contains(String($0)) } ?? false
        }
    }

    private func parts(of command: String) -> [Substring] {
        command.split { "&|;\n".contains($0) }.filter { !$0.allSatisfy { $0 == " " } }
    }
}
