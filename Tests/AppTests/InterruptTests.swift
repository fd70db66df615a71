import Testing

/// What an interrupt leaves of a turn that does many things.
@Suite(.timeLimit(.minutes(15)))
struct InterruptTests {
    /// Three sub-agents that never end, and a tool of two shells that burn CPU.
    private static let work = """
        tools: [\
        {"name":"Agent","input":{"description":"a","subagent_type":"general-purpose","prompt":"hang"}},\
        {"name":"Agent","input":{"description":"b","subagent_type":"general-purpose","prompt":"hang"}},\
        {"name":"Agent","input":{"description":"c","subagent_type":"general-purpose","prompt":"hang"}},\
        {"name":"Bash","input":{"command":"trap '' INT TERM; (yes > /dev/null) & yes > /dev/null"}}]
        """

    private static func shells(of server: ServerProcess) -> [Int32] {
        server.startedProcesses.filter { Processes.arguments(of: $0).first?.hasSuffix("yes") == true }
    }

    /// The rungs of the ladder, and what an agent must ignore to get there.
    private static let ladder = [
        ("control", ""), ("signal", "ignore-interrupts\n"), ("kill", "ignore-interrupts\nignore-signals\n"),
    ]

    @Test(arguments: Self.ladder)
    func `interrupt with three subagents and two shells: nothing of the tree burns CPU after the ladder`(
        step: String,
        stubbornness: String
    ) async throws {
        try await withServer { server in
            let session = try await server.createSession(["permission_mode": "bypassPermissions"])
            let stream = try await session.stream()
            try await session.send(stubbornness + Self.work)
            for _ in 0..<3 { _ = try await stream.next("agent.system.task_started") }
            try await waitUntil("two shells") { Self.shells(of: server).count == 2 }
            let receipt = try await session.interrupt()
            #expect(receipt["step"] == .text(step))
            #expect(receipt["surviving"] == [])
            #expect(receipt["took_ms"].integer != nil)
            try await waitUntil("end of the shells", within: .seconds(5)) { Self.shells(of: server).isEmpty }
            #expect(try await stream.next("turn.ended").data["outcome"] == "interrupted")
            #expect(try await session.run("say usable")["result"] == "usable")
            let agent = try await session.processID()
            try await waitUntil("tree of the agent alone") { server.startedProcesses == [agent] }
        }
    }

    @Test
    func `an interrupt stops a sub-agent in the background though no turn runs`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("background-agent 300")["outcome"] == "completed")
            #expect(try await session.summary()["background_tasks"] == 1)
            #expect(try await session.interrupt()["outcome"] == "already_idle")
            _ = try await stream.next("agent.system.background_tasks_changed") { $0.data["tasks"] == [] }
            #expect(try await session.summary()["background_tasks"] == 0)
        }
    }
}
