import Testing

@testable import ScriptedAgent

/// Refusals, limits and tools that take their time.
@Suite struct TroubleTests {
    @Test func `retries come as fast as they were told to`() throws {
        let agent = try AgentProcess(environment: ["TROUPE_SCRIPT_RETRY_MS": "1"], home: TemporaryDirectory())
        agent.prompt("error:401 3")
        for attempt in 1...3 {
            let retry = try agent.line("system/api_retry")
            #expect(retry["attempt"] == JSON(attempt))
            #expect(retry["max_retries"] == 10)
            #expect(retry["retry_delay_ms"] == 1)
            #expect(retry["error"] == "authentication_failed")
        }
        #expect(try agent.line("result/success")["result"] == "recovered")
        agent.prompt("error:401")
        let reply = try agent.line("assistant/text")
        #expect(reply["error"] == "authentication_failed")
        #expect(reply["api_error_status"] == 401)
        #expect(agent.kinds.count { $0 == "system/api_retry" } == 13)
    }

    @Test func `a limit of turns ends a chain of tools`() throws {
        let agent = try AgentProcess(["--max-turns", "2"], home: TemporaryDirectory())
        agent.prompt(Array(repeating: "tool:Bash {\"command\":\"echo hi\"}", count: 3).joined(separator: "\n"))
        let result = try agent.line("result/error_max_turns")
        #expect(result["num_turns"] == 3)
        #expect(result["stop_reason"] == "tool_use")
        #expect(result["errors"] == ["Reached maximum number of turns (2)"])
        agent.prompt("say one")
        _ = try agent.line("result/success")
    }

    @Test func `a missing login is an error without a status`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("auth-failed")
        let reply = try agent.line("assistant/text")
        #expect(reply["error"] == "authentication_failed")
        #expect(reply["is_api_error_message"] == true)
        #expect(reply["api_error_status"] == nil)
        let result = try agent.line("result/success")
        #expect(result["is_error"] == true)
        #expect(result["api_error_status"] == .null)
        #expect(result["result"] == "Not logged in · Please run /login")
        #expect(result["total_cost_usd"] == 0)
        agent.prompt("say fine")
        #expect(try agent.line("result/success")["result"] == "fine")
    }

    @Test(arguments: [("allowed", 0.5), ("allowed_warning", 0.9), ("rejected", 1.0)])
    func `a limit is told`(status: String, utilization: Double) throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("rate-limit \(status) 60\nsay after")
        let limit = try agent.line("rate_limit_event")["rate_limit_info"]
        #expect(limit?["status"] == .string(status))
        #expect(limit?["rateLimitType"] == "five_hour")
        #expect(limit?["utilization"]?.double == utilization)
        let rest = (limit?["resetsAt"]?.integer ?? 0) - Clock.wallMilliseconds / 1000
        #expect((50...60).contains(rest))
        #expect(try agent.line("result/success")["result"] == "after")
    }

    @Test func `a tool gives signs of life`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("tool-heartbeat 60 20")
        let call = try agent.line("assistant/tool_use")["message"]?["content"]?.elements.first?["id"]?.text ?? ""
        for index in 0..<3 {
            let sign = try agent.line("tool_progress")
            #expect(sign["tool_use_id"] == .string("\(call)-heartbeat-\(index)"))
            #expect(sign["parent_tool_use_id"] == .string(call))
            #expect(sign["elapsed_time_seconds"]?.double == Double(index + 1) * 0.02)
        }
        agent.control("interrupt", id: "i")
        #expect(try agent.line("result/error_during_execution")["terminal_reason"] == "aborted_tools")
    }

    @Test func `a silent tool gives none`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("silent-tool 0.2")
        agent.closeInput()
        #expect(
            try agent.rest() == [
                "system/init", "assistant/tool_use", "user/tool_result", "assistant/text", "result/success",
            ]
        )
    }
}
