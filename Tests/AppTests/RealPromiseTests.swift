import Foundation
import StubMessagesAPI
import Testing

/// What servers of this kind are asked for most, with the real Claude Code CLI, whose model is the stub.
///
/// Serialized, since a process of the CLI costs half a second of CPU and 150 MB of memory.
@Suite(
    .enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."),
    .serialized,
    .timeLimit(.minutes(15))
)
struct RealPromiseTests {
    @Test
    func `interrupt returns the queued messages it did not consume`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("forever 50")
            _ = try await stream.next("agent.stream_event") { $0.data["event"]["delta"]["text"].text != nil }
            let waiting = try await session.send("say one")["message_id"]
            let receipt = try await session.interrupt()
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["returned_messages"] == .array([waiting]))
            #expect(try await stream.next("message.returned").data["content"] == "say one")
            #expect(try await session.message(waiting.text)["state"] == "returned")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `second answer gets 409 and names the first`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send(RealAgentTests.bash("touch asked") + "\nsay done")
            let first = try await session.answerNext(on: stream, ["decision": "deny"])
            let second = try await session.answer(try #require(first["id"].text), ["decision": "allow"])
            #expect(second.status == 409)
            #expect(try second.json["detail"].text?.contains("deny by http") == true)
            #expect(try await stream.next("turn.ended").data["result"] == "done")
            #expect(Processes.names(in: server.workingDirectory).filter { !$0.hasPrefix(".") }.isEmpty)
        }
    }

    @Test
    func `oversized or corrupt image is refused before the CLI sees it`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let cut = ImageTests.content(String(ImageTests.good.prefix(100)))
            let refused = try await session.request("POST", "/messages", ["content": cut])
            #expect(refused.status == 422)
            let good: JSON = ["content": ImageTests.content(ImageTests.good), "wait_ms": 60_000]
            let sent = try await session.request("POST", "/messages", good)
            #expect(sent.status == 200, "\(sent.text)")
            #expect(try sent.json["outcome"] == "completed")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `cost after a respawn does not go backwards or count twice`() async throws {
        let directory = try TemporaryDirectory()
        try await withClaudeServer(in: directory, ["--store", "\(directory.path)/troupe.db"]) { server, _ in
            var session = try await server.createSession()
            var total = 0.0
            var turns = 0
            func spend() async throws {
                let cost = try #require(try await session.run("say paid")["cost_usd"].number)
                #expect(cost > 0)
                (total, turns) = (total + cost, turns + 1)
                try await UsageTests.expect(total, turns: turns, in: session)
            }
            try await spend()
            try await spend()
            let old = try await session.processID()
            kill(old, SIGKILL)
            _ = try await session.processID(after: old)
            try await spend()
            try await session.hibernate()
            try await spend()
            session = session.on(try await server.restarted())
            try await UsageTests.expect(total, turns: turns, in: session)
            try await spend()
        }
    }

    @Test
    func `TTL passes while a background shell runs: session stays; shell ends: clock starts`() async throws {
        try await withClaudeServer(["--ttl", "1"]) { server, _ in
            let session = try await server.createSession(["permission_mode": "bypassPermissions"])
            let input: JSON = [
                "command": "for i in 1 2 3 4; do sleep 1; done", "description": "a test", "run_in_background": true,
            ]
            let call = "tool:Bash \(String(decoding: input.bytes, as: UTF8.self))\nsay left running"
            #expect(try await session.run(call)["result"] == "left running")
            #expect(try await session.summary()["background_tasks"] == 1)
            #expect(try await session.summary()["expires_at"] == nil)
            // The shell's end starts a turn of its own; then nothing keeps the session.
            let ended = try await session.summary(in: "ended")
            #expect(ended["usage"]["turns"] == 2)
        }
    }
}
