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

    @Test func `two open questions are both withdrawn when one is denied with an interrupt`() throws {
        let agent = try AgentProcess(Self.asking, home: TemporaryDirectory())
        agent.prompt("subagents 2")
        let first = try agent.line("control_request/can_use_tool")
        let second = try agent.line("control_request/can_use_tool")
        agent.answer(first, ["behavior": "deny", "message": "Stop.", "interrupt": true])
        #expect(try agent.line("control_cancel_request")["request_id"] == second["request_id"])
        _ = try agent.line("result/error_during_execution")
    }

    @Test func `a rule for the session is not asked about again, in later turns too`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(Self.asking, home: home)
        let prompt = "tool:Bash {\"command\":\"touch \(home.path)/made\"}"
        agent.prompt(prompt)
        let ask = try agent.line("control_request/can_use_tool")
        #expect(ask["request"]?["blocked_path"] == .string("\(home.path)/made"))
        var rule = ask["request"]?["permission_suggestions"]?.elements.first ?? .null
        #expect(rule["type"] == "addRules")
        rule["destination"] = "session"
        agent.answer(ask, ["behavior": "allow", "updatedPermissions": [rule]])
        _ = try agent.line("result/success")
        agent.prompt(prompt)
        _ = try agent.line("result/success")
        #expect(agent.kinds.count { $0 == "control_request/can_use_tool" } == 1)
        agent.prompt("tool:Bash {\"command\":\"touch \(home.path)/other\"}")
        _ = try agent.line("control_request/can_use_tool")
    }

    @Test func `a plan is asked about, and its answer can set the mode`() throws {
        let agent = try AgentProcess(Self.asking + ["--permission-mode", "plan"], home: TemporaryDirectory())
        agent.prompt("plan\ntool:Write {\"file_path\":\"p.txt\",\"content\":\"x\"}")
        let ask = try agent.line("control_request/can_use_tool")
        #expect(ask["request"]?["tool_name"] == "ExitPlanMode")
        #expect(ask["request"]?["input"] == [:])
        #expect(ask["request"]?["requires_user_interaction"] == true)
        let mode: JSON = ["type": "setMode", "mode": "acceptEdits", "destination": "session"]
        agent.answer(ask, ["behavior": "allow", "updatedInput": [:], "updatedPermissions": [mode]])
        #expect(try agent.line("system/status")["permissionMode"] == "acceptEdits")
        _ = try agent.line("result/success")
        #expect(agent.kinds.count { $0 == "control_request/can_use_tool" } == 1)
        agent.prompt("model")
        #expect(try agent.line("result/success")["result"] == "claude-opus-5-5 acceptEdits")
    }

    @Test func `a plan that is approved without a mode leads back to the default`() throws {
        let agent = try AgentProcess(Self.asking + ["--permission-mode", "plan"], home: TemporaryDirectory())
        agent.prompt("plan\nmodel")
        agent.answer(try agent.line("control_request/can_use_tool"), ["behavior": "allow"])
        #expect(try agent.line("result/success")["result"] == "claude-opus-5-5 default")
    }

    @Test func `a permission that is remembered is not asked again`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(Self.asking, home: home)
        agent.prompt(
            "tool:Bash {\"command\":\"touch \(home.path)/a\"}\ntool:Bash {\"command\":\"touch \(home.path)/b\"}"
        )
        let ask = try agent.line("control_request/can_use_tool")
        let suggestions = ask["request"]?["permission_suggestions"] ?? []
        agent.answer(ask, ["behavior": "allow", "updatedPermissions": suggestions])
        _ = try agent.line("result/success")
        #expect(agent.kinds.count { $0 == "control_request/can_use_tool" } == 1)
    }
}
