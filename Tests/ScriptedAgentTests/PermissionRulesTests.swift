import Testing

@testable import ScriptedAgent

@Suite struct PermissionRulesTests {
    private static func verdict(
        _ name: String,
        _ subject: String,
        mode: String = "default",
        allowed: String = ""
    ) -> PermissionRules.Verdict {
        var options = Options()
        options.permissionMode = mode
        options.allowedTools = PermissionRules.split(allowed)
        options.disallowedTools = ["WebFetch"]
        let input: JSON = name == "Bash" ? ["command": .string(subject)] : ["file_path": .string(subject)]
        let rules = PermissionRules(options: options, workingDirectory: "/workspace")
        return rules.verdict(Directive.ToolRequest(name: name, input: input))
    }

    @Test(arguments: ["ls -la && cat f.txt", "git status", "echo hi", "pwd | wc -l"])
    func `what only reads is not asked about`(command: String) {
        #expect(Self.verdict("Bash", command) == .allow(reason: "subcommandResults"))
    }

    @Test(arguments: ["cat /etc/hostname", "echo x > f2.txt", "touch one.txt", "git push", "echo $(rm x)"])
    func `what changes or leaves the directory is asked about`(command: String) {
        #expect(Self.verdict("Bash", command) == .ask)
    }

    /// As recorded in `permission_parallel`, `permission_allow_always`, `permission_allow` and `permission_readonly`.
    static let questions: [(command: String, rule: JSON, types: [JSON], others: [String])] = [
        ("touch p1", "touch p1 *", ["addRules", "addDirectories", "setMode"], ["blocked_path"]),
        ("touch one.txt", "touch one.txt", ["addRules", "addDirectories", "setMode"], ["blocked_path"]),
        ("npm install left-pad", "npm install *", ["addRules"], ["decision_reason", "decision_reason_type"]),
        ("echo x > f2.txt", "echo x *", ["addRules", "addDirectories"], ["blocked_path"]),
        ("cat /etc/hostname", "cat /etc/hostname", ["addRules", "addRules"], ["blocked_path"]),
    ]

    @Test(arguments: questions)
    func `a question suggests what the CLI does`(command: String, rule: JSON, types: [JSON], others: [String]) {
        let rules = PermissionRules(options: Options(), workingDirectory: "/workspace")
        let call = Directive.ToolRequest(name: "Bash", input: ["command": .string(command)])
        let members = rules.question(about: call)
        let suggestions = members.first { $0.0 == "permission_suggestions" }?.1.elements ?? []
        #expect(suggestions.first?["rules"]?.elements.first?["ruleContent"] == rule)
        #expect(suggestions.map { $0["type"] } == types)
        #expect(members.map(\.0).filter { $0 != "description" && $0 != "permission_suggestions" } == others)
    }

    @Test func `modes and rules decide`() {
        #expect(Self.verdict("Read", "/workspace/f") == .allow(reason: "mode"))
        #expect(Self.verdict("Read", "/etc/passwd") == .ask)
        #expect(Self.verdict("Write", "/workspace/f") == .ask)
        #expect(Self.verdict("Write", "/workspace/f", mode: "acceptEdits") == .allow(reason: "mode"))
        #expect(Self.verdict("Bash", "rm -rf x", mode: "bypassPermissions") == .allow(reason: "mode"))
        #expect(Self.verdict("Bash", "npm install x", allowed: "Read, Bash(npm *)") == .allow(reason: "rule"))
        #expect(Self.verdict("AskUserQuestion", "", mode: "bypassPermissions") == .ask)
        #expect(Self.verdict("Bash", "touch p1", allowed: "Bash(touch p1 *)") == .allow(reason: "rule"))
        #expect(Self.verdict("Bash", "touch p1 q", allowed: "Bash(touch p1 *)") == .allow(reason: "rule"))
        #expect(Self.verdict("Bash", "touch p12", allowed: "Bash(touch p1 *)") == .ask)
        #expect(Self.verdict("Read", "/etc/passwd", allowed: "Read(//etc/**)") == .allow(reason: "rule"))
        #expect(Self.verdict("Read", "/etcetera", allowed: "Read(//etc/**)") == .ask)
        #expect(Self.verdict("WebFetch", "", mode: "bypassPermissions") != .ask)
    }
}
