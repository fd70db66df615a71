import Testing

@testable import ScriptedAgent

/// Several prompts, and control requests in the middle of a turn.
@Suite struct QueueTests {
    @Test func `prompts written while a tool runs are taken into the turn`() throws {
        let agent = try AgentProcess(["--permission-mode", "bypassPermissions"], home: TemporaryDirectory())
        agent.prompt("tool:Bash {\"command\":\"read -t 0.3 < /dev/zero; sleep 0.3\"}\nsay finished", uuid: "a")
        _ = try agent.line("assistant/tool_use")
        agent.prompt("please note", uuid: "b")
        _ = try agent.line("command_lifecycle/queued")
        let result = try agent.line("result/success")
        #expect(result["user_message_uuids"] == ["a", "b"])
        #expect(try agent.line()?["command_uuid"] == "a")
        #expect(
            agent.kinds.suffix(5) == [
                "command_lifecycle/started", "assistant/text", "command_lifecycle/completed", "result/success",
                "command_lifecycle/completed",
            ]
        )
    }

    @Test func `a uuid that was seen is dropped, with an echo`() throws {
        let agent = try AgentProcess(["--replay-user-messages"], home: TemporaryDirectory())
        agent.prompt("say one", uuid: "a")
        _ = try agent.line("command_lifecycle/completed")
        agent.prompt("say two", uuid: "a")
        agent.closeInput()
        #expect(try agent.rest() == ["user/replay"])
    }

    @Test func `a prompt with priority now displaces the running turn`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 50", uuid: "a")
        _ = try agent.line("system/init")
        agent.prompt("say urgent", uuid: "b", extra: [("priority", "now")])
        let first = try agent.line("result/success")
        #expect(first["terminal_reason"] == "aborted_streaming")
        #expect(first["is_error"] == false)
        #expect(try agent.line("command_lifecycle/cancelled")["command_uuid"] == "a")
        #expect(try agent.line("result/success")["result"] == "urgent")
    }

    @Test func `prompts written while text streams become one turn, those with a priority one each`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("echo 30 200", uuid: "a")
        _ = try agent.line("system/init")
        agent.prompt("say late", uuid: "e", extra: [("priority", "later")])
        agent.prompt("say one", uuid: "b")
        agent.prompt("say two", uuid: "c")
        agent.prompt("say soon", uuid: "d", extra: [("priority", "next")])
        agent.closeInput()
        var results: [JSON?] = []
        while let line = try agent.line() {
            if line["type"] == "result" { results.append(line["user_message_uuids"]) }
        }
        #expect(results == [["a"], ["d"], ["b", "c"], ["e"]])
    }

    @Test func `a waiting prompt can be withdrawn`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("echo 30 100", uuid: "a")
        _ = try agent.line("system/init")
        agent.prompt("say no", uuid: "b")
        agent.control("cancel_async_message", id: "c", extra: [("message_uuid", "b")])
        #expect(try agent.line("control_response/success")["response"]?["response"]?["cancelled"] == true)
        agent.closeInput()
        #expect(try agent.rest().count { $0.hasPrefix("result/") } == 1)
    }

    @Test(arguments: [
        "mcp_status", "get_context_usage", "get_settings", "list_models", "get_session_cost", "get_usage",
    ])
    func `a control request is answered in the middle of a turn`(subtype: String) throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("forever 20")
        _ = try agent.line("system/init")
        agent.control(subtype, id: "q")
        #expect(try agent.line()?["response"]?["request_id"] == "q")
        agent.control("nonsense", id: "x")
        #expect(try agent.line("control_response/error")["response"]?["error_code"] == "unsupported_request")
    }

    @Test func `model and mode can be changed`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.control("initialize", id: "1")
        let answer = try agent.line("control_response/success")["response"]
        #expect(answer?["response"]?["pid"]?.integer == Int(agent.processID))
        #expect(answer?["pending_permission_requests"] == [])
        agent.control("set_model", id: "2", extra: [("model", "haiku")])
        _ = try agent.line("control_response/success")
        agent.control("set_permission_mode", id: "3", extra: [("mode", "acceptEdits")])
        _ = try agent.line("system/status")
        agent.control("set_permission_mode", id: "4", extra: [("mode", "bypassPermissions")])
        #expect(try agent.line("control_response/error")["response"]?["error_code"] == "bypass_not_launched")
        agent.prompt("model")
        #expect(try agent.line("result/success")["result"] == "claude-haiku-4-5 acceptEdits")
        #expect(
            agent.kinds.prefix(4) == [
                "control_response/success", "user/replay", "control_response/success", "control_response/success",
            ]
        )
    }
}
