import Foundation
import StubMessagesAPI
import Testing

/// What sessions of the real Claude Code CLI may do to the machine, whose model is the stub (docs/workspace.md).
///
/// Serialized, since a process of the CLI costs half a second of CPU and 150 MB of memory.
@Suite(
    .enabled(if: Programs.claude != nil, "There is no CLI to test with; Scripts/fetch-claude fetches it."),
    .serialized,
    .timeLimit(.minutes(15))
)
struct RealConfinementTests {
    private static let secret = "the-owl-flies-at-midnight"
    static let hasBubblewrap = FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap")

    private static let everything = "read,send,approve,admin,compose,settings"
    private static let usual = "read,send,approve"

    // MARK: compose

    @Test(arguments: ["queue", "steer"])
    func `a key without compose has no file read by a prompt, a key with it has`(delivery: String) async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let strict = try await keys.create("strict", Self.usual)
        let composer = try await keys.create("composer", "\(Self.usual),compose")
        let file = "\(directory.path)/hosts-secret.txt"
        try "\(Self.secret)\n".write(toFile: file, atomically: true, encoding: .utf8)
        let arguments = ["--store", "\(directory.path)/troupe.db", "--keys", keys.path]
        try await withClaudeServer(in: directory, arguments) { server, stub in
            func ask(_ token: String, on server: ServerProcess, _ id: String) async throws -> Int {
                server.token = token
                let session = try await server.createSession(["id": .text(id)])
                stub.watch(for: Self.secret)
                let prompt = "say read @\(file) and @/etc/hostname please"
                let body: JSON = ["content": .text(prompt), "delivery": .text(delivery), "wait_ms": 60_000]
                let sent = try await session.request("POST", "/messages", body)
                try #require(sent.status == 200, "\(sent.text)")
                #expect(try sent.json["outcome"] == "completed")
                return stub.sightings()
            }
            #expect(try await ask(strict, on: server, "a") == 0)
            #expect(try await ask(composer, on: server, "b") > 0)

            // Fixed with the session: neither a restart nor a queue of commands opens it.
            let next = try await server.restarted()
            next.token = strict
            let session = SessionClient(server: next, id: "a")
            stub.watch(for: Self.secret)
            #expect(try await session.run("say again @\(file)")["outcome"] == "completed")
            #expect(try await session.run("/context")["result"].text?.contains("Context Usage") != true)
            #expect(stub.sightings() == 0)
            // Ours is a command all the same, but names no files.
            let refused = try await session.request("POST", "/compact", ["instructions": .text("keep @\(file)")])
            #expect(refused.status == 403)
            #expect(try refused.json["code"] == "scope_required")
            let stream = try await session.stream(after: "latest")
            let compacted = try await session.request("POST", "/compact", ["wait_ms": 60_000])
            #expect(compacted.status == 200, "\(compacted.text)")
            _ = try await stream.next("agent.system.compact_boundary")
            #expect(stub.sightings() == 0)
        }
    }

    // MARK: settings

    @Test
    func `a project's hooks run only for a key with settings`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let strict = try await keys.create("strict", "\(Self.usual),compose")
        let trusted = try await keys.create("trusted", "\(Self.usual),settings")
        let work = try directory.directory("work")
        _ = try directory.directory("work/.claude")
        let hook = """
            {"hooks":{"UserPromptSubmit":[{"hooks":[{"type":"command","command":"touch \(work)/hooked"}]}]}}
            """
        try hook.write(toFile: "\(work)/.claude/settings.json", atomically: true, encoding: .utf8)
        try await withClaudeServer(in: directory, ["--keys", keys.path]) { server, _ in
            server.token = strict
            let first = try await server.createSession()
            #expect(try await first.run("say one")["outcome"] == "completed")
            #expect(!Processes.names(in: work).contains("hooked"))
            let arguments = Processes.arguments(of: try await first.processID())
            #expect(arguments.contains("--setting-sources=") && arguments.contains("--strict-mcp-config"))

            server.token = trusted
            let second = try await server.createSession()
            #expect(try await second.run("say two")["outcome"] == "completed")
            #expect(Processes.names(in: work).contains("hooked"))
        }
    }

    @Test
    func `a key without settings brings none, and works where it may`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let strict = try await keys.create("strict", Self.usual)
        let work = try directory.directory("work/inside")
        symlink("/etc", "\(directory.path)/work/link")
        try await withClaudeServer(in: directory, ["--keys", keys.path, "--session-env", "FOO"]) { server, _ in
            server.token = strict
            let wishes: [JSON] = [
                ["settings": ["model": "x"]], ["mcp_servers": ["x": ["command": "true"]]],
                ["agents": ["a": ["description": "x", "prompt": "y"]]], ["env": ["FOO": "1"]],
                ["permission_mode": "bypassPermissions"],
            ]
            for wish in wishes {
                let refused = try await server.request("POST", "/v1/sessions", wish)
                #expect(refused.status == 403, "\(refused.text)")
                #expect(try refused.json["code"] == "scope_required")
            }
            for cwd in ["/", "/etc", "\(directory.path)", "\(directory.path)/work/link", "/does/not/exist"] {
                for wish: JSON in [["cwd": .text(cwd)], ["add_dirs": [.text(cwd)]]] {
                    let refused = try await server.request("POST", "/v1/sessions", wish)
                    #expect(refused.status == 422, "\(refused.text)")
                    #expect(try refused.json["code"] == "workspace_refused")
                    #expect(!refused.text.contains(cwd.count > 1 ? cwd : "nothing of it"))
                }
            }
            let session = try await server.createSession(["cwd": .text(work)])
            #expect(try await session.summary()["cwd"].text == work)
            let changed = try await session.request("PATCH", "", ["permission_mode": "bypassPermissions"])
            #expect(changed.status == 403)
            #expect(try await server.request("GET", "/v1/sessions").json["total"] == 1)
        }
    }

    @Test
    func `a directory that became a link is worked in no more`() async throws {
        let directory = try TemporaryDirectory()
        let keys = TestKeys(in: directory)
        let strict = try await keys.create("strict", Self.usual)
        let work = try directory.directory("work/inside")
        try await withClaudeServer(in: directory, ["--keys", keys.path]) { server, _ in
            server.token = strict
            let session = try await server.createSession(["cwd": .text(work)])
            #expect(try await session.run("say one")["outcome"] == "completed")
            try await session.hibernate()
            rename(work, "\(work).old")
            symlink("/etc", work)
            let files = try await session.request("GET", "/files")
            #expect(files.status == 422, "\(files.text)")
            try await session.request("POST", "/wake")
            let failed = try await session.summary(in: "failed")
            #expect(failed["failure"].text?.contains("no such directory that the session may work in") == true)
            unlink(work)
            rename("\(work).old", work)
            try await session.request("POST", "/wake")
            #expect(try await session.run("say back")["result"] == "back")
        }
    }

    // MARK: Directories

    @Test
    func `each session has a directory and files of its own, and what an agent writes can be got`() async throws {
        let directory = try TemporaryDirectory()
        let root = try directory.directory("roots")
        let arguments = ["--session-directories", "--workspace-root", root, "--permission-mode", "acceptEdits"]
        try await withClaudeServer(in: directory, arguments) { server, _ in
            let one = try await server.createSession(["id": "one"])
            let two = try await server.createSession(["id": "two"])
            #expect(try await one.summary()["cwd"].text == "\(root)/shared/one")
            let put = try await one.request("PUT", "/files/notes/in.txt", "up")
            #expect(put.status == 201, "\(put.text)")
            let input = JSON.object(["file_path": .text("\(root)/shared/one/out.txt"), "content": "made by the agent"])
            let call = "tool:Write \(String(decoding: input.bytes, as: UTF8.self))"
            #expect(try await one.run("\(call)\nsay written")["outcome"] == "completed")
            #expect(try await one.request("GET", "/files/out.txt").text == "made by the agent")
            #expect(try await two.request("GET", "/files/out.txt").status == 404)
            #expect(try await two.request("GET", "/files").json["files"].elements.isEmpty)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/shared/one")
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test
    func `a session in a worktree leaves the repository as it is, and takes it away if nothing would be lost`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let repository = try directory.directory("work/repository")
        let made = try await Command.run(
            Programs.bash,
            [
                "-c",
                """
                cd \(repository) && git init -q -b main . && echo one >file && git add . && \
                git -c user.name=t -c user.email=t@t commit -qm one && \
                printf '#!/bin/sh\\ntouch \(directory.path)/hooked\\n' >.git/hooks/post-checkout && \
                chmod +x .git/hooks/post-checkout
                """,
            ]
        )
        try #require(made.exit == .code(0), "\(made.errors)")
        try await withClaudeServer(in: directory, ["--permission-mode", "bypassPermissions"]) { server, _ in
            let wish: JSON = ["id": "w1", "worktree": ["repository": .text(repository)]]
            let session = try await server.createSession(wish)
            let place = try #require(try await session.summary()["cwd"].text)
            #expect(Processes.names(in: place).sorted() == [".git", "file"])
            #expect(!Processes.names(in: directory.path).contains("hooked"), "a hook of the repository ran")
            let branch = RealAgentTests.bash("git branch --show-current > branch.txt")
            #expect(try await session.run("\(branch)\nsay done")["outcome"] == "completed")
            #expect(try await session.request("GET", "/files/branch.txt").text == "troupe/w1\n")
            #expect(Processes.names(in: repository).sorted() == [".git", "file"])
            // There is work in it that is in no commit.
            try await session.end()
            #expect(Processes.names(in: place).contains("branch.txt"))

            let second = try await server.createSession([
                "id": "w2", "worktree": ["repository": .text(repository), "branch": "topic"],
            ])
            let clean = try #require(try await second.summary()["cwd"].text)
            try await second.end()
            try await waitUntil("end of the clean worktree") { Processes.names(in: clean).isEmpty }

            for wrong: JSON in [
                ["repository": .text(directory.path)], ["repository": "/does/not/exist"],
                ["repository": .text(repository), "branch": "--help"],
                ["repository": .text(repository), "branch": "main"],
            ] {
                let refused = try await server.request("POST", "/v1/sessions", ["worktree": wrong])
                #expect(refused.status == 422, "\(refused.text)")
                #expect(!refused.text.contains(directory.path))
            }
        }
    }

    // MARK: Closed in

    @Test(.enabled(if: RealConfinementTests.hasBubblewrap, "There is no bwrap; Scripts/setup --test installs it."))
    func `an agent in bubblewrap works, sees no home, writes nothing else, and is ended as any other`() async throws {
        let directory = try TemporaryDirectory()
        let secret = "\(try directory.directory("home"))/private"
        try Self.secret.write(toFile: secret, atomically: true, encoding: .utf8)
        let store = "\(directory.path)/troupe.db"
        let arguments = ["--confine", "bubblewrap", "--store", store]
        try await withClaudeServer(in: directory, arguments + ["--permission-mode", "bypassPermissions"]) {
            server,
            _ in
            let session = try await server.createSession()
            let stream = try await session.stream()
            #expect(try await session.run("the magic word is plum")["outcome"] == "completed")
            let look =
                "cat \(secret) \(store) 2>&1 | head -c 200; ls /home /root; touch /usr/mine 2>&1; echo in >mine; "
                + "ls /proc | grep -c '^[0-9]'; cat /proc/\(server.pid)/environ 2>&1 | head -c 20"
            #expect(try await session.run(RealAgentTests.bash(look) + "\nsay looked")["outcome"] == "completed")
            let output = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            let text = try #require(output.data["tool_use_result"]["stdout"].text)
            #expect(!text.contains(Self.secret) && !text.contains("SQLite"), "\(text)")
            #expect(text.contains("Read-only file system"), "\(text)")
            #expect(Processes.names(in: server.workingDirectory).contains("mine"))

            // An interrupt is one, a stop is one, and a death takes all with it.
            try await session.send(RealAgentTests.bash(RealAgentTests.longCommand))
            try await waitUntil("shell of the tool") { !RealAgentTests.longCommands(of: server).isEmpty }
            let receipt = try await session.interrupt()
            #expect(receipt["outcome"] == "interrupted" && receipt["step"] == "control")
            try await waitUntil("end of the shell") { RealAgentTests.longCommands(of: server).isEmpty }
            try await session.hibernate()
            let memory = try await session.run("memory")
            #expect(memory["result"].text?.contains("plum") == true, "\(memory)")
            try await session.send(RealAgentTests.bash(RealAgentTests.longCommand))
            try await waitUntil("shell of the tool") { !RealAgentTests.longCommands(of: server).isEmpty }
            kill(try await session.processID(), SIGKILL)
            _ = try await stream.next("process.exited") { $0.data["signal"] == 9 }
            #expect(RealAgentTests.longCommands(of: server).isEmpty)
            let again = try await session.run("memory")
            #expect(again["result"].text?.contains("plum") == true, "\(again)")
            try await session.end()
        }
    }

    @Test(.enabled(if: geteuid() == 0, "Only root can start agents as another user."))
    func `a key with a user of its own has agents and files of that user, and its own credential`() async throws {
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o711)
        chmod(try directory.directory("tmp"), 0o711)
        let root = try directory.directory("team")
        chown(root, 65534, 65534)
        let keys = TestKeys(in: directory)
        let token = try await keys.create(
            "team",
            "\(Self.everything)",
            [
                "--uid", "65534", "--gid", "65534", "--root", root, "--config-dir", "\(root)/.config",
                "--credential", "env:TEAM_KEY",
            ]
        )
        let environment = ["TEAM_KEY": "sk-of-the-team"]
        try await withClaudeServer(in: directory, ["--keys", keys.path], environment: environment) { server, _ in
            server.token = token
            let session = try await server.createSession(["allowed_tools": ["Bash"]])
            #expect(try await session.summary()["cwd"].text == root)
            let stream = try await session.stream()
            let look = "id -u; echo $ANTHROPIC_API_KEY; echo x >made; cat \(directory.path)/keys.json | head -c 9"
            #expect(try await session.run(RealAgentTests.bash(look) + "\nsay looked")["outcome"] == "completed")
            let output = try await stream.next("agent.user") { $0.data["tool_use_result"] != nil }
            #expect(output.data["tool_use_result"]["stdout"].text?.hasPrefix("65534\nsk-of-the-team") == true)
            #expect(try await session.request("PUT", "/files/up/load", "x").status == 201)
            for name in ["made", "up", "up/load"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
                #expect(attributes[.ownerAccountID] as? Int == 65534, "\(name)")
            }
            try await session.send(RealAgentTests.bash(RealAgentTests.longCommand))
            try await waitUntil("shell of the tool") { !RealAgentTests.longCommands(of: server).isEmpty }
            try await session.end()
            #expect(RealAgentTests.longCommands(of: server).isEmpty)
            #expect(!server.process.errors.contains("sk-of-the-team"))
        }
    }
}
