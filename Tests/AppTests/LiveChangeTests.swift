import Testing

/// What a client changes while the process runs, and what the session itself tells: budget, stall, login, limits.
@Suite(.timeLimit(.minutes(15)))
struct LiveChangeTests {
    @Test
    func `model, mode and thinking change on the live process and are told`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("say first")["outcome"] == "completed")
            let pid = try await session.processID()
            let change: JSON = [
                "model": "claude-other-1", "permission_mode": "acceptEdits", "max_thinking_tokens": 4321,
            ]
            let response = try await session.request("PATCH", "", change)
            #expect(response.status == 200, "\(response.text)")
            #expect(try response.json["model"] == "claude-other-1")
            #expect(try response.json["permission_mode"] == "acceptEdits")
            let updated = try await stream.next("session.updated") { $0.data["model"] != nil }
            #expect(updated.data["model"] == "claude-other-1")
            #expect(updated.data["permission_mode"] == "acceptEdits")
            #expect(updated.data["max_thinking_tokens"] == 4321)
            #expect(try await session.run("model")["result"] == "claude-other-1 acceptEdits")
            #expect(try await session.run("thinking-budget")["result"] == "4321")
            #expect(try await session.processID() == pid)
            // The next process has them too.
            try await session.hibernate()
            #expect(try await session.run("model")["result"] == "claude-other-1 acceptEdits")
            #expect(try await session.run("thinking-budget")["result"] == "4321")
        }
    }

    @Test
    func `what is changed while hibernated holds for the next process`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            #expect(try await session.run("say first")["outcome"] == "completed")
            try await session.hibernate()
            #expect(try await session.request("PATCH", "", ["model": "claude-other-2"]).status == 200)
            #expect(try await session.summary()["state"] == "hibernated")
            #expect(try await session.run("model")["result"].text?.hasPrefix("claude-other-2") == true)
        }
    }

    @Test
    func `a budget that is reached stops the session until it is raised`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["budget_usd": .number(0.5)])
            let stream = try await session.stream()
            #expect(try await session.run("cost 0.2\nsay one")["outcome"] == "completed")
            #expect(try await session.summary()["state"] == "idle")
            _ = try await session.run("cost 0.4\nsay two")
            let reached = try await stream.next("budget.reached")
            #expect(reached.data["is_reached"] == true)
            let summary = try await session.summary()
            #expect(summary["state"] == "requires_action")
            #expect(summary["waiting_on"] == "budget")
            #expect(abs((summary["budget"]["spent_usd"].number ?? 0) - 0.6) < 1e-6)
            let refused = try await session.request("POST", "/messages", ["content": "say no"])
            #expect(refused.status == 409)
            #expect(try refused.json["code"] == "budget_reached")

            let raised = try await session.request("PATCH", "", ["budget_usd": 2])
            #expect(raised.status == 200, "\(raised.text)")
            #expect(try await session.run("cost 0.1\nsay three")["result"] == "three")
            #expect(stream.events.count { $0.type == "budget.reached" } == 1)
        }
    }

    @Test
    func `a budget of turns lets what waits go on when it is lifted`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["budget_turns": 1])
            let stream = try await session.stream()
            try await session.send("echo 30 30")
            let waiting = try await session.send("say waited")["message_id"]
            _ = try await stream.next("budget.reached")
            #expect(try await session.summary()["queue_length"] == 1)
            #expect(try await session.summary()["waiting_on"] == "budget")
            #expect(try await session.request("PATCH", "", ["budget_turns": nil]).status == 200)
            let ended = try await stream.next("turn.ended") { $0.data["message_id"] == waiting }
            #expect(ended.data["result"] == "waited")
        }
    }

    @Test(arguments: ["hang", "stall 3"])
    func `a turn of which nothing is heard is told as stalled, then stopped`(directive: String) async throws {
        try await withServer(["--stall-timeout", "5"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send(directive)
            let stalled = try await stream.next("process.stalled")
            #expect((stalled.data["silent_ms"].integer ?? 0) >= 1000)
            _ = try await stream.next("session.state") { $0.data["waiting_on"] == "stuck" }
            let ended = try await stream.next("turn.ended", within: .seconds(40))
            #expect(ended.data["outcome"] == "interrupted")
            #expect(ended.data["stop_reason"] == "stalled")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `a tool that gives signs of life does not stall`() async throws {
        try await withServer(["--stall-timeout", "5"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("tool-heartbeat 7 200\nsay done")["result"] == "done")
            _ = try await stream.next("turn.ended")
            #expect(!stream.types.contains("process.stalled"))
        }
    }

    @Test
    func `a failed login and a limit are told as events of their own`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("auth-failed")["outcome"] == "failed")
            _ = try await stream.next("auth.failed")
            #expect(try await session.run("rate-limit rejected 60\nsay after")["outcome"] == "completed")
            let hit = try await stream.next("limit.hit")
            #expect(hit.data["status"] == "rejected")
            #expect(hit.data["resets_at"].text != nil)
            #expect(try await session.run("rate-limit allowed\nsay fine")["result"] == "fine")
            _ = try await stream.next("turn.ended") { $0.data["result"] == "fine" }
            #expect(stream.events.count { $0.type == "limit.hit" } == 1)
            #expect(stream.events.count { $0.type == "auth.failed" } == 1)
        }
    }
}
