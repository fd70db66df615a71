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

    @Test func `modes and rules decide`() {
        #expect(Self.verdict("Read", "/workspace/f") == .allow(reason: "mode"))
        #expect(Self.verdict("Read", "/etc/passwd") == .ask)
        #expect(Self.verdict("Write", "/workspace/f") == .ask)
        #expect(Self.verdict("Write", "/workspace/f", mode: "acceptEdits") == .allow(reason: "mode"))
        #expect(Self.verdict("Bash", "rm -rf x", mode: "bypassPermissions") == .allow(reason: "mode"))
        #expect(Self.verdict("Bash", "npm install x", allowed: "Read, Bash(npm *)") == .allow(reason: "rule"))
        #expect(Self.verdict("AskUserQuestion", "", mode: "bypassPermissions") == .ask)
        #expect(Self.verdict("WebFetch", "", mode: "bypassPermissions") != .ask)
    }
}
