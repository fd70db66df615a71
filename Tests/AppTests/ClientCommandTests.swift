import Foundation
import Testing

/// The commands of the program that talk to a running server.
@Suite(.timeLimit(.minutes(15)))
struct ClientCommandTests {
    /// Runs `troupe` against a server.
    private static func troupe(
        _ server: ServerProcess,
        _ arguments: String...,
        environment: [String: String] = [:]
    ) async throws -> Command {
        let url = ["TROUPE_URL": "http://127.0.0.1:\(server.port)"]
        return try await Command.run(Programs.troupe, arguments, environment: url.merging(environment) { $1 })
    }

    /// Starts it, for what does not end by itself.
    private static func start(_ server: ServerProcess, _ arguments: String...) throws -> ChildProcess {
        let directory = try TemporaryDirectory()
        let url = ["TROUPE_URL": "http://127.0.0.1:\(server.port)"]
        return try ChildProcess(
            Programs.troupe,
            arguments,
            environment: ServerProcess.environment(in: directory).merging(url) { $1 },
            directory: directory
        )
    }

    @Test
    func `run writes the answer alone on stdout, and a second time goes on with the session`() async throws {
        try await withServer { server in
            let first = try await Self.troupe(server, "run", "say hello there", "--name", "One")
            #expect(first.exit == .code(0), "\(first.errors)")
            #expect(first.output == "hello there\n")
            let note = try #require(first.complaints.first { $0.hasPrefix("session ") })
            let id = String(note.dropFirst(8))
            let second = try await Self.troupe(server, "run", "memory", "--session", id, "--end")
            #expect(second.exit == .code(0) && second.output.contains("say hello there"))
            let summary = try await server.request("GET", "/v1/sessions/\(id)")
            #expect(try summary.json["state"] == "ended")
        }
    }

    @Test
    func `the exit code tells the outcome`() async throws {
        try await withServer { server in
            let failed = try await Self.troupe(server, "run", "error:400")
            #expect(failed.exit == .code(1) && failed.errors.contains("turn failed"), "\(failed.errors)")
            let killed = try await Self.troupe(server, "run", "crash 3")
            #expect(killed.exit == .code(5), "\(killed.errors)")
            let refused = try await Self.troupe(server, "run", "x", "--session", "none")
            #expect(refused.exit == .code(1) && refused.complaints.count == 1)
            #expect(refused.errors.contains("(session_not_found)"))
            let port = try FreePort.find()
            let nobody = try await Command.run(Programs.troupe, ["ls", "--server", "http://127.0.0.1:\(port)"])
            #expect(nobody.exit == .code(2) && nobody.complaints.count == 1 && nobody.errors.contains("troupe serve"))
            for address in ["localhost", "ftp://x", "http://token@127.0.0.1:1", "http://127.0.0.1:1/?key=x"] {
                let wrong = try await Command.run(Programs.troupe, ["ls", "--server", address])
                #expect(wrong.exit == .code(1) && wrong.complaints.count == 1 && wrong.errors.contains("--server"))
            }
        }
    }

    @Test
    func `JSON is the events as they come, each on its line`() async throws {
        try await withServer { server in
            let run = try await Self.troupe(server, "run", "say hello", "--json")
            let events = try run.output.split(separator: "\n").map { try JSON($0.utf8) }
            #expect(events.first?["type"] == "stream.hello" && events.last?["type"] == "turn.ended")
            #expect(events.contains { $0["type"] == "agent.assistant" })
            let list = try await Self.troupe(server, "ls", "--json")
            let sessions = try list.output.split(separator: "\n").map { try JSON($0.utf8) }
            #expect(sessions.count == 1 && sessions.first?["usage"]["turns"] == .number(1))
            #expect(sessions.first?["process"]["rss_bytes"].number ?? 0 > 0)
        }
    }

    @Test
    func `Ctrl+C stops the turn, a second one leaves it to go on`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["id": "one"])
            let run = try Self.start(server, "run", "forever 50", "--session", "one")
            try await waitUntil("words") { run.output.contains("w5") || run.output.utf8.count > 20 }
            run.signal(SIGINT)
            #expect(try await run.waitForExit() == .code(3))
            try await session.summary(in: "idle")

            // One whose interrupt takes its time: the second Ctrl+C does not wait for it.
            let stubborn = try Self.start(server, "run", "ignore-interrupts\nforever 50", "--session", "one")
            try await waitUntil("words") { stubborn.output.utf8.count > 20 }
            stubborn.signal(SIGINT)
            try await waitUntil("note") { stubborn.errors.contains("Ctrl+C again") }
            stubborn.signal(SIGINT)
            #expect(try await stubborn.waitForExit() == .code(130))
        }
    }

    @Test
    func `attach shows what happens, and Ctrl+C leaves it as it is`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["id": "one"])
            let attached = try Self.start(server, "attach", "one")
            try await waitUntil("snapshot") { attached.output.contains("(idle)") }
            let sent = try await Self.troupe(server, "send", "one", "forever 50")
            #expect(sent.exit == .code(0) && sent.output.hasPrefix("m_"))
            try await waitUntil("words") { attached.output.contains("> forever 50") && attached.output.contains("w9") }
            attached.signal(SIGINT)
            #expect(try await attached.waitForExit() == .code(0))
            #expect(try await session.summary()["state"] == "running")

            let stopped = try await Self.troupe(server, "interrupt", "one")
            #expect(stopped.exit == .code(0) && stopped.output.hasPrefix("interrupted by control"), "\(stopped.output)")
            let again = try await Self.troupe(server, "interrupt", "one", "--json")
            #expect(try JSON(again.output.utf8)["outcome"] == "already_idle")
            let logs = try await Self.troupe(server, "logs", "one")
            #expect(logs.output.contains("> forever 50") && logs.output.contains("turn interrupted"), "\(logs.output)")
            let text = try await Self.troupe(server, "logs", "one", "--markdown")
            #expect(text.output.hasPrefix("# one\n") && text.output.contains("## Person\n\nforever 50\n"))
            let following = try Self.start(server, "logs", "one", "--follow")
            try await waitUntil("past") { following.output.contains("> forever 50") }
            let ended = try await Self.troupe(server, "end", "one")
            #expect(ended.exit == .code(0) && ended.output == "one has ended\n")
            #expect(try await following.waitForExit() == .code(0))
            #expect(following.output.hasSuffix("the session has ended (deleted)\n"))
        }
    }

    @Test
    func `approvals are listed and answered, questions too`() async throws {
        try await withServer { server in
            let session = try await server.createSession(["id": "one"])
            #expect(try await Self.troupe(server, "approve").output == "nothing waits for a person\n")
            _ = try await Self.troupe(server, "send", "one", "permission Write {\"file_path\":\"/tmp/x\"}")
            try await session.summary(in: "requires_action")
            let listed = try await Self.troupe(server, "approve")
            #expect(listed.output.contains("  one  Write  "), "\(listed.output)")
            let id = String(listed.output.prefix { $0 != " " })
            let denied = try await Self.troupe(server, "approve", id, "--deny", "--message", "not there")
            #expect(denied.exit == .code(0) && denied.output.hasSuffix(": deny\n"))
            let late = try await Self.troupe(server, "approve", id)
            #expect(late.exit == .code(1) && late.errors.contains("(approval_answered)"))
            try await session.summary(in: "idle")

            _ = try await Self.troupe(server, "send", "one", "ask Which Colour?")
            try await session.summary(in: "requires_action")
            let asked = try await Self.troupe(server, "approve", "--json")
            let question = try JSON(asked.output.utf8)
            let answered = try await Self.troupe(
                server,
                "approve",
                try #require(question["id"].text),
                "--answer",
                "teal",
                "--json"
            )
            #expect(answered.exit == .code(0), "\(answered.errors)")
            let title = try #require(question["questions"][0]["question"].text)
            #expect(try JSON(answered.output.utf8)["updated_input"]["answers"][title] == "teal", "\(answered.output)")
            try await session.summary(in: "idle")
        }
    }

    @Test
    func `ls is a table of all pages`() async throws {
        try await withServer { server in
            #expect(try await Self.troupe(server, "ls").output == "no sessions\n")
            for id in ["one", "two", "three"] { _ = try await server.createSession(["id": .text(id), "tags": ["t"]]) }
            let table = try await Self.troupe(server, "ls", "--tag", "t").output.split(separator: "\n")
            #expect(table.count == 4 && table.first?.hasPrefix("SESSION") == true)
            #expect(Set(table.dropFirst().map { $0.prefix { $0 != " " } }) == ["one", "two", "three"])
            #expect(try await Self.troupe(server, "ls", "--limit", "2").output.split(separator: "\n").count == 3)
            #expect(try await Self.troupe(server, "ls", "--tag", "a+b&c").output == "no sessions\n")
        }
    }

    @Test
    func `keys and certificates are the server's`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let token = try await keys.create("me", "read,send,approve")
        let certificate = try await TestCertificate.make("localhost", in: directory)
        let tls = ["--tls-cert", certificate.path, "--tls-key", certificate.keyPath]
        try await withServer(in: directory, ["--keys", keys.path] + tls) { server in
            let url = "https://localhost:\(server.port)"
            func ls(_ environment: [String: String]) async throws -> Command {
                try await Command.run(Programs.troupe, ["ls", "--server", url], environment: environment)
            }
            let untrusted = try await ls(["TROUPE_KEY": token])
            #expect(untrusted.exit == .code(2) && untrusted.errors.contains("--cacert"), "\(untrusted.errors)")
            let trusted = try await ls(["TROUPE_KEY": token, "TROUPE_CACERT": certificate.path])
            #expect(trusted.exit == .code(0) && trusted.output == "no sessions\n", "\(trusted.errors)")
            let keyless = try await ls(["TROUPE_CACERT": certificate.path])
            #expect(keyless.exit == .code(1) && keyless.errors.contains("TROUPE_KEY"))
            let wrong = try await ls(["TROUPE_KEY": "troupe_x", "TROUPE_CACERT": certificate.path])
            #expect(wrong.exit == .code(1) && wrong.complaints.count == 1 && !wrong.errors.contains("troupe_x"))
        }
    }
}
