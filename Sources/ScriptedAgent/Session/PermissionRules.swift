/// Decides whether a tool call runs, is refused, or must be asked about.
struct PermissionRules {
    /// What becomes of a call.
    enum Verdict: Equatable {
        /// `reason` is what the result's `permission_decision` says.
        case allow(reason: String)
        case ask
        case deny(String)
    }

    private static let readOnlyTools: Set<String> = [
        "Read", "Grep", "Glob", "LS", "Agent", "Task", "TodoWrite", "ToolSearch", "TaskStop", "ListAgents", "Skill",
        "CronList", "ReportFindings", "EnterPlanMode", "StructuredOutput",
    ]
    private static let interactiveTools: Set<String> = ["AskUserQuestion", "ExitPlanMode"]
    private static let editingTools: Set<String> = ["Write", "Edit", "MultiEdit", "NotebookEdit"]
    private static let readOnlyCommands: Set<String> = [
        "ls", "cat", "echo", "pwd", "head", "tail", "wc", "grep", "true", "false", "printf", "date", "whoami", "id",
        "sleep", "uname", "sort", "uniq", "cut", "diff", "stat", "basename", "dirname", "which", "test", "seq", "tr",
        "cd", "du", "df", "hostname", "file",
    ]
    private static let readOnlyGit: Set<String> = ["status", "log", "diff", "show", "branch", "rev-parse"]
    private static let fileCommands: Set<String> = ["touch", "mkdir", "rm", "rmdir", "mv", "cp", "sed"]

    /// One of `Options.permissionModes`.
    var mode: String
    private let workingDirectory: String
    private var allowed: [String]
    private let disallowed: [String]

    init(options: Options, workingDirectory: String) {
        self.mode = options.permissionMode
        self.allowed = options.allowedTools
        self.disallowed = options.disallowedTools
        self.workingDirectory = workingDirectory
    }

    /// The rules allowed so far.
    var allowedRules: [String] { self.allowed }

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

    /// Adds a rule such as `Bash(git *)`.
    mutating func allow(_ rule: String) {
        self.allowed.append(rule)
    }

    /// What becomes of that call.
    func verdict(_ call: Directive.ToolRequest) -> Verdict {
        if self.disallowed.contains(where: { self.matches($0, call) }) {
            return .deny("Permission to use \(call.name) has been denied.")
        }
        if call.alwaysAsks || Self.interactiveTools.contains(call.name) { return .ask }
        if call.neverAsks || self.mode == "bypassPermissions" { return .allow(reason: "mode") }
        if self.allowed.contains(where: { self.matches($0, call) }) { return .allow(reason: "rule") }
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

    private func matches(_ rule: String, _ call: Directive.ToolRequest) -> Bool {
        guard let open = rule.firstIndex(of: "("), rule.hasSuffix(")") else { return rule == call.name }
        guard rule[..<open] == call.name else { return false }
        let pattern = rule[rule.index(after: open)...].dropLast()
        let subject = call.input["command"]?.text ?? call.input["file_path"]?.text ?? ""
        for wildcard in [" *", ":*", "*"] where pattern.hasSuffix(wildcard) {
            return subject.hasPrefix(pattern.dropLast(wildcard.count))
        }
        return subject == pattern
    }

    private func isInside(_ path: String) -> Bool {
        !path.hasPrefix("/") || path == self.workingDirectory || path.hasPrefix(self.workingDirectory + "/")
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
