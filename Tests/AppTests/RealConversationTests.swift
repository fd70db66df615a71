import Foundation
import StubMessagesAPI
import Testing

/// Approvals, steering, sleep and restarts with the real Claude Code CLI, whose model is the stub.
///
/// Serialized, since a process of the CLI costs half a second of CPU and 150 MB of memory.
@Suite(
    .enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."),
    .serialized,
    .timeLimit(.minutes(15))
)
struct RealConversationTests {
    /// Runs `body` with a server that keeps its sessions in a file.
    private static func withStoring(
        _ arguments: [String] = [],
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let store = ["--store", "\(directory.path)/troupe.db"]
        try await withClaudeServer(in: directory, store + arguments) { server, _ in try await body(server) }
    }

    private static func waitForTool(_ stream: EventStream) async throws -> JSON {
        try await stream.next("agent.user", within: .seconds(40)) { $0.data["tool_use_result"] != nil }.data
    }

    // MARK: Approvals

    @Test
    func `a permission is allowed, denied and changed`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send(RealAgentTests.bash("touch allowed; echo made") + "\nsay one")
            let asked = try await session.answerNext(on: stream, ["decision": "allow"])
            #expect(asked["tool"] == "Bash")
            #expect(try await Self.waitForTool(stream)["tool_use_result"]["stdout"] == "made")
            #expect(try await stream.next("turn.ended").data["result"] == "one")

            try await session.send(RealAgentTests.bash("touch denied") + "\nsay two")
            try await session.answerNext(on: stream, ["decision": "deny", "message": "not today"])
            let refusal = try await Self.waitForTool(stream)["message"]["content"][0]
            #expect(refusal["is_error"] == true)
            #expect(refusal["content"].text?.contains("not today") == true)
            #expect(try await stream.next("turn.ended").data["result"] == "two")

            try await session.send(RealAgentTests.bash("touch asked") + "\nsay three")
            let changed: JSON = ["command": "touch changed; echo changed", "description": "a test"]
            try await session.answerNext(on: stream, ["decision": "allow", "updated_input": changed])
            #expect(try await Self.waitForTool(stream)["tool_use_result"]["stdout"] == "changed")
            #expect(try await stream.next("turn.ended").data["result"] == "three")
            let files = Processes.names(in: server.workingDirectory).filter { !$0.hasPrefix(".") }
            #expect(files.sorted() == ["allowed", "changed"])
        }
    }

    @Test
    func `a question is answered by its text`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let question: JSON = [
                "questions": [
                    [
                        "question": "Which colour?", "header": "Colour", "multiSelect": false,
                        "options": [
                            ["label": "Red", "description": "warm"], ["label": "Blue", "description": "cold"],
                        ],
                    ]
                ]
            ]
            let call = "tool:AskUserQuestion \(String(decoding: question.bytes, as: UTF8.self))"
            try await session.send("\(call)\nsay thanks")
            let answer: JSON = ["decision": "allow", "answers": ["Which colour?": "Blue"]]
            let asked = try await session.answerNext(on: stream, answer)
            #expect(asked["kind"] == "question")
            let result = try await Self.waitForTool(stream)["message"]["content"][0]["content"].text
            #expect(result?.contains("\"Which colour?\"=\"Blue\"") == true, "\(result ?? "")")
            #expect(try await stream.next("turn.ended").data["result"] == "thanks")
        }
    }

    @Test
    func `what is remembered for the session is not asked again, written nowhere, and survives sleep`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let make = RealAgentTests.bash("mkdir -p made") + "\nsay done"
            try await session.send(make)
            try await session.answerNext(on: stream, ["decision": "allow", "remember": "session"])
            #expect(try await stream.next("turn.ended").data["result"] == "done")
            #expect(try await session.run(make)["result"] == "done")
            try await session.hibernate()
            #expect(try await session.run(make)["result"] == "done")
            for _ in 0..<2 { _ = try await stream.next("turn.ended") }
            #expect(stream.events.count { $0.type == "approval.requested" } == 1)
            let settings = "\(server.workingDirectory)/.claude/settings.local.json"
            #expect(!FileManager.default.fileExists(atPath: settings))
        }
    }

    // MARK: Interrupts and steering

    /// Three sub-agents, two of which have shells.
    private static func startSubagents(inBackground: Bool, _ server: ServerProcess) async throws -> SessionClient {
        let session = try await server.createSession(["permission_mode": "bypassPermissions"])
        let prompts = ["forever 5"] + Array(repeating: RealAgentTests.bash(RealAgentTests.longCommand), count: 2)
        let calls = prompts.map { prompt -> JSON in
            [
                "name": "Agent",
                "input": [
                    "description": "a job", "prompt": .text(prompt), "subagent_type": "general-purpose",
                    "run_in_background": .bool(inBackground),
                ],
            ]
        }
        try await session.send("tools: \(String(decoding: JSON.array(calls).bytes, as: UTF8.self))\nsay launched")
        try await waitUntil("two shells", within: .seconds(40)) {
            RealAgentTests.longCommands(of: server).count == 2
        }
        return session
    }

    @Test
    func `an interrupt of three sub-agents, two of them with shells, leaves none of them`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await Self.startSubagents(inBackground: false, server)
            let receipt = try await session.interrupt()
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["surviving"] == [])
            let pid = try await session.processID()
            try await waitUntil("CLI alone") { server.startedProcesses == [pid] }
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `an interrupt stops sub-agents in the background though no turn runs`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await Self.startSubagents(inBackground: true, server)
            try await session.summary(in: "idle")
            #expect(try await session.summary()["background_tasks"] == 3)
            #expect(try await session.interrupt()["outcome"] == "already_idle")
            let pid = try await session.processID()
            try await waitUntil("CLI alone") { server.startedProcesses == [pid] }
        }
    }

    @Test
    func `a message steered into a running tool is part of its turn`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["permission_mode": "bypassPermissions"])
            let stream = try await session.stream()
            let gate = "while [ ! -e gate ]; do sleep 0.0625; done"
            let first = try await session.send(RealAgentTests.bash(gate) + "\nsay first")
            try await waitUntil("shell of the tool") {
                server.startedProcesses.contains { Processes.arguments(of: $0).last == "0.0625" }
            }
            let steered = try await session.send("say steered", delivery: "steer")["message_id"]
            _ = try await stream.next("message.delivered") { $0.data["message_id"] == steered }
            _ = FileManager.default.createFile(atPath: "\(server.workingDirectory)/gate", contents: nil)
            let answered = try await stream.next("agent.result").data["user_message_uuids"]
            #expect(answered.elements.count == 2, "the steered one is not among them")
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["message_id"] == first["message_id"])
            let message = try await session.message(steered.text)
            #expect(message["state"] == "consumed")
            #expect(message["turn"].text == ended.turn)
            #expect(try await session.run("say next")["result"] == "next")
        }
    }

    // MARK: The process and what it knows

    @Test
    func `a change of the model is in the next request`() async throws {
        try await withClaudeServer { server, stub in
            let session = try await server.createSession()
            #expect(try await session.run("say first")["result"] == "first")
            let pid = try await session.processID()
            let model = "claude-haiku-4-5"
            let response = try await session.request("PATCH", "", ["model": .text(model)])
            #expect(response.status == 200, "\(response.text)")
            #expect(try await session.run("say second")["result"] == "second")
            let models = stub.requests().filter { !$0.isSide && $0.path == "/v1/messages" }
            #expect(models.first { $0.lastUserText == "say first" }?.model != model)
            #expect(models.last { $0.lastUserText == "say second" }?.model?.hasPrefix(model) == true)
            #expect(try await session.processID() == pid)
        }
    }

    @Test
    func `a hibernated session wakes with what it knew, and a fork leaves it alone`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
            try await session.hibernate()
            #expect(server.startedProcesses.isEmpty)
            let response = try await session.request("POST", "/fork", ["name": "copy"])
            try #require(response.status == 201, "\(response.text)")
            let copy = SessionClient(server: server, id: try #require(try response.json["id"].text))
            #expect(try await copy.run("the other word is pear")["outcome"] == "completed")
            let mine = try #require(try await session.run("memory")["result"].text)
            #expect(mine.contains("plum") && !mine.contains("pear"))
            let woken = try await stream.next("session.state") { $0.data["wake_ms"] != nil }
            #expect((woken.data["wake_ms"].integer ?? 0) > 0)
            let theirs = try #require(try await copy.run("memory")["result"].text)
            #expect(theirs.contains("plum") && theirs.contains("pear"))
        }
    }

    @Test
    func `the use of the context is told, and can be made smaller`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            for word in ["one", "two", "three"] {
                #expect(try await session.run("the word is \(word)")["outcome"] == "completed")
            }
            let use = try await session.request("GET", "/context")
            #expect(use.status == 200, "\(use.text)")
            #expect((try use.json["totalTokens"].integer ?? 0) > 0, "\(use.text.prefix(500))")
            let compacted = try await session.request("POST", "/compact", ["wait_ms": 60_000])
            #expect(compacted.status == 200, "\(compacted.text)")
            #expect(try compacted.json["outcome"] == "completed")
            _ = try await stream.next("agent.system.compact_boundary")
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    @Test
    func `a session from the pool works, and its Claude id is the one it has`() async throws {
        try await withClaudeServer(["--warm", "1"]) { server, _ in
            for _ in 1...5 {
                let waiting = try await waitFor("warm process") { server.startedProcesses.first }
                let session = try await server.createSession()
                let stream = try await session.stream()
                #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
                let initial = try await stream.next("agent.system.init")
                let pid = try await session.processID()
                #expect(try await session.summary()["claude_session_ids"] == [initial.data["session_id"]])
                try await session.hibernate()
                #expect(try await session.run("memory")["result"].text?.contains("plum") == true)
                try await session.end()
                if pid == waiting { return }
            }
            Issue.record("no session got the process that waited")
        }
    }

    // MARK: Restarts of the server

    @Test
    func `after kill -9 of the server nothing of it is left, and the conversation goes on`() async throws {
        try await Self.withStoring { server in
            var session = try await server.createSession(["permission_mode": "bypassPermissions"])
            #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
            let cut = try await session.send(RealAgentTests.bash(RealAgentTests.longCommand))
            try await waitUntil("shell of the tool") { !RealAgentTests.longCommands(of: server).isEmpty }
            let next = try await server.restarted()
            #expect(server.startedProcesses.isEmpty)
            session = session.on(next)
            #expect(try await session.message(cut["message_id"].text)["state"] == "unknown")
            #expect(try await session.run("memory")["result"].text?.contains("the magic word is plum") == true)
            #expect(try await session.summary()["claude_session_ids"].elements.count == 1)
        }
    }

    @Test
    func `an answer after kill -9 of the server goes on with the conversation`() async throws {
        try await Self.withStoring { server in
            var session = try await server.createSession()
            var stream = try await session.stream()
            #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
            try await session.send(RealAgentTests.bash("touch asked") + "\nsay never")
            let id = try #require(try await stream.next("approval.requested").data["id"].text)
            let next = try await server.restarted()
            session = session.on(next)
            stream = try await session.stream(after: "latest")
            #expect(try await session.summary()["pending_approvals"] == [.text(id)])
            #expect(try await session.answer(id, ["decision": "allow"]).status == 200)
            let ended = try await stream.next("turn.ended", within: .seconds(40))
            #expect(ended.data["outcome"] == "completed")
            let memory = try await session.run("memory")["result"].text
            #expect(memory?.contains("the magic word is plum") == true)
            #expect(memory?.contains("Your use of Bash has been allowed") == true)
        }
    }
}
