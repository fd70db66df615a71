import Testing

@testable import ScriptedAgent

/// What each directive makes the program print, in order.
@Suite struct DirectiveTests {
    /// Lines of a plain text answer with partial messages: as many deltas as given.
    private static func streamed(_ deltas: Int) -> [String] {
        ["system/init", "system/status", "stream_event/message_start", "stream_event/content_block_start"]
            + Array(repeating: "stream_event/content_block_delta", count: deltas)
            + [
                "assistant/text", "stream_event/content_block_stop", "stream_event/message_delta",
                "stream_event/message_stop", "result/success",
            ]
    }

    static let cases: [(prompt: String, kinds: [String])] = [
        ("say hello", streamed(1)), ("echo 3", streamed(3)), ("echo 3 500", streamed(3)), ("big 10 4", streamed(3)),
        ("text 10 1000 5", streamed(2)), ("memory", streamed(1)), ("usage", streamed(1)), ("cwd", streamed(1)),
        ("stop:max_tokens", streamed(1)), ("ttft 5 say late", streamed(1)), ("hdr a=b say header", streamed(1)),
        ("env HOME", streamed(1)), ("args", streamed(2)), ("model", streamed(1)),
        ("ignore-interrupts", streamed(1)),
        (
            "empty",
            ["system/init", "system/status", "stream_event/message_start"]
                + ["stream_event/message_delta", "stream_event/message_stop", "result/success"]
        ),
        ("unknown zork\nsay x", ["system/init", "zork"] + streamed(1).dropFirst()),
        ("giant 5000\nsay x", ["system/init", "system/giant"] + streamed(1).dropFirst()),
    ]

    @Test(arguments: cases.map(\.prompt))
    func `a text directive prints its lines in the CLI's order`(prompt: String) throws {
        let expected = Self.cases.first { $0.prompt == prompt }?.kinds
        let agent = try AgentProcess(["--include-partial-messages"], home: TemporaryDirectory())
        agent.prompt(prompt)
        agent.closeInput()
        #expect(try agent.rest() == expected)
        #expect(try agent.waitForExit() == .code(0))
    }

    static let wholeCases: [(prompt: String, kinds: [String])] = [
        ("say a\nsay b", ["assistant/text", "assistant/text", "result/success"]),
        ("think 2 2", ["assistant/thinking", "assistant/text", "result/success"]),
        (
            "tool:Bash {\"command\":\"echo hi\"}",
            ["assistant/tool_use", "user/tool_result", "assistant/text", "result/success"]
        ),
        (
            "saytool:Read {\"file_path\":\"f\"}\nsay done",
            ["assistant/text", "assistant/tool_use", "user/tool_result", "assistant/text", "result/success"]
        ),
        (
            "tools: [{\"name\":\"Read\",\"input\":{}},{\"name\":\"Grep\",\"input\":{}}]",
            [
                "assistant/tool_use", "assistant/tool_use", "user/tool_result", "user/tool_result", "assistant/text",
                "result/success",
            ]
        ),
        ("error:400", ["assistant/text", "result/success"]),
        ("error:413", ["system/status", "system/status", "assistant/text", "result/success"]),
        ("error:529 1", ["system/api_retry", "assistant/text", "result/success"]),
        ("error:500", ["system/api_retry", "assistant/text", "result/success"]),
        ("error:prompt_too_long", ["assistant/text", "result/success"]),
        ("error:stream 2", ["assistant/text", "result/success"]),
        ("fork-shell 1", ["assistant/text", "result/success"]),
        ("unicode", ["assistant/text", "result/success"]),
        (
            "subagent",
            [
                "assistant/tool_use", "system/task_started", "user/text", "assistant/text", "system/task_updated",
                "system/task_notification", "user/tool_result", "assistant/text", "result/success",
            ]
        ),
        ("hello", ["assistant/text", "result/success"]),
    ]

    @Test(arguments: wholeCases.map(\.prompt))
    func `a directive prints whole lines without partial messages`(prompt: String) throws {
        let expected = Self.wholeCases.first { $0.prompt == prompt }?.kinds ?? []
        let agent = try AgentProcess(environment: ["CLAUDE_CODE_MAX_RETRIES": "1"], home: TemporaryDirectory())
        agent.prompt(prompt)
        agent.closeInput()
        #expect(try agent.rest() == ["system/init"] + expected)
        #expect(
            try agent.waitForExit()
                == .code(
                    prompt.hasPrefix("error:4") || prompt.hasPrefix("error:500")
                        || prompt.hasPrefix("error:prompt") ? 1 : 0
                )
        )
    }

    @Test func `a prompt with uuid, replay and states has all its frames`() throws {
        let agent = try AgentProcess(
            ["--replay-user-messages"],
            environment: ["CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1"],
            home: TemporaryDirectory()
        )
        agent.prompt("say hello", uuid: "p1")
        agent.closeInput()
        #expect(
            try agent.rest() == [
                "command_lifecycle/queued", "command_lifecycle/started", "system/session_state_changed", "system/init",
                "user/replay", "assistant/text", "result/success", "command_lifecycle/completed",
                "system/session_state_changed",
            ]
        )
    }

    @Test func `a broken stream is abandoned and repeated whole`() throws {
        let agent = try AgentProcess(["--include-partial-messages"], home: TemporaryDirectory())
        agent.prompt("error:stream 2")
        let start = try agent.line("stream_event/message_start")
        let stop = try agent.line("stream_event/message_stop")
        #expect(stop["abandoned_blocks"]?["from_block_index"] == 0)
        let repeated = try agent.line("assistant/text")
        #expect(repeated["message"]?["id"] != start["api_message_id"])
        #expect(try agent.line("result/success")["result"] == "w0 w1 ")
    }

    @Test func `held deltas are joined and lose nothing`() throws {
        let agent = try AgentProcess(
            ["--include-partial-messages"],
            environment: ["CLAUDE_CODE_STREAM_EVENT_HOLD_MS": "50"],
            home: TemporaryDirectory()
        )
        agent.prompt("echo 100 500")
        agent.closeInput()
        var text = ""
        while let line = try agent.line() {
            text += line["event"]?["delta"]?["text"]?.text ?? ""
        }
        #expect(text == (0..<100).map { "w\($0) " }.joined())
        #expect(agent.kinds.count { $0 == "stream_event/content_block_delta" } < 20)
    }

    @Test func `a giant line and an invalid one arrive as they were asked for`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("giant 3000000\ninvalid {oops\nsay after")
        #expect(try agent.line("system/giant")["padding"]?.text?.utf8.count == 3_000_000)
        #expect(try agent.rawLine() == Array("{oops".utf8))
        #expect(try agent.line("result/success")["result"] == "after")
    }

    @Test func `background work ends in a turn that nobody asked for`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        agent.prompt("background 0.2\nsay started")
        _ = try agent.line("system/background_tasks_changed")
        #expect(try agent.line("result/success")["origin"] == nil)
        _ = try agent.line("system/task_notification")
        _ = try agent.line("system/init")
        #expect(try agent.line("result/success")["origin"]?["kind"] == "task-notification")
    }

    @Test func `results count up and costs add up`() throws {
        let agent = try AgentProcess(home: TemporaryDirectory())
        var sum = 0.0
        for index in 0..<3 {
            agent.prompt("echo 10")
            let result = try agent.line("result/success")
            #expect(result["result_index"] == JSON(index))
            sum += result["model_usage_since_last_result"]?["claude-opus-5-5"]?["costUSD"]?.double ?? 0
            #expect(abs((result["total_cost_usd"]?.double ?? 0) - sum) < 1e-9)
        }
    }
}
