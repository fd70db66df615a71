import Glibc
import StubMessagesAPI
import Testing

/// Sessions of the real Claude Code CLI, whose model is the stub.
///
/// Serialized, since a process of the CLI costs half a second of CPU and 150 MB of memory.
@Suite(
    .enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."),
    .serialized,
    .timeLimit(.minutes(15))
)
struct RealAgentTests {
    /// A command that runs for minutes and can be told by its arguments; the CLI refuses a mere `sleep`.
    static let longCommand = "for i in $(seq 600); do sleep 1.0625; done"

    static func bash(_ command: String) -> String {
        let input = JSON.object(["command": .text(command), "description": "a test"])
        return "tool:Bash \(String(decoding: input.bytes, as: UTF8.self))"
    }

    /// The processes of `longCommand`.
    static func longCommands(of server: ServerProcess) -> [Int32] {
        server.startedProcesses.filter { Processes.arguments(of: $0) == ["sleep", "1.0625"] }
    }

    // MARK: Turns

    @Test
    func `a turn streams, and the next one knows what was said`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await timed("create with the real CLI") { try await server.createSession() }
            let stream = try await session.stream()
            let first = try await timed("first turn of the real CLI, with its start") {
                try await session.run("the magic word is plum")
            }
            #expect(first["outcome"] == "completed")
            #expect(first["result"] == "echo: the magic word is plum")
            _ = try await stream.next("turn.started")
            _ = try await stream.next("agent.system.init")
            _ = try await stream.next("agent.stream_event")
            _ = try await stream.next("agent.assistant")
            _ = try await stream.next("agent.result")
            #expect(try await stream.next("turn.ended").turn == first["id"].text)

            let second = try await timed("second turn of the real CLI") { try await session.run("memory") }
            #expect(second["outcome"] == "completed")
            #expect(second["result"].text?.contains("the magic word is plum") == true)
            let summary = try await session.summary()
            #expect(summary["state"] == "idle")
            #expect(summary["usage"]["turns"] == 2)
            try await timed("DELETE of an idle session") { try await session.end() }
            #expect(Processes.children(of: server.pid).count == 1, "only the watchdog is left")
        }
    }

    @Test
    func `a reply of 1 MB arrives whole`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let size = 1 << 20
            let ended = try await timed("a reply of 1 MB") { try await session.run("big \(size) 16384") }
            let text = try #require(ended["result"].text)
            #expect(text.utf8.count == size)
            let message = try await stream.next("agent.assistant")
            #expect(message.data["message"]["content"][0]["text"].text == text)
            #expect(try await stream.next("agent.result").data["result"].text == text)
            let pieces = stream.events.filter { $0.type == "agent.stream_event" }
                .compactMap { $0.data["event"]["delta"]["text"].text }
            #expect(pieces.joined() == text)
        }
    }

    // MARK: Permissions

    @Test
    func `a tool runs that the session allows`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            let stream = try await session.stream()
            let ended = try await session.run(Self.bash("echo tool-$((6*7)); pwd") + "\nsay all done")
            #expect(ended["result"] == "all done")
            let result = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            #expect(result.data["tool_use_result"]["stdout"] == .text("tool-42\n\(server.workingDirectory)"))
        }
    }

    @Test
    func `a permission mode lets every tool run`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["permission_mode": "bypassPermissions"])
            let path = "\(server.workingDirectory)/written"
            let input = JSON.object(["file_path": .text(path), "content": "hello"])
            let call = "tool:Write \(String(decoding: input.bytes, as: UTF8.self))"
            #expect(try await session.run("\(call)\nsay written")["result"] == "written")
            let read = try await session.run(Self.bash("cat \(path)") + "\nsay read")
            #expect(read["outcome"] == "completed")
            #expect(try await session.summary()["permission_mode"] == "bypassPermissions")
        }
    }

    @Test
    func `a tool is denied that nobody allowed in time, and the turn goes on`() async throws {
        try await withClaudeServer(["--approval-timeout", "1"]) { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let ended = try await session.run(Self.bash("touch forbidden") + "\nsay went on without")
            #expect(ended["outcome"] == "completed")
            #expect(ended["result"] == "went on without")
            let result = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            let block = result.data["message"]["content"][0]
            #expect(block["is_error"] == true)
            #expect(block["content"].text?.contains("Nobody answered in time.") == true)
            let files = try await server.createSession(["allowed_tools": ["Bash(ls *)"]])
            let looking = try await files.stream()
            _ = try await files.run(Self.bash("ls -A") + "\nsay looked")
            let listing = try await looking.next("agent.user") { $0.data["tool_use_result"] != nil }
            #expect(listing.data["tool_use_result"]["stdout"] == "")
        }
    }

    // MARK: Interrupts

    @Test
    func `an interrupt stops a stream, ends the turn once, and leaves the session usable`() async throws {
        try await withClaudeServer { server, stub in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("forever 50")
            _ = try await stream.next("agent.stream_event") { $0.data["event"]["delta"]["text"].text != nil }
            let receipt = try await timed("interrupt of a stream") { try await session.interrupt() }
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["step"] == "control")
            #expect(receipt["surviving"] == [])
            let ended = try await stream.next("turn.ended")
            #expect(ended.data["outcome"] == "interrupted")
            #expect(ended.data["result"].text?.contains("ede_diagnostic") != true)
            #expect(await stub.waitForOpenStreams(0, timeout: .seconds(10)))
            #expect(try await session.run("say usable")["result"] == "usable")
            _ = try await stream.next("turn.ended")
            #expect(stream.events.count { $0.type == "turn.ended" } == 2)
            #expect(try await session.interrupt()["outcome"] == "already_idle")
            #expect(try await session.summary()["process"]["restarts"] == 0)
        }
    }

    @Test
    func `an interrupt stops a shell command, of which no process is left`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            let stream = try await session.stream()
            try await session.send(Self.bash(Self.longCommand))
            try await waitUntil("shell of the tool") { !Self.longCommands(of: server).isEmpty }
            let receipt = try await timed("interrupt of a shell command") { try await session.interrupt() }
            #expect(receipt["outcome"] == "interrupted")
            #expect(receipt["step"] == "control")
            #expect(try await stream.next("turn.ended").data["outcome"] == "interrupted")
            try await timed("end of the interrupted shell") { () async throws in
                try await waitUntil("end of the shell", within: .seconds(5)) { Self.longCommands(of: server).isEmpty }
            }
            #expect(try await session.run("say usable")["result"] == "usable")
        }
    }

    // MARK: Deaths

    @Test
    func `a killed process ends its turn, and the next one knows the conversation`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
            let stream = try await session.stream(after: "latest")
            try await session.send(Self.bash(Self.longCommand))
            try await waitUntil("shell of the tool") { !Self.longCommands(of: server).isEmpty }
            let old = try await session.processID()
            try await timed("turn.ended and a swept shell after kill -9 of the CLI") { () async throws in
                kill(old, SIGKILL)
                #expect(try await stream.next("process.exited").data["signal"] == 9)
                #expect(Self.longCommands(of: server).isEmpty)
                #expect(try await stream.next("turn.ended").data["outcome"] == "killed")
            }
            let memory = try await timed("a turn after a restart") { try await session.run("memory") }
            #expect(memory["outcome"] == "completed")
            #expect(memory["result"].text?.contains("the magic word is plum") == true)
            let summary = try await session.summary()
            #expect(summary["process"]["restarts"] == 1)
            #expect(summary["claude_session_ids"].elements.count == 1)
            #expect(try await session.processID() != old)
        }
    }

    @Test
    func `a process killed in its first turn is started again`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            let pid = try await session.processID()
            try await session.send("forever 20")
            _ = try await stream.next("turn.started")
            kill(pid, SIGKILL)
            #expect(try await stream.next("turn.ended").data["outcome"] == "killed")
            #expect(try await session.run("say back")["result"] == "back")
        }
    }

    @Test
    func `a turn fails while the API is down, and the session stays usable`() async throws {
        try await withClaudeServer { server, stub in
            let session = try await server.createSession()
            let overloaded = try await timed("a turn with an overloaded API") { try await session.run("error:529 2") }
            #expect(overloaded["outcome"] == "failed")
            #expect(try await session.run("say fine again")["result"] == "fine again")
            let pid = try await session.processID()
            await stub.stop()
            let ended = try await timed("a turn without an API") { try await session.run("say never") }
            #expect(ended["outcome"] == "failed")
            #expect(ended["result"].text?.contains("API Error") == true)
            let summary = try await session.summary()
            #expect(summary["state"] == "idle")
            #expect(summary["process"]["pid"].integer == Int(pid))
            #expect(try await session.run("say never")["outcome"] == "failed")
        }
    }

    // MARK: What is refused

    private static let wrongFields: [(field: String, value: JSON)] = [
        ("cwd", "/does/not/exist"), ("cwd", "work"), ("cwd", "/etc/passwd"), ("add_dirs", ["/nope"]),
        ("permission_mode", "yolo"), ("resume", "not-a-uuid"), ("id", "../escape"), ("max_turns", 0),
        ("colour", "red"), ("message", 7), ("ttl_ms", -1),
    ]

    @Test
    func `a field that is wrong is named, and no process is started`() async throws {
        try await withClaudeServer { server, _ in
            for (field, value) in Self.wrongFields {
                let response = try await server.request("POST", "/v1/sessions", .object([field: value]))
                #expect(response.status == 422, "\(field)")
                #expect(response.headers["content-type"] == "application/problem+json")
                #expect(try response.json["errors"][0]["pointer"].text?.hasPrefix("/\(field)") == true)
            }
            #expect(try await server.request("GET", "/v1/sessions").json["total"] == 0)
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test
    func `a conversation that does not exist makes the session fail in the CLI's words`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["resume": "00000000-0000-4000-8000-000000000000"])
            let stream = try await session.stream()
            let failed = try await stream.next("session.state") { $0.data["state"] == "failed" }
            #expect(failed.data["failure"].text?.contains("No conversation found") == true)
        }
    }

    // MARK: What the CLI gets

    @Test
    func `the CLI gets a minimal environment, no sockets, and a closed mailbox`() async throws {
        let environment = ["SECRET_X": "do-not-tell", "TROUPE_HEARTBEAT": "20", "AWS_SECRET_ACCESS_KEY": "do-not-tell"]
        try await withClaudeServer(environment: environment) { server, _ in
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            let stream = try await session.stream()
            _ = try await session.run(Self.bash("env; ls -l /proc/self/fd") + "\nsay done")
            let output = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            let text = try #require(output.data["tool_use_result"]["stdout"].text)
            #expect(text.contains("TROUPE_OWNER=\(server.markPrefix)\(session.id)."))
            #expect(!text.contains("do-not-tell"))
            #expect(!text.contains("TROUPE_HEARTBEAT"))

            let pid = try await session.processID()
            let variables = Processes.environment(of: pid)
            #expect(!variables.contains { $0.contains("do-not-tell") || $0.hasPrefix("CLAUDECODE=") })
            let arguments = Processes.arguments(of: pid)
            let settings = arguments.first { $0.hasPrefix("--settings=") }
            #expect(settings?.contains(#""crossSessionInbound":"refuse""#) == true)
            #expect(arguments.contains("--disallowedTools=SendMessage,ListAgents"))

            let ours = Set(Processes.openFiles(of: server.pid) + Processes.openFiles(of: getpid()))
                .filter { $0.hasPrefix("socket:") }
            #expect(!ours.isEmpty)
            #expect(ours.isDisjoint(with: Processes.openFiles(of: pid)))
        }
    }

    // MARK: The server's own death

    @Test
    func `kill -9 of the server takes the CLI and its shells along`() async throws {
        try await withClaudeServer { server, _ in
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            try await session.send(Self.bash(Self.longCommand))
            try await waitUntil("shell of the tool") { !Self.longCommands(of: server).isEmpty }
            try await timed("end of everything after kill -9 of the server with the real CLI") { () async throws in
                server.process.signal(SIGKILL)
                #expect(try await server.process.waitForExit() == .signal(SIGKILL))
                try await server.expectNothingLeft(within: .seconds(5))
            }
        }
    }
}
