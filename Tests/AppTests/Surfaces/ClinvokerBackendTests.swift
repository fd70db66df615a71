import Foundation
import Testing

/// Sessions that work with other programs, which are stand-ins of a few lines here.
@Suite(.timeLimit(.minutes(15)))
struct ClinvokerBackendTests {
    /// Says what it was asked and how it was called; `slow` takes for ever, `die` dies.
    private static let codex = """
        #!/bin/bash
        prompt=$(cat)
        thread=11111111-2222-4333-8444-555555555555
        case "$*" in *resume*) again=" again" ;; *) again="" ;; esac
        echo '{"type":"thread.started","thread_id":"'$thread'"}'
        echo '{"type":"turn.started"}'
        case "$prompt" in
        slow) exec sleep 600 ;;
        die) echo "no login" >&2; exit 3 ;;
        esac
        echo '{"type":"item.completed","item":{"id":"i0","type":"agent_message","text":"codex'"$again"': '"$prompt"'"}}'
        echo '{"type":"item.completed","item":{"id":"i1","type":"agent_message","text":"'"$*"'"}}'
        echo '{"type":"turn.completed","usage":{"input_tokens":5,"cached_input_tokens":2,"output_tokens":1}}'
        """
        .replacing("'\"$*\"'", with: "'\"${*//\\\"/}\"'")

    private static let gemini = """
        #!/bin/bash
        prompt=$(cat)
        echo '{"type":"init","session_id":"aaaaaaaa-2222-4333-8444-555555555555","model":"gemini-x"}'
        echo '{"type":"message","role":"assistant","content":"gemini: ","delta":true}'
        echo '{"type":"message","role":"assistant","content":"'"$prompt"'","delta":true}'
        echo '{"type":"result","status":"success","stats":{"input":3,"cached":0,"output_tokens":2}}'
        """

    /// Runs `body` with a server that has the two.
    private static func with(_ body: (ServerProcess) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        var arguments: [String] = []
        for (name, script) in [("codex", Self.codex), ("gemini", Self.gemini)] {
            let path = "\(directory.path)/\(name)-stand-in"
            try Data(script.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            arguments += ["--backend", "\(name)=\(name):\(path)"]
        }
        try await withServer(in: directory, arguments, body)
    }

    private static func ask(
        _ server: ServerProcess,
        _ backend: String,
        _ prompt: String,
        _ more: JSON = [:]
    ) async throws -> JSON {
        var body: JSON = ["backend": .text(backend), "prompt": .text(prompt)]
        if case .object(let members) = more, case .object(let asked) = body {
            body = .object(asked.merging(members) { $1 })
        }
        let answer = try await server.request("POST", "/api/v1/prompt", body)
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json
    }

    @Test func `a prompt is answered by Codex, and its session goes on in the native API`() async throws {
        try await Self.with { server in
            let answer = try await Self.ask(server, "codex", "hello", ["sandbox_mode": "read-only", "model": "fast"])
            #expect(answer["exit_code"] == 0, "\(answer)")
            #expect(answer["token_usage"]["input_tokens"] == 3 && answer["token_usage"]["cached_tokens"] == 2)
            // The last message is the result: how it was called.
            #expect(
                answer["output"].text
                    == "exec --model gpt-4.1-mini --sandbox read-only --skip-git-repo-check --json -"
            )
            let id = try #require(answer["session_id"].text)
            let listed = try await server.request("GET", "/compat/clinvk/api/v1/sessions/\(id)").json
            #expect(listed["backend"] == "codex" && listed["status"] == "completed")
            let session = SessionClient(server: server, id: id)
            let next = try await session.request("POST", "/messages", ["content": "more", "wait_ms": 20_000])
            #expect(next.status == 200, "\(next.text)")
            let history = try await session.request("GET", "/messages").text
            #expect(history.contains("codex: hello") && history.contains("codex again: more"))
        }
    }

    @Test func `all programs are compared side by side, and streamed`() async throws {
        try await Self.with { server in
            let answer = try await server.request(
                "POST",
                "/api/v1/compare",
                ["backends": ["claude", "codex", "gemini"], "prompt": "say hi"]
            )
            let results = try answer.json["results"].elements
            #expect(results.map { $0["exit_code"] } == [0, 0, 0], "\(answer.text)")
            #expect(results.first?["output"] == "hi" && results.last?["output"] == "gemini: say hi")
            let stream = try await server.request(
                "POST",
                "/api/v1/prompt",
                ["backend": "gemini", "prompt": "x", "output_format": "stream-json"]
            )
            let types = stream.text.split(separator: "\n").compactMap { line in
                line.firstMatch(of: /"type":"(\w+)"/).map { String($0.1) }
            }
            #expect(types == ["init", "message", "message", "done"], "\(stream.text)")
            let backends = try await server.request("GET", "/api/v1/backends").json["backends"].elements
            #expect(backends.map { $0["available"] } == [true, true, true])
        }
    }

    @Test func `a program that fails is an answer with its reason`() async throws {
        try await Self.with { server in
            let answer = try await Self.ask(server, "codex", "die")
            #expect(answer["exit_code"] == 1 && answer["error"] == "codex ended with exit code 3: no login")
        }
    }

    @Test func `a program that runs is interrupted, and nothing of it is left`() async throws {
        try await Self.with { server in
            let body: JSON = ["backend": "codex", "prompt": "slow"]
            let asked = try await HTTPExchange(port: server.port, "POST", "/api/v1/prompt", headers: [:], body: body)
            try await waitUntil("the program runs") {
                server.startedProcesses.contains { Processes.arguments(of: $0).contains("sleep") }
            }
            let list = try await server.request("GET", "/v1/sessions").json
            let id = try #require(list["sessions"].elements.first?["id"].text)
            let stopped = try await server.request("POST", "/v1/sessions/\(id)/interrupt", [:])
            #expect(try stopped.json["outcome"] == "interrupted", "\(stopped.text)")
            try await waitUntil("the answer") { asked.isComplete }
            #expect(try JSON(asked.takeBody())["exit_code"] == 130)
            try await asked.close()
            try await waitUntil("nothing of the program is left") {
                !server.startedProcesses.contains { Processes.arguments(of: $0).contains("sleep") }
            }
        }
    }

    @Test func `a missing program is told of`() async throws {
        try await withServer(["--backend", "codex=codex:/nonexistent/codex"]) { server in
            let answer = try await Self.ask(server, "codex", "hello")
            #expect(answer["exit_code"] == 1 && answer["error"] == "backend \"codex\" is not available")
            let health = try await server.request("GET", "/compat/clinvk/health").json
            #expect(health["status"] == "degraded")
        }
    }

    @Test(arguments: ["codex", "x=claude:y", "a b=codex:y", "claude=codex:x", "x=other:y"])
    func `a setting that means nothing is refused`(word: String) async throws {
        let directory = try TemporaryDirectory()
        let command = try await Command.run(
            Programs.troupe,
            ["serve", "--agent", Programs.scriptedAgent, "--store", ":memory:", "--backend", word],
            environment: try ServerProcess.environment(in: directory)
        )
        #expect(command.exit == .code(1) && command.errors.contains("--backend takes NAME=ADAPTER:COMMAND"))
    }
}
