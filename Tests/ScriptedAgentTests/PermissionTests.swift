import Glibc
import Testing

@testable import ScriptedAgent

/// Questions to the host, and what its answers do.
@Suite struct PermissionTests {
    private static let asking = ["--permission-prompt-tool", "stdio"]
    private static let touching = "tool:Bash {\"command\":\"touch made\"}\nsay after"

    @Test func `an allowed call runs with the input the host changed`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt(Self.touching)
        let ask = try agent.line("control_request/can_use_tool")
        #expect(ask["request"]?["input"] == ["command": "touch made"])
        agent.answer(ask, ["behavior": "allow", "updatedInput": ["command": "echo rewritten"]])
        let result = try agent.line("user/tool_result")
        #expect(result["message"]?["content"]?.elements.first?["content"] == "rewritten")
        #expect(try agent.line("result/success")["permission_denials"] == [])
    }

    @Test func `a denial is the tool's result and the turn goes on`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt(Self.touching)
        agent.answer(try agent.line("control_request/can_use_tool"), ["behavior": "deny", "message": "No."])
        let block = try agent.line("user/tool_result")["message"]?["content"]?.elements.first
        #expect(block?["content"] == "No.")
        #expect(block?["is_error"] == true)
        let result = try agent.line("result/success")
        #expect(result["result"] == "after")
        #expect(result["permission_denials"]?.elements.count == 1)
    }

    @Test func `a denial with interrupt ends the turn`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt(Self.touching)
        let ask = try agent.line("control_request/can_use_tool")
        agent.answer(ask, ["behavior": "deny", "message": "Stop.", "interrupt": true])
        #expect(try agent.line("result/error_during_execution")["terminal_reason"] == "aborted_tools")
    }

    @Test func `an interrupt cancels the open question first`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt(Self.touching)
        let ask = try agent.line("control_request/can_use_tool")
        agent.control("interrupt", id: "i")
        #expect(try agent.line()?["request_id"] == ask["request_id"])
        _ = try agent.line("result/error_during_execution")
        #expect(
            agent.kinds.suffix(5) == [
                "control_cancel_request", "control_response/success", "user/tool_result", "user/text",
                "result/error_during_execution",
            ]
        )
        agent.answer(ask, ["behavior": "allow"])
        agent.prompt("say still here")
        #expect(try agent.line("result/success")["result"] == "still here")
    }

    @Test func `the end of stdin refuses an open question and finishes the turn`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt(Self.touching)
        _ = try agent.line("control_request/can_use_tool")
        agent.closeInput()
        #expect(try agent.rest() == ["user/tool_result", "assistant/text", "result/success"])
        #expect(try agent.waitForExit() == .code(0))
    }

    @Test func `without a host nothing is asked and nothing runs`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt(Self.touching)
        _ = try agent.line("result/success")
        #expect(agent.kinds.contains("system/permission_denied"))
    }

    @Test func `a mode that bypasses asks nothing, yet a question is still asked`() throws {
        let agent = try AgentProcess(
            Self.asking + ["--permission-mode", "bypassPermissions"],
            home: TemporaryDirectory()
        )
        agent.prompt("tool:Bash {\"command\":\"echo $((1+1))\"}\nask Which?")
        let ask = try agent.line("control_request/can_use_tool")
        #expect(agent.kinds.count { $0 == "control_request/can_use_tool" } == 1)
        let questions = ask["request"]?["input"]?["questions"] ?? .null
        agent.answer(
            ask,
            ["behavior": "allow", "updatedInput": ["questions": questions, "answers": ["Which?": "Yes"]]]
        )
        let result = try agent.line("user/tool_result")["message"]?["content"]?.elements.first?["content"]?.text
        #expect(result?.contains("\"Which?\"=\"Yes\"") == true)
    }

    @Test func `two sub-agents ask at the same time`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt("subagents 2")
        let asks = [try agent.line("control_request/can_use_tool"), try agent.line("control_request/can_use_tool")]
        #expect(asks[0]["request"]?["agent_id"] != asks[1]["request"]?["agent_id"])
        for ask in asks.reversed() { agent.answer(ask, ["behavior": "allow"]) }
        _ = try agent.line("result/success")
    }

    @Test func `a permission that is remembered is not asked again`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt("tool:Bash {\"command\":\"touch a\"}\ntool:Bash {\"command\":\"touch b\"}")
        let ask = try agent.line("control_request/can_use_tool")
        let suggestions = ask["request"]?["permission_suggestions"] ?? []
        agent.answer(ask, ["behavior": "allow", "updatedPermissions": suggestions])
        _ = try agent.line("result/success")
        #expect(agent.kinds.count { $0 == "control_request/can_use_tool" } == 1)
    }
}
