import Testing

@testable import ScriptedAgent

/// Files put back to what they were before a prompt.
@Suite struct RewindTests {
    private static let id = "2b4f8203-4d9a-4840-9482-94af9d4d38e8"
    private static let enabled = ["CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING": "true"]

    private static func write(_ text: String, to path: String) -> String {
        "tool:Write {\"file_path\":\"\(path)\",\"content\":\"\(text)\"}\nsay done"
    }

    private static func content(_ path: String) -> String? {
        Files.read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func rewind(_ agent: AgentProcess, to message: String, isDryRun: Bool = false) throws -> JSON {
        let extra: [(String, JSON)] = [("user_message_id", .string(message)), ("dry_run", .bool(isDryRun))]
        agent.control("rewind_files", id: "r", extra: extra)
        while let line = try agent.line() {
            if line["type"] == "control_response" { return line["response"] ?? .null }
        }
        return .null
    }

    @Test func `files go back to before a prompt, also in a later process`() throws {
        let home = TemporaryDirectory()
        let path = "\(home.path)/r.txt"
        let arguments = ["--permission-mode", "bypassPermissions"]
        let agent = try AgentProcess(arguments + ["--session-id=\(Self.id)"], environment: Self.enabled, home: home)
        agent.prompt(Self.write("one", to: path), uuid: "first")
        #expect(try agent.line("user/tool_result")["tool_use_result"]?["type"] == "create")
        _ = try agent.line("result/success")
        let edit = "{\"file_path\":\"\(path)\",\"old_string\":\"two\",\"new_string\":\"three\"}"
        agent.prompt(Self.write("two", to: path) + "\ntool:Edit \(edit)", uuid: "second")
        let update = try agent.line("user/tool_result")["tool_use_result"]
        #expect(update?["type"] == "update")
        #expect(update?["originalFile"] == "one")
        #expect(
            update?["structuredPatch"]?.elements.first?["lines"] == [
                "-one", "\\ No newline at end of file", "+two", "\\ No newline at end of file",
            ]
        )
        _ = try agent.line("result/success")
        #expect(Self.content(path) == "three")
        #expect(
            try Self.rewind(agent, to: "second", isDryRun: true)["response"] == [
                "canRewind": true, "filesChanged": [.string(path)], "insertions": 1, "deletions": 1,
            ]
        )
        #expect(Self.content(path) == "three")
        #expect(try Self.rewind(agent, to: "second")["response"] == ["canRewind": true, "skippedLinks": 0])
        #expect(Self.content(path) == "one")
        let unknown = try Self.rewind(agent, to: "third")
        #expect(unknown["subtype"] == "error")
        #expect(unknown["error"] == "No file checkpoint found for this message.")
        agent.closeInput()
        _ = try agent.waitForExit()
        let later = try AgentProcess(arguments + ["--resume=\(Self.id)"], environment: Self.enabled, home: home)
        _ = try Self.rewind(later, to: "first")
        #expect(Self.content(path) == nil)
    }

    @Test func `without checkpoints nothing is written and nothing can be put back`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: home)
        agent.prompt(Self.write("one", to: "\(home.path)/r.txt"), uuid: "first")
        _ = try agent.line("result/success")
        #expect(Self.content("\(home.path)/r.txt") == nil)
        #expect(try Self.rewind(agent, to: "first")["error"] == "File rewinding is not enabled.")
        #expect(try Self.rewind(agent, to: "first", isDryRun: true)["response"]?["canRewind"] == false)
    }
}
