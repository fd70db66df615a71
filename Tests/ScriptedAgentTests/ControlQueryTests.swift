import Testing

@testable import ScriptedAgent

/// Requests that ask or change settings, and the flags that have the same effect.
@Suite struct ControlQueryTests {
    /// The payload of the answer to a request.
    private static func ask(_ agent: AgentProcess, _ subtype: String, _ extra: [(String, JSON)] = []) throws -> JSON {
        agent.control(subtype, id: subtype, extra: extra)
        return try agent.line("control_response/success")["response"]?["response"] ?? .null
    }

    @Test(arguments: ["summary", "full"])
    func `the context usage has its categories and its picture`(detail: String) throws {
        let agent = try AgentProcess(["--model", "haiku"], home: TemporaryDirectory())
        agent.prompt("big 40000")
        _ = try agent.line("result/success")
        let usage = try Self.ask(agent, "get_context_usage", [("detail", .string(detail))])
        let categories = usage["categories"]?.elements ?? []
        let used = categories.filter { $0["kind"] == "used" }.compactMap { $0["tokens"]?.integer }.reduce(0, +)
        #expect(usage["totalTokens"]?.integer == used)
        #expect(used > 19_000)
        #expect(usage["maxTokens"] == 200_000)
        #expect(usage["percentage"] == 10)
        #expect(categories.compactMap { $0["tokens"]?.integer }.reduce(0, +) == 200_000)
        #expect(usage["gridRows"]?.elements.map(\.elements.count) == Array(repeating: 20, count: 10))
    }

    @Test func `settings are merged, shown and obeyed`() throws {
        let agent = try AgentProcess(
            ["--permission-prompt-tool", "stdio", "--settings", "{\"crossSessionInbound\":\"refuse\"}"],
            home: TemporaryDirectory()
        )
        let before = try Self.ask(agent, "get_settings")
        #expect(before["effective"] == ["crossSessionInbound": "refuse"])
        #expect(before["applied"]?["effort"] == "medium")
        let change: JSON = ["effortLevel": "low", "permissions": ["allow": ["Bash(true:*)"], "deny": ["Grep"]]]
        _ = try Self.ask(agent, "apply_flag_settings", [("settings", change)])
        let after = try Self.ask(agent, "get_settings")
        #expect(after["applied"]?["effort"] == "low")
        #expect(after["sources"]?.elements.first?["source"] == "flagSettings")
        #expect(after["effective"]?["crossSessionInbound"] == "refuse")
        let rules = try Self.ask(agent, "list_permission_rules")["state"]?["rules"]?.elements
        #expect(rules?.map { $0["rule"] } == ["Bash(true:*)", "Grep"])
        agent.prompt("tool:Bash {\"command\":\"true > /dev/null\"}\ntool:Grep {}")
        _ = try agent.line("system/permission_denied")
        _ = try agent.line("result/success")
        #expect(!agent.kinds.contains("control_request/can_use_tool"))
        _ = try Self.ask(agent, "apply_flag_settings", [("settings", ["permissions": .null])])
        agent.prompt("tool:Bash {\"command\":\"true > /dev/null\"}")
        _ = try agent.line("control_request/can_use_tool")
    }

    @Test func `the budget for thinking is set, shown and reset`() throws {
        let agent = try AgentProcess(["--max-thinking-tokens", "100"], home: TemporaryDirectory())
        for (value, shown) in [(nil, "100"), (JSON(2048), "2048"), (JSON.null, "(not set)")] as [(JSON?, JSON)] {
            if let value { _ = try Self.ask(agent, "set_max_thinking_tokens", [("max_thinking_tokens", value)]) }
            agent.prompt("thinking-budget")
            #expect(try agent.line("result/success")["result"] == shown)
        }
    }

    @Test func `MCP servers are listed, switched off, connected again and exchanged`() throws {
        let config = "{\"mcpServers\":{\"tiny\":{\"command\":\"/bin/true\"},\"broken\":{\"command\":\"/none\"}}}"
        let agent = try AgentProcess(["--mcp-config", config, "--strict-mcp-config"], home: TemporaryDirectory())
        agent.prompt("say one")
        #expect(
            try agent.line("system/init")["mcp_servers"] == [
                ["name": "tiny", "status": "connected", "source": "dynamic"],
                ["name": "broken", "status": "failed", "source": "dynamic"],
            ]
        )
        func statuses() throws -> [JSON?] {
            try Self.ask(agent, "mcp_status")["mcpServers"]?.elements.map { $0["status"] } ?? []
        }
        #expect(try statuses() == ["connected", "failed"])
        _ = try Self.ask(agent, "mcp_toggle", [("serverName", "tiny"), ("enabled", false)])
        #expect(try statuses() == ["disabled", "failed"])
        _ = try Self.ask(agent, "mcp_reconnect", [("serverName", "tiny")])
        #expect(try statuses() == ["connected", "failed"])
        agent.control("mcp_reconnect", id: "r", extra: [("serverName", "broken")])
        #expect(try agent.line("control_response/error")["response"]?["error"]?.text?.hasPrefix("ENOENT") == true)
        let added = try Self.ask(agent, "mcp_set_servers", [("servers", ["more": ["type": "sdk"]])])
        #expect(added == ["added": ["more"], "removed": [], "errors": [:]])
        #expect(try statuses() == ["connected", "failed", "connected"])
        let removed = try Self.ask(agent, "mcp_set_servers", [("servers", [:])])
        #expect(removed == ["added": [], "removed": ["more"], "errors": [:]])
    }

    @Test func `agents and directories of the command line and of initialize are in the init line`() throws {
        let home = TemporaryDirectory()
        let agent = try AgentProcess(
            [
                "--agents", "{\"poet\":{\"description\":\"writes\",\"prompt\":\"Write.\"}}", "--add-dir", home.path,
                "--setting-sources=", "--max-turns", "5", "--allow-dangerously-skip-permissions",
            ],
            home: home
        )
        let answer = try Self.ask(agent, "initialize", [("agents", ["critic": ["description": "reads"]])])
        #expect(answer["agents"]?.elements.suffix(2).map { $0["name"] } == ["poet", "critic"])
        agent.prompt("say one")
        let line = try agent.line("system/init")
        #expect(
            line["agents"] == ["claude", "critic", "Explore", "general-purpose", "Plan", "poet", "statusline-setup"]
        )
        #expect(line["additional_directories"] == [.string(home.path)])
        _ = try Self.ask(agent, "set_permission_mode", [("mode", "bypassPermissions")])
        let again = try Self.ask(agent, "initialize")
        #expect(again["current_permission_mode"] == "bypassPermissions")
        #expect(again["agents"] == answer["agents"])
    }
}
