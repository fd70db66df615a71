import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// clinvoker's REST API over sockets.
    @Suite(.timeLimit(.minutes(2)))
    struct ClinvokerRoutesTests {
        /// Says what it was asked; `fail` fails, `hang` says nothing.
        private static func echo() -> TestAgent {
            TestAgent { prompt in
                switch prompt.text {
                case "hang": return [TestAgent.begin]
                case "fail":
                    return [
                        TestAgent.begin,
                        TestAgent.result(uuid: prompt.uuid, text: "no", reason: "api_error", isError: true),
                    ]
                default: return TestAgent.turn(prompt, pieces: ["you said ", prompt.text])
                }
            }
        }

        private static func prompt(
            _ server: TestServer,
            _ fields: String,
            headers: [String: String] = [:]
        ) async throws -> HTTPClient.Response {
            try await server.request("POST", "/api/v1/prompt", "{\(fields)}", headers: headers)
        }

        private static let ask = #""backend":"claude","prompt":"hello""#

        // MARK: prompt

        @Test func `a prompt is answered, and its session stays under 32 digits`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(
                    server,
                    #"\#(Self.ask),"metadata":{"k":"v"},"max_tokens":5,"nobody_knows":1"#
                )
                #expect(answer.status == 200 && answer.head.headers["content-type"] == "application/json")
                let json = try #require(answer.json)
                #expect(
                    json.members.map(\.key) == [
                        "session_id", "backend", "exit_code", "duration_ms", "output", "token_usage",
                    ]
                )
                #expect(json.string("backend") == "claude" && json.int("exit_code") == 0)
                #expect(json.string("output") == "you said hello")
                let id = try #require(json.string("session_id"))
                #expect(id.count == 32 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
                let session = try await server.supervisor.session(id)
                let options = await session.optionsView()
                #expect(options.notes?["origin"] == "001" && options.notes?["initial_prompt"] == "hello")
                #expect(options.notes?["metadata"] == #"{"k":"v"}"# && options.tags == ["api"])
                // It is a session like any other.
                #expect(try await server.request("GET", "/v1/sessions/\(id)").status == 200)
            }
        }

        @Test func `an ephemeral prompt leaves nothing behind`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, #"\#(Self.ask),"ephemeral":true"#)
                #expect(answer.json?.string("output") == "you said hello" && answer.json?.string("session_id") == nil)
                try await eventually("the session is gone") {
                    await server.supervisor.summaries(for: .system).allSatisfy { $0.state == .ended }
                }
                #expect(try await server.request("GET", "/compat/clinvk/api/v1/sessions").json?.int("total") == 0)
            }
        }

        @Test func `a dry run runs nothing`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, #"\#(Self.ask),"dry_run":true"#)
                #expect(answer.status == 200 && answer.json?.int("exit_code") == 0)
                #expect(answer.json?.string("output")?.hasPrefix("Would execute: claude [--print") == true)
                let stream = try await Self.prompt(
                    server,
                    #"\#(Self.ask),"dry_run":true,"output_format":"stream-json""#
                )
                let lines = stream.body.split(separator: "\n").compactMap { JSONObject(ByteBuffer(string: String($0))) }
                #expect(lines.map { $0.string("type") } == ["message", "done"])
                #expect(await server.supervisor.sessionCount == 0)
            }
        }

        @Test(arguments: [
            (#""backend":"claude""#, 422, "expected required property prompt to be present", "body"),
            (#""prompt":"x""#, 422, "expected required property backend to be present", "body"),
            (#""backend":"claude","prompt":5"#, 422, "expected string", "body.prompt"),
            (#"\#(ask),"max_turns":"x""#, 422, "expected integer", "body.max_turns"),
            (#"\#(ask),"dry_run":1"#, 422, "expected boolean", "body.dry_run"),
            (#"\#(ask),"extra":[1]"#, 422, "expected string", "body.extra[0]"),
            (#"\#(ask),"metadata":{"a":1}"#, 422, "expected string", "body.metadata.a"),
        ])
        func `what is missing or of another type is 422, with its place`(
            fields: String,
            status: Int,
            message: String,
            location: String
        ) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, fields)
                #expect(answer.status == status)
                #expect(answer.head.headers["content-type"] == "application/problem+json")
                #expect(answer.head.headers["link"] == "</schemas/ErrorModel.json>; rel=\"describedBy\"")
                #expect(answer.json?.string("$schema") == "http://127.0.0.1:7420/schemas/ErrorModel.json")
                #expect(answer.json?.string("detail") == "validation failed")
                let flaw = answer.json?.array("errors")?.first.flatMap { JSONObject($0) }
                #expect(flaw?.string("message") == message && flaw?.string("location") == location)
            }
        }

        @Test(arguments: [
            (#"{"backend":"","prompt":"x"}"#, "backend is required"),
            (#"{"backend":"claude","prompt":""}"#, "prompt is required"), ("", "request body is required"),
            ("{", "validation failed"),
        ])
        func `what is empty or no JSON is 400`(body: String, detail: String) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request("POST", "/api/v1/prompt", body)
                #expect(answer.status == 400 && answer.json?.string("detail") == detail)
                #expect(answer.json?.string("title") == "Bad Request" && answer.json?.int("status") == 400)
            }
        }

        @Test(arguments: [
            (#""backend":"x","prompt":"y""#, "unknown backend \"x\" (available: [claude codex gemini])"),
            (#"\#(ask),"workdir":"rel""#, "invalid work directory: must be an absolute path"),
            (#"\#(ask),"workdir":"/etc""#, "work directory not allowed: /etc (blocked path)"),
            (#"\#(ask),"extra":["--evil"]"#, "flag not allowed for claude: --evil"),
            (
                #"\#(ask),"output_format":"xml""#,
                "invalid output_format \"xml\": must be one of default, text, json, stream-json"
            ),
        ])
        func `what cannot be run is an answer with an exit code`(fields: String, error: String) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, fields)
                #expect(answer.status == 200)
                #expect(answer.json?.members.map(\.key) == ["backend", "exit_code", "duration_ms", "error"])
                #expect(answer.json?.int("exit_code") == 1 && answer.json?.string("error") == error)
            }
        }

        @Test func `the server's own roots refuse as clinvoker does`() async throws {
            try await TestServer.with(Self.echo(), configure: { $0.plan.workspace.roots = ["/usr/share"] }) { server in
                let answer = try await Self.prompt(server, #"\#(Self.ask),"workdir":"/usr/include""#)
                #expect(answer.status == 200)
                #expect(
                    answer.json?.string("error") == "work directory not allowed: /usr/include (not in allowed paths)"
                )
                let inside = try await Self.prompt(server, #"\#(Self.ask),"workdir":"/usr/share""#)
                #expect(inside.json?.int("exit_code") == 0)
            }
        }

        @Test func `a failed run is 200 with its error, and the session says so`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, #""backend":"claude","prompt":"fail""#)
                #expect(answer.status == 200 && answer.json?.int("exit_code") == 1)
                #expect(answer.json?.string("error") == "no")
                let id = try #require(answer.json?.string("session_id"))
                let session = try await server.request("GET", "/compat/clinvk/api/v1/sessions/\(id)").json
                #expect(session?.string("status") == "error")
            }
        }

        @Test func `a stream is lines of JSON that come as they are written`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(server, #"\#(Self.ask),"output_format":"stream-json""#)
                #expect(answer.status == 200)
                #expect(answer.head.headers["content-type"] == "application/x-ndjson")
                #expect(answer.head.headers["cache-control"] == "no-cache")
                let lines = answer.body.split(separator: "\n").compactMap { JSONObject(ByteBuffer(string: String($0))) }
                #expect(lines.map { $0.string("type") } == ["init", "message", "message", "done"])
                #expect(lines.map { $0.int("sequence") } == [1, 2, 3, 4])
                let texts = lines.compactMap { $0.object("content")?.string("text") }
                #expect(texts == ["you said ", "hello"])
                #expect(lines[1].object("content")?.bool("is_partial") == true)
                #expect(lines.allSatisfy { $0.string("session_id")?.count == 32 })
                #expect(answer.body.hasSuffix("}\n"))
            }
        }

        @Test func `a stream that cannot begin is one line`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await Self.prompt(
                    server,
                    #"\#(Self.ask),"output_format":"stream-json","extra":["--evil"]"#
                )
                let lines = answer.body.split(separator: "\n").compactMap { JSONObject(ByteBuffer(string: String($0))) }
                #expect(answer.status == 200 && lines.count == 1 && lines[0].string("type") == "error")
                #expect(lines[0].object("content")?.string("message") == "flag not allowed for claude: --evil")
            }
        }

        @Test func `who leaves an ephemeral stream ends its session, who leaves another does not`() async throws {
            try await TestServer.with(Self.echo()) { server in
                for isEphemeral in [true, false] {
                    var client = HTTPClient(try await server.connect())
                    try await client.send(
                        "POST",
                        "/api/v1/prompt",
                        #"{"backend":"claude","prompt":"hang","output_format":"stream-json","ephemeral":\#(isEphemeral)}"#
                    )
                    _ = try await client.head()
                    _ = try await client.piece()
                    try await client.connection.reset()
                    if isEphemeral {
                        try await eventually("its session ends") {
                            await server.supervisor.summaries(for: .system).allSatisfy { $0.state == .ended }
                        }
                    }
                }
                let left = await server.supervisor.summaries(for: .system).filter { $0.state != .ended }
                #expect(left.count == 1 && left[0].state == .running)
                let list = try await server.request("GET", "/compat/clinvk/api/v1/sessions?status=active")
                #expect(list.json?.int("total") == 1)
            }
        }

        // MARK: parallel, chain, compare

        private static func results(_ answer: HTTPClient.Response) -> [JSONObject] {
            (answer.json?.array("results") ?? []).compactMap { JSONObject($0) }
        }

        @Test func `parallel tasks are answered in their order, and leave nothing`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let tasks = ["one", "fail", "three"].map { #"{"backend":"claude","prompt":"\#($0)"}"# }
                let answer = try await server.request(
                    "POST",
                    "/api/v1/parallel",
                    #"{"tasks":[\#(tasks.joined(separator: ",")),{"backend":"x","prompt":"y"}],"max_parallel":2}"#
                )
                #expect(answer.status == 200)
                #expect(answer.head.headers["link"] == "</schemas/ParallelResponse.json>; rel=\"describedBy\"")
                #expect(
                    answer.json?.members.map(\.key) == [
                        "$schema", "total_tasks", "completed", "failed", "total_duration_ms", "results",
                    ]
                )
                #expect(answer.json?.int("completed") == 2 && answer.json?.int("failed") == 2)
                let results = Self.results(answer)
                #expect(results.map { $0.string("output") } == ["you said one", nil, "you said three", nil])
                #expect(results.map { $0.int("exit_code") } == [0, 1, 0, 1])
                #expect(results.allSatisfy { $0.string("session_id") == nil })
                try await eventually("all sessions are gone") {
                    await server.supervisor.summaries(for: .system).allSatisfy { $0.state == .ended }
                }
            }
        }

        @Test func `after a failure those that wait are canceled, if asked`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let tasks = ["fail", "two", "three"].map { #"{"backend":"claude","prompt":"\#($0)"}"# }
                let answer = try await server.request(
                    "POST",
                    "/api/v1/parallel",
                    #"{"tasks":[\#(tasks.joined(separator: ","))],"max_parallel":1,"fail_fast":true}"#
                )
                #expect(Self.results(answer).map { $0.int("exit_code") } == [1, -1, -1])
                #expect(Self.results(answer).last?.string("error") == "canceled")
                #expect(answer.json?.int("completed") == 0 && answer.json?.int("failed") == 1)
            }
        }

        @Test func `a task that the house has no room for is a result with an error`() async throws {
            try await TestServer.with(Self.echo(), configure: { $0.supervisor.maximumSessions = 1 }) { server in
                try await server.session("taken")
                let answer = try await server.request(
                    "POST",
                    "/api/v1/parallel",
                    #"{"tasks":[{\#(Self.ask)},{\#(Self.ask)}]}"#
                )
                #expect(answer.status == 200)
                let results = Self.results(answer)
                #expect(results.map { $0.int("exit_code") } == [1, 1])
                #expect(results.allSatisfy { !($0.string("error") ?? "").isEmpty })
                // One prompt alone is told so as any client is.
                let alone = try await Self.prompt(server, Self.ask)
                #expect(alone.status == 429 && alone.json?.string("error") == "too_many_requests")
                #expect(alone.head.headers["retry-after"] != nil)
            }
        }

        @Test func `a chain hands on what was said`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request(
                    "POST",
                    "/api/v1/chain",
                    #"{"steps":[{\#(Self.ask),"name":"first"},{"backend":"claude","prompt":"again: {{previous}}"}]}"#
                )
                #expect(answer.status == 200 && answer.json?.int("completed_steps") == 2)
                #expect(answer.json?.int("failed_step") == nil)
                let results = Self.results(answer)
                #expect(results.map { $0.string("output") } == ["you said hello", "you said again: you said hello"])
                #expect(
                    results[0].members.map(\.key) == ["step", "name", "backend", "exit_code", "duration_ms", "output"]
                )
            }
        }

        @Test(arguments: [true, false])
        func `a chain stops at a failure if asked`(stops: Bool) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request(
                    "POST",
                    "/api/v1/chain",
                    #"{"steps":[{"backend":"claude","prompt":"fail"},{\#(Self.ask)}],"stop_on_failure":\#(stops)}"#
                )
                #expect(answer.json?.int("failed_step") == 1 && Self.results(answer).count == (stops ? 1 : 2))
                #expect(answer.json?.int("total_steps") == 2)
            }
        }

        @Test(arguments: [
            (#"{"steps":[]}"#, "steps are required"),
            (
                #"{"steps":[{\#(ask)}],"pass_session_id":true}"#,
                "chain is always ephemeral; pass_session_id and persist_sessions are not supported"
            ),
            (
                #"{"steps":[{\#(ask)},{"backend":"claude","prompt":"{{session}}"}]}"#,
                "chain step 2 uses {{session}} but sessions are not persisted"
            ),
        ])
        func `a chain that cannot be is 400`(body: String, detail: String) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request("POST", "/api/v1/chain", body)
                #expect(answer.status == 400 && answer.json?.string("detail") == detail)
            }
        }

        @Test func `a step without its fields is named by its place`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request("POST", "/api/v1/chain", #"{"steps":[{"prompt":"x"}]}"#)
                let flaw = answer.json?.array("errors")?.first.flatMap { JSONObject($0) }
                #expect(answer.status == 422 && flaw?.string("location") == "body.steps[0]")
            }
        }

        @Test(arguments: [true, false])
        func `compare asks each, in the request's order`(isSequential: Bool) async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request(
                    "POST",
                    "/api/v1/compare",
                    #"{"backends":["claude","x","claude"],"prompt":"hi","sequential":\#(isSequential)}"#
                )
                #expect(answer.status == 200 && answer.json?.string("prompt") == "hi")
                #expect(answer.json?.strings("backends") == ["claude", "x", "claude"])
                let results = Self.results(answer)
                #expect(results.map { $0.string("output") } == ["you said hi", nil, "you said hi"])
                #expect(results[1].string("error")?.hasPrefix("unknown backend") == true)
            }
        }
    }
}
