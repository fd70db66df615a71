import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// The surface of claude-code-api over real sockets: the acceptance checks of its tables (§18), and what stands behind.
    @Suite(.timeLimit(.minutes(1)))
    struct CodeAPIRoutesTests {
        private struct Templates: TemplateSource {
            func stamp() -> String { "1" }

            func read() throws -> TemplateReading {
                var reading = TemplateReading()
                let options = #"{"effort":"high","append_system_prompt":"Review.","disallowed_tools":["Write","Edit"]}"#
                reading.templates = [
                    Template(
                        name: "code-reviewer",
                        description: "Reviews.",
                        options: ByteBuffer(string: options),
                        isBuiltIn: true
                    )
                ]
                return reading
            }
        }

        /// Answers everything but what begins with "wait", for half a dollar.
        private static var agent: TestAgent {
            TestAgent { prompt in
                guard !prompt.text.hasPrefix("wait") else { return [TestAgent.begin] }
                var lines = TestAgent.turn(prompt, pieces: ["done: ", prompt.text])
                let share = #""model_usage_since_last_result":{"test":{"inputTokens":1,"costUSD":0.5}},"session_id""#
                lines.append(lines.removeLast().replacing(#""session_id""#, with: share))
                return lines
            }
        }

        private static let base = "/compat/cca/api/v1"

        /// A server whose sessions work below a directory of the test.
        private static func with(
            _ agent: TestAgent = Self.agent,
            configure: (inout TestServer.Settings) -> Void = { _ in },
            _ body: (TestServer, String) async throws -> Void
        ) async throws {
            let directory = NSTemporaryDirectory() + "troupe-cca-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await TestServer.with(
                agent,
                configure: { settings in
                    settings.plan.defaultDirectory = directory
                    settings.templates = Templates()
                    configure(&settings)
                }
            ) { try await body($0, directory) }
        }

        private static func post(
            _ server: TestServer,
            _ path: String,
            _ body: String,
            headers: [String: String] = [:]
        ) async throws -> HTTPClient.Response {
            try await server.request("POST", Self.base + path, body, headers: headers)
        }

        private static func data(_ response: HTTPClient.Response) throws -> JSONObject {
            try #require(response.json?.object("data"), "\(response.body)")
        }

        @Test func `a session is made by name, found by name, and gone when it is deleted`() async throws {
            try await Self.with { server, directory in
                let made = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                #expect(made.status == 201)
                let location = try #require(made.head.headers["location"])
                let data = try Self.data(made)
                let keys = [
                    "name", "user_id", "working_dir", "system_prompt", "model", "max_turns", "permission_mode",
                    "effort", "allowed_tools", "disallowed_tools", "status", "total_cost", "total_turns", "created_at",
                    "updated_at",
                ]
                #expect(data.members.map(\.key) == keys)
                #expect(data.string("status") == "pending" && data.string("user_id") == "anonymous")
                #expect(data.string("working_dir")?.hasSuffix("/p") == true)
                #expect(data.raw("permission_mode").map { String(buffer: $0) } == "null")
                #expect(FileManager.default.fileExists(atPath: "\(directory)/p"))
                for path in [location, "\(Self.base)/sessions/p"] {
                    #expect(try await Self.data(server.request("GET", path)).string("name") == "p")
                }
                let list = try await server.request("GET", "\(Self.base)/sessions?limit=500&page=0")
                let page = try #require(list.json?.raw("pagination"))
                #expect(String(buffer: page) == #"{"total":1,"page":1,"limit":100,"pages":1}"#)
                let gone = try await server.request("DELETE", "\(Self.base)/sessions/p")
                #expect(gone.status == 204 && gone.body.isEmpty)
                let missing = try await server.request("GET", "\(Self.base)/sessions/p")
                #expect(missing.status == 404 && missing.json?.string("detail") == "Session not found")
                #expect(FileManager.default.fileExists(atPath: "\(directory)/p"), "files stay")
            }
        }

        @Test func `a field that is none is refused, in the original's words`() async throws {
            try await Self.with { server, _ in
                let refused = try await Self.post(server, "/sessions", #"{"name":"p","x":1,"max_turns":1000}"#)
                #expect(refused.status == 422)
                #expect(refused.head.headers["content-type"] == "application/problem+json")
                let problem = try #require(refused.json)
                #expect(problem.string("type") == "about:blank" && problem.string("title") == "Validation Error")
                #expect(problem.string("detail") == "2 validation error(s)")
                #expect(problem.string("instance") == "http://127.0.0.1:7420\(Self.base)/sessions")
                let errors = (problem.array("errors") ?? []).compactMap { JSONObject($0) }
                #expect(errors.map { $0.string("field") } == ["body -> max_turns", "body -> x"])
                #expect(errors.last?.string("type") == "extra_forbidden")
                let missing = try await Self.post(server, "/sessions", "{}")
                let error = missing.json?.array("errors")?.first.flatMap { JSONObject($0) }
                #expect(error?.string("message") == "Field required" && error?.string("type") == "missing")
                let template = try await Self.post(server, "/sessions", #"{"name":"p","template":"x"}"#)
                #expect(template.status == 400 && template.json?.string("detail") == "Template 'x' not found")
                let name = try await Self.post(server, "/sessions", #"{"name":"../"}"#)
                #expect(name.status == 400 && name.json?.string("detail") == "Invalid project name")
                let garbled = try await Self.post(server, "/sessions", "{")
                #expect(garbled.status == 422)
            }
        }

        @Test func `a request's id comes back, and every answer says how long it took and what is left`() async throws {
            try await Self.with { server, _ in
                let named = try await server.request(
                    "GET",
                    "\(Self.base)/health",
                    headers: ["X-Request-ID": "mine", "X-Compat-Profile": "001"]
                )
                #expect(named.head.headers["x-request-id"] == "mine")
                #expect(named.json?.object("meta")?.string("request_id") == "mine")
                #expect(named.json?.object("meta")?.string("version") == "v1")
                #expect(named.head.headers["x-response-time"]?.hasSuffix("ms") == true)
                #expect(named.head.headers["x-ratelimit-limit"] == "30")
                #expect(named.head.headers["x-frame-options"] == "DENY")
                let other = try await server.request("GET", "\(Self.base)/sessions/none")
                let id = try #require(other.head.headers["x-request-id"])
                #expect(id.wholeMatch(of: /[0-9a-f]{16}/) != nil && other.json?.string("request_id") == id)
                #expect(other.head.headers["x-response-time"] != nil)
            }
        }

        @Test func `a chat is answered in one piece, and the history has it`() async throws {
            try await Self.with { server, _ in
                _ = try await Self.post(server, "/sessions", #"{"name":"my project"}"#)
                let chat = try await Self.post(server, "/sessions/my%20project/chat", #"{"message":"hello"}"#)
                #expect(chat.status == 200)
                let data = try Self.data(chat)
                let keys = ["session_id", "content", "cost", "duration_ms", "num_turns", "tools_used"]
                #expect(data.members.map(\.key) == keys)
                #expect(data.string("content") == "done: hello" && data.string("session_id") == "c1")
                #expect(data.double("cost") == 0.5)
                let item = try await Self.data(server.request("GET", "\(Self.base)/sessions/my%20project"))
                #expect(item.string("status") == "active" && item.int("total_turns") == 1)
                #expect(item.double("total_cost") == 0.5)
                let history = try await server.request("GET", "\(Self.base)/sessions/my%20project/history")
                let rows = (history.json?.array("data") ?? []).compactMap { JSONObject($0) }
                #expect(rows.map { $0.string("role") } == ["user", "assistant"])
                #expect(rows.map { $0.string("content") } == ["hello", "done: hello"])
                #expect(rows.last?.double("cost") == 0.5 && history.json?.int("count") == 2)
                let newest = try await server.request("GET", "\(Self.base)/sessions/my%20project/history?limit=1")
                #expect(newest.json?.int("count") == 1)
                let audit = try await server.request("GET", "\(Self.base)/audit")
                let entries = (audit.json?.array("data") ?? []).compactMap { JSONObject($0) }
                #expect(entries.map { $0.string("content") } == ["done: hello", "hello"])
                #expect(entries.first?.string("session_name") == "my project")
                let usage = try await Self.data(server.request("GET", "\(Self.base)/usage"))
                #expect(usage.int("sessions") == 1 && usage.int("turns") == 1 && usage.double("cost") == 0.5)
                #expect(usage.object("jobs")?.int("total") == 0)
            }
        }

        @Test func `the same key gets the same data with a new meta, and asks once`() async throws {
            try await Self.with { server, _ in
                for name in ["p", "q"] { _ = try await Self.post(server, "/sessions", #"{"name":"\#(name)"}"#) }
                func chat(_ name: String, _ text: String) async throws -> HTTPClient.Response {
                    try await Self.post(
                        server,
                        "/sessions/\(name)/chat",
                        #"{"message":"\#(text)"}"#,
                        headers: ["Idempotency-Key": "k"]
                    )
                }
                let first = try await chat("p", "hello")
                let second = try await chat("p", "hello")
                #expect(first.json?.raw("data") != nil && first.json?.raw("data") == second.json?.raw("data"))
                let metas = [first, second].map { $0.json?.object("meta")?.string("request_id") }
                #expect(metas[0] != metas[1])
                #expect(try await Self.data(server.request("GET", "\(Self.base)/sessions/p")).int("total_turns") == 1)
                #expect(try await chat("p", "other").status == 409)
                #expect(try await Self.data(chat("q", "hello")).string("content") == "done: hello")
                #expect(try await Self.data(server.request("GET", "\(Self.base)/sessions/q")).int("total_turns") == 1)
            }
        }

        @Test func `a stream begins with number 1 and ends with done`() async throws {
            try await Self.with { server, _ in
                _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                let stream = try await Self.post(server, "/sessions/p/chat/stream", #"{"message":"hello"}"#)
                #expect(stream.status == 200)
                #expect(stream.head.headers["content-type"] == "text/event-stream; charset=utf-8")
                #expect(stream.head.headers["x-accel-buffering"] == "no")
                #expect(stream.body.hasPrefix("id: 1\r\nevent: assistant\r\ndata: {\"content\":\"done: hello\""))
                let last = stream.body.components(separatedBy: "\r\n\r\n").dropLast().last ?? ""
                #expect(last.contains("event: done"))
                let missing = try await Self.post(server, "/sessions/none/chat/stream", #"{"message":"hello"}"#)
                #expect(missing.status == 404 && missing.json?.string("type") == "about:blank")
            }
        }

        @Test func `words that the original forbids are refused in a chat`() async throws {
            try await Self.with { server, _ in
                _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                let chat = try await Self.post(server, "/sessions/p/chat", #"{"message":"curl x | sh"}"#)
                #expect(chat.status == 400)
                #expect(chat.json?.string("detail") == "Blocked: input matches forbidden pattern")
            }
        }

        @Test func `the 31st limited request of a minute is refused, and the others go on`() async throws {
            try await Self.with { server, _ in
                for left in (0..<30).reversed() {
                    let chat = try await Self.post(server, "/sessions/none/chat", #"{"message":"x"}"#)
                    #expect(chat.status == 404 && chat.head.headers["x-ratelimit-remaining"] == "\(left)")
                }
                let refused = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                #expect(refused.status == 429 && refused.json?.string("detail") == "Rate limit exceeded")
                let wait = try #require(refused.head.headers["retry-after"].flatMap { Int($0) })
                #expect((1...60).contains(wait) && refused.head.headers["x-ratelimit-reset"] == "\(wait)")
                #expect(refused.head.headers["x-ratelimit-remaining"] == "0")
                #expect(try await server.request("GET", "\(Self.base)/sessions").status == 200)
            }
        }

        @Test func `a chat that takes too long is stopped`() async throws {
            try await Self.with(configure: { $0.transport.codeAPI.chatTimeout = .milliseconds(50) }) { server, _ in
                let made = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                let chat = try await Self.post(server, "/sessions/p/chat", #"{"message":"wait"}"#)
                #expect(chat.status == 504 && chat.json?.string("detail") == "Claude timed out")
                let id = try #require(made.head.headers["location"]?.split(separator: "/").last)
                try await eventually("the turn is stopped") {
                    try await server.supervisor.session(String(id)).summary().turn == nil
                }
            }
        }

        @Test func `a user who has spent what they may is told so`() async throws {
            try await Self.with(configure: { $0.transport.codeAPI.maximumCostPerUser = 0.4 }) { server, _ in
                for name in ["p", "q"] { _ = try await Self.post(server, "/sessions", #"{"name":"\#(name)"}"#) }
                #expect(try await Self.post(server, "/sessions/p/chat", #"{"message":"x"}"#).status == 200)
                for path in ["chat", "chat/stream", "jobs"] {
                    let refused = try await Self.post(server, "/sessions/q/\(path)", #"{"message":"x"}"#)
                    #expect(refused.status == 429)
                    #expect(refused.json?.string("detail") == "User budget exceeded: $0.50 >= $0.40")
                }
            }
        }

        @Test func `each request may cost as much as the last`() async throws {
            try await Self.with(configure: { $0.transport.codeAPI.maximumCostPerRequest = 0.6 }) { server, _ in
                _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                for _ in 0..<3 {
                    #expect(try await Self.post(server, "/sessions/p/chat", #"{"message":"x"}"#).status == 200)
                }
                let budget = try await server.request("GET", "/v1/sessions").json?.array("sessions")?.first
                    .flatMap { JSONObject($0) }?.object("budget")
                #expect(budget?.double("limit_usd") == 1.6 && budget?.double("spent_usd") == 1.5)
            }
        }

        @Test func `the session that was idle longest makes room for one more`() async throws {
            try await Self.with(configure: { $0.transport.codeAPI.maximumSessionsPerUser = 2 }) { server, _ in
                try await server.session("native")
                for name in ["a", "b"] { _ = try await Self.post(server, "/sessions", #"{"name":"\#(name)"}"#) }
                _ = try await Self.post(server, "/sessions/a/chat", #"{"message":"x"}"#)
                #expect(try await Self.post(server, "/sessions", #"{"name":"c"}"#).status == 201)
                let other = try await Self.post(server, "/sessions", #"{"name":"d","user_id":"somebody"}"#)
                #expect(other.status == 201)
                let list = try await server.request("GET", "\(Self.base)/sessions")
                let names = (list.json?.array("data") ?? []).compactMap { JSONObject($0)?.string("name") }
                #expect(Set(names) == ["a", "c", "d", "native"])
                let own = try await server.request("GET", "\(Self.base)/sessions?user_id=somebody")
                #expect(own.json?.object("pagination")?.int("total") == 1)
            }
        }

        @Test func `a job runs, tells its receiver in the original's words, and cannot be stopped twice`() async throws
        {
            try await WebhookReceiver.with { receiver in
                try await Self.with(configure: { $0.webhookTargets = ["127.0.0.1"] }) { server, _ in
                    let made = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                    let session = made.head.headers["location"]?.split(separator: "/").last.map(String.init)
                    let taken = try await Self.post(
                        server,
                        "/sessions/p/jobs",
                        #"{"message":"work","webhook_url":"\#(receiver.url)"}"#
                    )
                    #expect(taken.status == 202)
                    let id = try #require(Self.data(taken).string("id"))
                    let call = try #require(try await receiver.calls(1).first)
                    #expect(call.signature == nil)
                    #expect(call.json?.members.map(\.key) == ["event", "job"])
                    #expect(call.json?.string("event") == "job.completed")
                    let told = try #require(call.json?.object("job"))
                    #expect(told.string("id") == id && told.string("status") == "done")
                    #expect(told.string("session_rowid") == session)
                    #expect(told.object("result")?.string("content") == "done: work")
                    #expect(told.object("result")?.string("session_id") == "c1")
                    let job = try await Self.data(server.request("GET", "\(Self.base)/sessions/p/jobs/\(id)"))
                    let keys = [
                        "id", "status", "message", "webhook_url", "result", "error", "cost", "duration_ms",
                        "tools_used",
                        "created_at", "started_at", "completed_at",
                    ]
                    #expect(job.members.map(\.key) == keys)
                    #expect(job.string("message") == "work" && job.string("webhook_url") == receiver.url)
                    let again = try await Self.post(server, "/sessions/p/jobs/\(id)/cancel", "")
                    #expect(again.status == 409 && again.json?.string("detail") == "Job already done")
                    let list = try await server.request("GET", "\(Self.base)/sessions/p/jobs")
                    #expect(list.json?.array("data")?.count == 1)
                    let none = try await server.request("GET", "\(Self.base)/sessions/p/jobs/none")
                    #expect(none.status == 404 && none.json?.string("detail") == "Job not found")
                }
            }
        }

        @Test func `a job that runs is stopped, and its receiver hears of it`() async throws {
            try await WebhookReceiver.with { receiver in
                try await Self.with(configure: { $0.webhookTargets = ["127.0.0.1"] }) { server, _ in
                    _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                    let taken = try await Self.post(
                        server,
                        "/sessions/p/jobs",
                        #"{"message":"wait","webhook_url":"\#(receiver.url)"}"#
                    )
                    let id = try #require(Self.data(taken).string("id"))
                    let path = "\(Self.base)/sessions/p/jobs/\(id)"
                    try await eventually("it runs") {
                        try await Self.data(server.request("GET", path)).string("status") == "running"
                    }
                    let stopped = try await Self.post(server, "/sessions/p/jobs/\(id)/cancel", "")
                    #expect(stopped.status == 200)
                    #expect(try String(buffer: Self.data(stopped).bytes) == #"{"id":"\#(id)","status":"cancelling"}"#)
                    let call = try #require(try await receiver.calls(1).first)
                    #expect(call.json?.string("event") == "job.completed")
                    #expect(call.json?.object("job")?.string("status") == "cancelled")
                    #expect(call.json?.object("job")?.raw("result").map { String(buffer: $0) } == "null")
                }
            }
        }

        @Test func `files go into the session's directory and come back`() async throws {
            try await Self.with { server, directory in
                _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                func upload(_ path: String, fields: String = "") async throws -> HTTPClient.Response {
                    let file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.py\"\r\n\r\n"
                    let form = "\(fields)\(file)print(1)\r\n--b--\r\n"
                    return try await server.request(
                        "POST",
                        Self.base + path,
                        form,
                        headers: ["Content-Type": "multipart/form-data; boundary=b"]
                    )
                }
                let query = try await upload("/sessions/p/files?path=src")
                #expect(query.status == 201)
                #expect(try String(buffer: Self.data(query).bytes) == #"{"path":"src/a.py","size":8,"name":"a.py"}"#)
                let field = "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\nlib\r\n"
                #expect(try await Self.data(upload("/sessions/p/files", fields: field)).string("path") == "lib/a.py")
                try "x".write(toFile: "\(directory)/p/.hidden", atomically: false, encoding: .utf8)
                let list = try await server.request("GET", "\(Self.base)/sessions/p/files")
                let names = (list.json?.array("data") ?? []).compactMap { JSONObject($0)?.string("name") }
                #expect(names == ["lib", "src"] && list.json?.string("path") == ".")
                let file = try await server.request("GET", "\(Self.base)/sessions/p/files/src/a.py")
                #expect(file.status == 200 && file.body == "print(1)")
                #expect(file.head.headers["content-disposition"] == #"attachment; filename="a.py""#)
                #expect(file.head.headers["content-type"] == "text/x-python; charset=utf-8")
                let up = try await server.request("GET", "\(Self.base)/sessions/p/files?path=../q")
                #expect(up.status == 400 && up.json?.string("detail") == "Path outside session workspace")
                let none = try await server.request("GET", "\(Self.base)/sessions/p/files/none")
                #expect(none.status == 404 && none.json?.string("detail") == "File not found")
                let nowhere = try await server.request("GET", "\(Self.base)/sessions/p/files?path=none")
                #expect(nowhere.status == 404 && nowhere.json?.string("detail") == "Directory not found")
            }
        }

        @Test func `templates have that system's fields, and make sessions`() async throws {
            try await Self.with { server, _ in
                let list = try await server.request("GET", "\(Self.base)/templates")
                let template = try #require(Self.data(list).object("code-reviewer"))
                let fields = #"{"system_prompt":"Review.","effort":"high","name":"code-reviewer","#
                #expect(String(buffer: template.bytes) == fields + #""disallowed_tools":"Write,Edit"}"#)
                let one = try await server.request("GET", "\(Self.base)/templates/code-reviewer")
                #expect(try Self.data(one).string("effort") == "high")
                let none = try await server.request("GET", "\(Self.base)/templates/none")
                #expect(none.status == 404 && none.json?.string("detail") == "Template 'none' not found")
                let reload = try await Self.post(server, "/templates/reload", "")
                #expect(try String(buffer: Self.data(reload).bytes) == #"{"count":1,"names":["code-reviewer"]}"#)
                let made = try await Self.post(
                    server,
                    "/sessions",
                    #"{"name":"p","template":"code-reviewer","effort":"low","allowed_tools":"Read, Grep"}"#
                )
                let item = try Self.data(made)
                #expect(item.string("effort") == "low" && item.string("system_prompt") == "Review.")
                #expect(item.string("allowed_tools") == "Read,Grep")
                #expect(item.string("disallowed_tools") == "Write,Edit")
            }
        }

        @Test func `a session moves to another directory once it has spoken`() async throws {
            try await Self.with(configure: { $0.plan.workspace.roots = [$0.plan.defaultDirectory] }) {
                server,
                directory in
                _ = try await Self.post(server, "/sessions", #"{"name":"p"}"#)
                try FileManager.default.createDirectory(
                    atPath: "\(directory)/other",
                    withIntermediateDirectories: false
                )
                func move(_ path: String) async throws -> HTTPClient.Response {
                    try await Self.post(server, "/sessions/p/repo", #"{"working_dir":"\#(path)"}"#)
                }
                let early = try await move("\(directory)/other")
                #expect(early.status == 400 && early.json?.string("detail") == "Session has no claude session_id yet")
                _ = try await Self.post(server, "/sessions/p/chat", #"{"message":"x"}"#)
                let outside = try await move("/etc")
                #expect(outside.status == 400 && outside.json?.string("detail") == "Directory outside approved path")
                let moved = try await move("\(directory)/other")
                #expect(try Self.data(moved).string("working_dir")?.hasSuffix("/other") == true, "\(moved.body)")
                let chat = try await Self.post(server, "/sessions/p/chat", #"{"message":"y"}"#)
                #expect(try Self.data(chat).string("content") == "done: y")
            }
        }

        @Test func `what a request asks of the model holds for it, and for none that asks for nothing`() async throws {
            try await Self.with { server, _ in
                let made = try await Self.post(server, "/sessions", #"{"name":"p","model":"first"}"#)
                let id = try #require(made.head.headers["location"]?.split(separator: "/").last)
                let session = try await server.supervisor.session(String(id))
                let asked = #"{"message":"x","model":"second","system":"Be brief.","effort":"low"}"#
                #expect(try await Self.post(server, "/sessions/p/chat", asked).status == 200)
                let varied = await session.details().options
                #expect(varied.variation?.model == "second" && varied.variation?.systemPrompt == "Be brief.")
                #expect(varied.model == "first")
                #expect(try await Self.post(server, "/sessions/p/chat", #"{"message":"y"}"#).status == 200)
                #expect(await session.details().options.variation == SessionVariation())
                let unknown = try await Self.post(server, "/sessions/p/chat", #"{"message":"y","permission_mode":"x"}"#)
                #expect(unknown.status == 422)
            }
        }

        @Test func `tokens are estimated as there`() async throws {
            try await Self.with { server, _ in
                let counted = try await Self.post(server, "/tokens/count", #"{"text":"a b  c defghijkl"}"#)
                #expect(
                    try String(buffer: Self.data(counted).bytes)
                        == #"{"characters":16,"words":4,"estimated_tokens":4}"#
                )
                #expect(try await Self.post(server, "/tokens/count", #"{"text":""}"#).status == 422)
            }
        }

        @Test func `others' sessions are not there, and templates and health need no key`() async throws {
            let keys = try TestKeys()
            let ring = try KeyRing(file: KeyFile(path: keys.path))
            try await Self.with(configure: { $0.transport.keys = ring }) { server, _ in
                func call(
                    _ token: String,
                    _ method: String,
                    _ path: String,
                    _ body: String? = nil
                ) async throws
                    -> HTTPClient.Response
                {
                    try await server.request(method, Self.base + path, body, headers: ["X-API-Key": token])
                }
                #expect(try await call(keys.alice, "POST", "/sessions", #"{"name":"p"}"#).status == 201)
                #expect(try await call(keys.alice, "GET", "/sessions/p").status == 200)
                #expect(try await call(keys.bob, "GET", "/sessions/p").status == 404)
                #expect(try await call(keys.bob, "POST", "/sessions/p/chat", #"{"message":"x"}"#).status == 404)
                let list = try await call(keys.bob, "GET", "/sessions")
                #expect(list.json?.object("pagination")?.int("total") == 0)
                let wrong = try await call("wrong", "GET", "/sessions")
                #expect(wrong.status == 401 && wrong.json?.string("detail") == "Invalid or missing API key")
                for path in ["/templates", "/health"] {
                    #expect(try await server.request("GET", Self.base + path).status == 200)
                }
            }
        }
    }
}
