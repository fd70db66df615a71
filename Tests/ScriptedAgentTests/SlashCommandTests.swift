import Testing

@testable import ScriptedAgent

/// Prompts that the CLI answers without the model.
@Suite struct SlashCommandTests {
    @Test func `compacting leaves a summary in the place of what was said`() throws {
        let agent = try AgentProcess(["--include-partial-messages"], home: TemporaryDirectory())
        agent.prompt("say one")
        let before = try agent.line("result/success")["total_cost_usd"]?.double ?? 0
        let count = agent.kinds.count
        agent.prompt("/compact", uuid: "c")
        let boundary = try agent.line("system/compact_boundary")
        #expect(boundary["compact_metadata"]?["trigger"] == "manual")
        let summary = try #require(try agent.line())
        #expect(summary["isSynthetic"] == true)
        #expect(summary["message"]?["content"]?.text?.contains("say one") == true)
        let result = try agent.line("result/success")
        #expect(result["local_command"] == "compact")
        #expect(result["num_turns"] == 0)
        #expect(result["terminal_reason"] == nil)
        #expect((result["total_cost_usd"]?.double ?? 0) > before)
        _ = try agent.line("command_lifecycle/completed")
        #expect(
            agent.kinds[count...] == [
                "command_lifecycle/queued", "command_lifecycle/started", "system/status", "system/status",
                "system/init", "system/compact_boundary", "user", "user/replay", "result/success",
                "command_lifecycle/completed",
            ]
        )
        agent.prompt("memory")
        let memory = try agent.line("result/success")["result"]?.text ?? ""
        #expect(memory.hasPrefix("This session is being continued"))
        #expect(!memory.contains("/compact"))
    }

    @Test func `a resumed session remembers the summary alone`() throws {
        let home = TemporaryDirectory()
        let id = "2b4f8203-4d9a-4840-9482-94af9d4d38e8"
        let first = try AgentProcess(["--session-id=\(id)"], home: home)
        for prompt in ["say one", "say two", "/compact"] {
            first.prompt(prompt)
            _ = try first.line("result/success")
        }
        first.closeInput()
        _ = try first.waitForExit()
        let second = try AgentProcess(["--resume=\(id)"], home: home)
        second.prompt("memory")
        let memory = try second.line("result/success")["result"]?.text ?? ""
        #expect(memory.hasPrefix("This session is being continued"))
        #expect(memory.hasSuffix("- say one\n- say two"))
    }

    @Test func `clearing begins a new session at no cost`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("say one")
        let old = try agent.line("result/success")["session_id"]
        agent.prompt("/clear", uuid: "c")
        let reset = try agent.line("conversation_reset")
        #expect(reset["trigger"] == "clear")
        #expect(reset["session_id"] == old)
        #expect(reset["user_message_uuid"] == "c")
        let new = try agent.line("system/init")["session_id"]
        #expect(new != old)
        let result = try agent.line("result/success")
        #expect(result["session_id"] == new)
        #expect(result["total_cost_usd"] == 0)
        agent.prompt("memory")
        let after = try agent.line("result/success")
        #expect(after["result"] == "(nothing)")
        #expect(after["session_id"] == new)
    }

    @Test func `the model changes for the next turn`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("/model haiku")
        #expect(try agent.line("system/init")["model"] == "claude-opus-5-5")
        let line = try agent.line("assistant/text")
        #expect(line["local_command_run"] == ["command": "model", "args": "haiku"])
        #expect(try agent.line("result/success")["result"] == "Set model to `Haiku 4.5` for this session only")
        agent.prompt("model")
        #expect(try agent.line("result/success")["result"] == "claude-haiku-4-5 default")
    }

    @Test(arguments: ["cost", "usage"])
    func `the costs are told`(name: String) throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("cost 1.5\nsay one")
        _ = try agent.line("result/success")
        agent.prompt("/\(name)")
        let result = try agent.line("result/success")
        #expect(result["result"]?.text?.hasPrefix("Estimated cost:        $1.5000\n") == true)
        #expect(result["local_command"] == .string(name))
        #expect(result["model_usage_since_last_result"] == [:])
    }

    @Test func `an unknown command and a verbatim one are text`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("/no-such-command\nsay one")
        #expect(try agent.line("result/success")["result"] == "one")
        agent.prompt("/clear\nsay two", extra: [("client_composed", true)])
        #expect(try agent.line("result/success")["result"] == "two")
        #expect(!agent.kinds.contains("conversation_reset"))
    }

    @Test func `a command that waits has a turn of its own`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("echo 30 200")
        _ = try agent.line("system/init")
        for prompt in ["say a", "say b", "/clear", "memory"] { agent.prompt(prompt) }
        agent.closeInput()
        var results: [JSON?] = []
        while let line = try agent.line() {
            if line["type"] == "result" { results.append(line["result"]) }
        }
        #expect(results.dropFirst() == ["b", "", "(nothing)"])
    }
}
