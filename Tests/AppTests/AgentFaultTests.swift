import Foundation
import Testing

/// What the scripted agent does wrong, and what clients of the server then see.
@Suite(.timeLimit(.minutes(15)))
struct AgentFaultTests {
    @Test
    func `a crash ends the turn once, tells code and stderr, and the session goes on`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("say first")["outcome"] == "completed")
            let old = try await session.processID()
            let ended = try await timed("turn.ended after a crash") {
                try await session.run("stderr a bad day\ncrash 3")
            }
            #expect(ended["outcome"] == "killed")

            let exited = try await stream.next("process.exited")
            #expect(exited.data["code"] == 3)
            #expect(exited.data["stderr_tail"].text?.contains("a bad day") == true)
            _ = try await stream.next("process.started")
            #expect(try await session.processID(after: old) != old)
            let memory = try await session.run("memory")
            #expect(memory["outcome"] == "completed")
            #expect(memory["result"].text?.contains("say first") == true)
            _ = try await stream.next("turn.ended") { $0.turn == memory["id"].text }
            #expect(stream.events.count { $0.type == "turn.ended" && $0.turn == ended["id"].text } == 1)
            let process = try await session.summary()["process"]
            #expect(process["restarts"] == 1)
            #expect(process["last_exit"]["code"] == 3)
        }
    }

    @Test
    func `a crash by a signal is told as that`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("crash:signal 11")["outcome"] == "killed")
            let exited = try await stream.next("process.exited")
            #expect(exited.data["signal"] == 11)
            #expect(try await session.run("say again")["result"] == "again")
        }
    }

    @Test
    func `an agent that dies too often makes the session fail with the reason`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            var outcomes: [JSON] = []
            for _ in 0..<6 { outcomes.append(try await session.run("stderr no luck\ncrash 7")["outcome"]) }
            #expect(outcomes == Array(repeating: "killed", count: 6))
            let failed = try await stream.next("session.state") { $0.data["state"] == "failed" }
            #expect(failed.data["failure"].text?.contains("code 7") == true)
            let refusal = try await server.request("POST", "/v1/sessions/\(session.id)/messages", ["content": "say no"])
            #expect(refusal.status == 409)
            #expect(try refusal.json["code"] == "session_failed")
            try await session.end()
        }
    }

    @Test
    func `an agent that ignores interrupts is stopped by a signal, and the receipt says so`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            #expect(try await session.run("say keep this")["outcome"] == "completed")
            let stream = try await session.stream(after: "latest")
            try await session.send("ignore-interrupts\nforever 50")
            _ = try await stream.next("agent.stream_event")
            let receipt = try await timed("interrupt by signal") { try await session.interrupt() }
            #expect(receipt["step"] == "signal")
            #expect(["interrupted", "escalated"].contains(receipt["outcome"].text))
            #expect(receipt["surviving"] == [])
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["outcome"] == "interrupted")
            #expect(try await session.run("memory")["result"].text?.contains("keep this") == true)
            _ = try await stream.next("turn.ended")
            #expect(stream.events.count { $0.type == "turn.ended" && $0.turn == ended.turn } == 1)
        }
    }

    @Test
    func `an agent that ignores everything is killed, and the receipt says so`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            #expect(try await session.run("say keep this")["outcome"] == "completed")
            let stream = try await session.stream(after: "latest")
            try await session.send("ignore-interrupts\nignore-signals\nforever 50")
            _ = try await stream.next("agent.stream_event")
            let old = try await session.processID()
            let receipt = try await timed("interrupt by kill") { try await session.interrupt() }
            #expect(receipt["outcome"] == "escalated")
            #expect(receipt["step"] == "kill")
            #expect(!Processes.isAlive(old))
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["outcome"] == "interrupted")
            #expect(try await session.run("memory")["result"].text?.contains("keep this") == true)
        }
    }

    @Test
    func `an agent that hangs is interrupted by the control request`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("hang")
            _ = try await stream.next("turn.started")
            let receipt = try await session.interrupt()
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["step"] == "control")
            #expect(try await session.run("say awake")["result"] == "awake")
        }
    }

    @Test
    func `a line of 32 MB is told as truncated, and the session lives`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let ended = try await timed("turn with a line of 32 MB") {
                try await session.run("giant \(32 << 20)\nsay after")
            }
            #expect(ended["outcome"] == "completed")
            let spilled = try await stream.next("agent.spilled")
            #expect(spilled.data["truncated"] == true)
            #expect((spilled.data["bytes"].integer ?? 0) >= 32 << 20)
            let reference = try #require(spilled.data["reference"].text)
            let whole = try await server.request("GET", "\(session.path)/lines/\(reference)")
            #expect(whole.body.count == spilled.data["bytes"].integer)
            #expect(try await session.run("say fine")["result"] == "fine")
        }
    }

    @Test
    func `lines that are no JSON and types nobody knows are passed on`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let ended = try await session.run("invalid this is {no} JSON\nunknown brand_new\nsay done")
            #expect(ended["outcome"] == "completed")
            let invalid = try await stream.next("agent.invalid")
            #expect(invalid.data == "this is {no} JSON")
            let unknown = try await stream.next("agent.brand_new")
            #expect(unknown.data["type"] == "brand_new")
        }
    }

    @Test
    func `prompts for an agent that is slow to start wait, and are then answered in order`() async throws {
        let directory = try TemporaryDirectory()
        let slow = directory.script(
            "slow-agent",
            """
            [ "$1" = --version ] || sleep 2
            exec \(Programs.scriptedAgent) "$@"
            """
        )
        try await withServer(agent: slow) { server in
            let session = try await timed("create while the agent starts slowly") { try await server.createSession() }
            let stream = try await session.stream()
            #expect(try await session.summary()["state"] == "starting")
            #expect(try await session.send("say one")["state"] == "queued")
            #expect(try await session.send("say two")["position"] == 2)
            #expect(try await stream.next("turn.ended").data["result"] == "one")
            #expect(try await stream.next("turn.ended").data["result"] == "two")
        }
    }

    @Test
    func `the end of a session is told only when a shell that left its session is gone too`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            #expect(try await session.run("fork-shell 300")["outcome"] == "completed")
            let shells = try await waitFor("orphaned shell") {
                let pids = server.startedProcesses.filter { Processes.arguments(of: $0).joined().contains("sleep") }
                return pids.isEmpty ? nil : pids
            }
            let agent = try await session.processID()
            #expect(shells.allSatisfy { Processes.session(of: $0) != Processes.session(of: agent) })
            try await timed("DELETE with an orphaned shell") { try await session.end() }
            #expect(server.startedProcesses.isEmpty)
            #expect(try await session.summary()["state"] == "ended")
        }
    }

    @Test
    func `a prompt that waits while the agent crashes is answered by the next one`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("echo 20 40\ncrash 4")
            #expect(try await session.run("say from the queue")["result"] == "from the queue")
            #expect(try await stream.next("turn.ended").data["outcome"] == "killed")
            #expect(try await stream.next("turn.ended").data["outcome"] == "completed")
        }
    }

    @Test
    func `a working directory that is gone makes the session fail, and not the server`() async throws {
        try await withServer { server in
            let directory = try server.directory.directory("vanishing")
            let session = try await server.createSession(["cwd": .text(directory)])
            #expect(try await session.run("say hello")["outcome"] == "completed")
            let stream = try await session.stream(after: "latest")
            try FileManager.default.removeItem(atPath: directory)
            kill(try await session.processID(), SIGKILL)
            let failed = try await stream.next("session.state") { $0.data["state"] == "failed" }
            #expect(failed.data["failure"].text?.contains("working directory") == true)
            let other = try await server.createSession()
            #expect(try await other.run("say fine")["outcome"] == "completed")
        }
    }

    /// The log keeps 4 MB in memory, and a reply is in it twice, beside its previews.
    @Test
    func `who waits for a reply that is larger than the log still gets its end`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            let ended = try await session.run("big 5000000", within: .seconds(20))
            #expect(ended["outcome"] == "completed")
            let turn = try await session.streamTurn("big 5000000")
            #expect(try await turn.next("turn.ended").data["outcome"] == "completed")
        }
    }

    @Test
    func `an agent that ends at once makes a session fail, and a prompt for it is handed back`() async throws {
        let directory = try TemporaryDirectory()
        let broken = directory.script(
            "broken-agent",
            """
            [ "$1" = --version ] && exec echo 0
            echo 'cannot go on' >&2
            exit 9
            """
        )
        try await withServer(agent: broken) { server in
            let session = try await server.createSession(["message": "say hello"])
            let stream = try await session.stream()
            // It may have failed before the stream was there: then that is among what was replayed.
            func isFailure(_ event: ServerEvent) -> Bool { event.data["state"] == "failed" }
            var failed = stream.events.first(where: isFailure)
            if failed == nil { failed = try await stream.next("session.state", where: isFailure) }
            #expect(failed?.data["failure"] == "exited with code 9: cannot go on")
            #expect(stream.types.contains("message.returned"))
        }
    }
}
