import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// The REST API of mcp-coding-agents, over real sockets.
    @Suite(.timeLimit(.minutes(2)))
    struct CodingAgentsTests {
        static let root = "/compat/mcpapi/api/v1"

        /// A new session's id.
        static func create(
            _ server: TestServer,
            _ body: String = "{}",
            headers: [String: String] = [:]
        ) async throws -> String {
            let answer = try await server.request("POST", "\(Self.root)/sessions", body, headers: headers)
            try #require(answer.status == 201, "\(answer.body)")
            return try #require(answer.json?.string("sessionId"))
        }

        private static func error(_ answer: HTTPClient.Response) -> String? {
            answer.json?.object("error")?.string("code")
        }

        private static func message(_ answer: HTTPClient.Response) -> String? {
            answer.json?.object("error")?.string("message")
        }

        /// Without what is another in every run.
        private static func normal(_ text: String) -> String {
            text.replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "TIME").replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "ID")
        }

        // MARK: Sessions

        @Test func `a session is made, listed, looked at and ended`() async throws {
            try await TestServer.with { server in
                let made = try await server.request(
                    "POST",
                    "\(Self.root)/sessions",
                    #"{"model":"claude-3-opus-20240229","permissionMode":"plan","metadata":{"a": [1]},"unknown":1}"#
                )
                #expect(made.status == 201)
                let model = #""model":"claude-3-opus-20240229","status":"active","createdAt":"TIME""#
                #expect(Self.normal(made.body) == #"{"sessionId":"ID",\#(model),"expiresAt":"TIME"}"#)
                let id = try #require(made.json?.string("sessionId"))
                #expect(UUID(uuidString: id)?.uuidString.lowercased() == id && Array(id)[14] == "4")
                let createdAt = try #require(made.json?.string("createdAt"))
                #expect(made.json?.string("expiresAt") == Timestamp.later(createdAt, by: .seconds(3600)))

                let list = try await server.request("GET", "\(Self.root)/sessions")
                let item = #"{"sessionId":"ID",\#(model),"expiresAt":"TIME","metadata":{"a": [1]}}"#
                #expect(Self.normal(list.body) == #"{"sessions":[\#(item)],"total":1}"#)

                let one = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                #expect(
                    one.json?.members.map(\.key) == [
                        "sessionId", "model", "status", "createdAt", "expiresAt", "lastActivity", "messageCount",
                        "config",
                        "metadata",
                    ]
                )
                let config = one.json?.object("config")
                #expect(config?.string("permissionMode") == "plan" && config?.int("maxTurns") == 10)
                #expect(config?.string("cwd") == "/home/secret" && one.json?.int("messageCount") == 0)

                for _ in 0..<2 {
                    let ended = try await server.request("DELETE", "\(Self.root)/sessions/\(id)")
                    #expect(ended.status == 204 && ended.body.isEmpty)
                }
                let past = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                #expect(past.status == 200 && past.json?.string("status") == "ended")
                let empty = try await server.request("GET", "\(Self.root)/sessions")
                #expect(empty.body == #"{"sessions":[],"total":0}"#)
                let late = try await server.request("POST", "\(Self.root)/sessions/\(id)/messages", "{}")
                #expect(late.status == 404 && Self.error(late) == "SESSION_NOT_FOUND")
                #expect(Self.message(late) == "Session \(id) not found")
            }
        }

        @Test func `its defaults are those of the original, and its life goes on with each use`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server, #"{"maxTurns":0,"metadata":null}"#)
                let session = try await server.supervisor.session(id)
                let options = await session.optionsView()
                #expect(options.maximumTurns == 10 && options.permissionMode == "default")
                #expect(options.timeToLive == .seconds(3600))
                #expect(options.notes == ["origin": "004", "metadata": "{}"])
                let before = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                let expiry = try #require(before.json?.string("expiresAt"))
                try await eventually("its end is later") {
                    _ = try await server.request("POST", "\(Self.root)/sessions/\(id)/messages", #"{"prompt":"x"}"#)
                    let after = try await server.request("GET", "\(Self.root)/sessions/\(id)")
                    return after.json?.int("messageCount") ?? 0 > 0 && after.json?.string("expiresAt") ?? "" > expiry
                }
            }
        }

        @Test func `a hundred sessions are enough`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 200 }) { server in
                // Those that other systems made do not count.
                try await server.session("native")
                for number in 0..<99 {
                    var options = SessionOptions()
                    options.id = "s\(number)"
                    options.notes = ["origin": "004"]
                    _ = try await server.supervisor.create(options)
                }
                let id = try await Self.create(server)
                let full = try await server.request("POST", "\(Self.root)/sessions", "{}")
                #expect(full.status == 429 && Self.error(full) == "MAX_SESSIONS_REACHED")
                #expect(Self.message(full) == "Maximum sessions limit reached: 100")
                #expect(try await server.request("DELETE", "\(Self.root)/sessions/\(id)").status == 204)
                _ = try await Self.create(server)
            }
        }

        // MARK: Messages

        @Test func `a message is answered with its text`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server)
                let answer = try await server.request(
                    "POST",
                    "\(Self.root)/sessions/\(id)/messages",
                    #"{"prompt":"Hello, Claude!","stream":false}"#
                )
                #expect(answer.status == 200)
                let usage = #"{"promptTokens":0,"completionTokens":0,"totalTokens":0}"#
                #expect(
                    Self.normal(answer.body)
                        == #"{"messageId":"ID","response":"Hello, world.","sessionId":"c1","usage":\#(usage)}"#
                )
            }
        }

        @Test func `a client that wants a stream here is told where it is`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server)
                for root in [Self.root, "/api/v1"] {
                    let answer = try await server.request(
                        "POST",
                        "\(root)/sessions/\(id)/messages",
                        #"{"prompt":"x","stream":true,"timeout":5}"#
                    )
                    let headers = #"{"Content-Type":"application/json","Accept":"text/event-stream"}"#
                    #expect(
                        answer.body
                            == #"{"message":"Use SSE endpoint for streaming responses","streamUrl":"\#(root)/sessions/\#(id)/stream","#
                            + #""method":"POST","headers":\#(headers),"body":{"prompt":"x","timeout":5}}"#
                    )
                }
                #expect(try await server.supervisor.session(id).summary().usage.turns == 0)
            }
        }

        @Test(arguments: [true, false])
        func `a stream is connected, has whole messages and is complete`(isPost: Bool) async throws {
            let asked = AskedPrompts()
            let agent = TestAgent { prompt in
                asked.add(prompt.text)
                return TestAgent.turn(prompt, pieces: ["Hello, ", "world."])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                var client = HTTPClient(try await server.connect())
                let path = "\(Self.root)/sessions/\(id)/stream"
                if isPost {
                    try await client.send("POST", path, #"{"prompt":"Write code"}"#)
                } else {
                    try await client.send(
                        "GET",
                        "\(path)?prompt=Write%20code",
                        headers: ["Accept": "text/event-stream"]
                    )
                }
                let answer = try await client.response()
                let headers = answer.head.headers
                #expect(answer.status == 200 && headers["content-type"] == "text/event-stream")
                #expect(headers["cache-control"] == "no-cache" && headers["x-accel-buffering"] == "no")
                #expect(headers["x-ratelimit-remaining"] == "98")
                #expect(asked.all == ["Write code"])
                let frames = Self.normal(answer.body).components(separatedBy: "\n\n")
                func message(_ number: Int, _ message: String) -> String {
                    #"event: message\#ndata: {"type":"claude_code_message","sessionId":"c1","message":\#(message),"#
                        + #""timestamp":"TIME","sequence":\#(number)}"#
                }
                try #require(frames.count == 6)
                #expect(frames[0] == "event: connected\ndata: {\"sessionId\":\"ID\"}")
                #expect(frames[1] == message(1, TestAgent.begin))
                #expect(frames[2] == message(2, TestAgent.assistant("Hello, world.", number: 1)))
                #expect(frames[3].hasPrefix(#"event: message\#ndata: {"type":"claude_code_message","sessionId":"c1","#))
                #expect(frames[3].contains(#""result":"Hello, world.""#) && frames[3].hasSuffix(#""sequence":3}"#))
                #expect(frames[4] == #"event: complete\#ndata: {"summary":"Hello, world.","sessionId":"c1"}"#)
                #expect(frames[5].isEmpty)
            }
        }

        @Test func `a plus in the query is a space, and an escaped one is a plus`() async throws {
            let asked = AskedPrompts()
            let agent = TestAgent { prompt in
                asked.add(prompt.text)
                return TestAgent.turn(prompt, pieces: ["ok"])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)/stream?timeout=60000&prompt=1+%2B+1%3D%E2%91%A1"
                let answer = try await server.request("GET", path)
                #expect(answer.body.contains(#"event: complete\#ndata: {"summary":"ok","sessionId":"c1"}"#))
                #expect(asked.all == ["1 + 1=②"])
            }
        }

        @Test func `leaving a stream stops nothing`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let id = try await Self.create(server)
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "\(Self.root)/sessions/\(id)/stream", #"{"prompt":"x"}"#)
                var stream = try await EventStream(client)
                while try await stream.next()?.name != "message" {}
                try await stream.client.connection.reset()
                let session = try await server.supervisor.session(id)
                #expect(await session.summary().state == .running)
                server.agent.print(id, [TestAgent.result(uuid: "none", text: "done")])
                try await eventually("the turn ends") { await session.summary().state == .idle }
            }
        }

        @Test func `what takes too long is stopped, and what waits behind it is not`() async throws {
            let agent = TestAgent { prompt in
                prompt.text == "slow" ? [TestAgent.begin] : TestAgent.turn(prompt, pieces: ["quick"])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)"
                let session = try await server.supervisor.session(id)
                async let slow = server.request("POST", "\(path)/messages", #"{"prompt":"slow","timeout":300}"#)
                try await eventually("it runs") { await session.summary().state == .running }
                let next = try await server.request("POST", "\(path)/messages", #"{"prompt":"next"}"#)
                #expect(next.json?.string("response") == "quick")
                let error = #"{"error":"Query timed out after 300ms","session_id":"c1"}"#
                let late = try await slow
                #expect(late.status == 200 && late.json?.raw("response").map { String(buffer: $0) } == error)
                #expect(late.json?.string("sessionId") == "c1")
                let stream = try await server.request("POST", "\(path)/stream", #"{"prompt":"slow","timeout":300}"#)
                #expect(stream.body.hasSuffix(#"data: {"summary":\#(error),"sessionId":"c1"}\#n\#n"#))
                #expect(await session.summary().state == .idle)
            }
        }

        @Test func `what is interrupted elsewhere is told as cancelled`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let id = try await Self.create(server)
                let session = try await server.supervisor.session(id)
                async let answer = server.request("POST", "\(Self.root)/sessions/\(id)/messages", #"{"prompt":"x"}"#)
                try await eventually("it runs") { await session.summary().state == .running }
                #expect(try await server.request("POST", "/v1/sessions/\(id)/interrupt").status == 200)
                let error = #"{"error":"Query cancelled by user","session_id":"c1"}"#
                #expect(try await answer.json?.raw("response").map { String(buffer: $0) } == error)
            }
        }

        @Test(arguments: [false, true])
        func `the history has prompts and messages, page by page`(isStored: Bool) async throws {
            let agent = TestAgent { prompt in
                [
                    TestAgent.begin,
                    #"{"type":"user","message":{"role":"user","content":"\#(prompt.text)"},"isReplay":true,"uuid":"u"}"#,
                    TestAgent.assistant("to \(prompt.text)", number: 1),
                    TestAgent.result(uuid: prompt.uuid, text: "to \(prompt.text)"),
                ]
            }
            let directory = NSTemporaryDirectory() + "troupe-history-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let store = isStored ? try Store(path: "\(directory)/troupe.db") : nil
            try await TestServer.with(agent, configure: { $0.store = store }) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)/messages"
                for prompt in ["one", "two"] {
                    _ = try await server.request("POST", path, #"{"prompt":"\#(prompt)"}"#)
                }
                let all = try await server.request("GET", path)
                func texts(_ answer: HTTPClient.Response) -> [String] {
                    (answer.json?.array("messages") ?? []).compactMap { JSONObject($0) }.map { item in
                        let content = item.object("content")?.object("message")?.array("content")?.first
                        let text = content.flatMap { JSONObject($0)?.string("text") } ?? item.string("subtype") ?? "?"
                        return "\(item.string("source") ?? "?") \(item.int("sequence") ?? -1) \(text)"
                    }
                }
                let turn = { (word: String) in
                    ["user 0 \(word)", "sdk 1 init", "sdk 2 to \(word)", "sdk 3 success"]
                }
                #expect(texts(all) == turn("one") + turn("two"))
                let items = (all.json?.array("messages") ?? []).compactMap { JSONObject($0) }
                #expect(
                    items.first?.members.map(\.key) == [
                        "id", "type", "subtype", "content", "sequence", "timestamp", "source",
                    ]
                )
                let ids = items.compactMap { $0.int("id") }
                #expect(ids == ids.sorted() && Set(ids).count == 8)
                let pagination = #"{"limit":100,"offset":0,"total":8,"hasMore":false}"#
                #expect(all.json?.raw("pagination").map { String(buffer: $0) } == pagination)
                for offset in 0..<8 {
                    let page = try await server.request("GET", "\(path)?limit=3&offset=\(offset)")
                    #expect(texts(page) == Array(texts(all).dropFirst(offset).prefix(3)), "offset \(offset)")
                    #expect(page.json?.object("pagination")?.bool("hasMore") == (offset < 5))
                }
                let odd = try await server.request("GET", "\(path)?limit=x&offset=-1")
                #expect(texts(odd) == texts(all))
                let past = try await server.request("GET", "\(path)?offset=99999999999")
                #expect(texts(past).isEmpty && past.json?.object("pagination")?.int("total") == 8)
            }
        }

        // MARK: Refusals

        private static let bodies: [(path: String, body: String?, message: String)] = [
            ("sessions", nil, "Request body must be an object"), ("sessions", "[]", "Request body must be an object"),
            ("sessions", "{", "Invalid request body format: it is not JSON"),
            ("sessions", #"{"model":1}"#, "Invalid request body format: model must be a string"),
            (
                "sessions", #"{"maxTurns":-1}"#,
                "Invalid request body format: maxTurns must be a whole number from 1 to 10000"
            ),
            ("sessions", #"{"cwd":"x"}"#, "Invalid request body format: cwd must be the absolute path of a directory"),
            (
                "sessions", #"{"permissionMode":"yolo"}"#,
                "Invalid permissionMode. Must be one of: default, acceptEdits, bypassPermissions, plan"
            ),
            ("sessions/@/messages", "{}", "Missing required field: prompt"),
            ("sessions/@/messages", #"{"prompt":""}"#, "Missing required field: prompt"),
            ("sessions/@/messages", #"{"prompt":["x"]}"#, #"Field "prompt" must be a string"#),
            (
                "sessions/@/stream", #"{"prompt":"x","timeout":"1"}"#,
                "Invalid request body format: timeout must be a number"
            ),
            ("sessions/@/stream", "null", "Request body must be an object"),
        ]

        @Test func `bodies without sense are refused in the original's words`() async throws {
            try await TestServer.with { server in
                let id = try await Self.create(server)
                for (path, body, message) in Self.bodies {
                    let path = path.replacing("@", with: id)
                    let answer = try await server.request("POST", "\(Self.root)/\(path)", body)
                    #expect(answer.status == 400 && Self.error(answer) == "INVALID_REQUEST", "\(path) \(body ?? "")")
                    #expect(Self.message(answer) == message)
                    #expect(answer.json?.members.map(\.key) == ["error", "timestamp", "requestId"])
                }
                let get = try await server.request("GET", "\(Self.root)/sessions/\(id)/stream")
                #expect(get.status == 400 && Self.message(get) == "Missing required field: prompt")
                let nowhere = try await server.request("GET", "\(Self.root)/nowhere")
                #expect(nowhere.status == 404 && Self.error(nowhere) == "NOT_FOUND")
                let method = try await server.request("PUT", "\(Self.root)/sessions")
                #expect(method.status == 405 && method.head.headers["allow"]?.contains("POST") == true)
            }
        }

        @Test func `a missing key is 401, a wrong one 403, and the request's id is always new`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let missing = try await server.request("POST", "\(Self.root)/sessions", "{}")
                #expect(missing.status == 401 && Self.error(missing) == "MISSING_API_KEY")
                #expect(Self.message(missing) == "Missing x-api-key header")
                let wrong = try await server.request(
                    "POST",
                    "\(Self.root)/sessions",
                    "{}",
                    headers: ["x-api-key": "nonsense", "X-Request-ID": "mine"]
                )
                #expect(wrong.status == 403 && Self.error(wrong) == "INVALID_API_KEY")
                #expect(Self.message(wrong) == "Invalid API key")
                let requestID = try #require(wrong.head.headers["x-request-id"])
                #expect(UUID(uuidString: requestID) != nil && wrong.json?.string("requestId") == requestID)
                #expect(wrong.head.headers["x-ratelimit-limit"] == nil)
                let id = try await Self.create(server, headers: ["x-api-key": keys.alice])
                let hers = try await server.request(
                    "GET",
                    "\(Self.root)/sessions/\(id)",
                    headers: ["x-api-key": keys.bob]
                )
                #expect(hers.status == 404 && Self.error(hers) == "SESSION_NOT_FOUND")
                let reader = try await server.request(
                    "DELETE",
                    "\(Self.root)/sessions/\(id)",
                    headers: ["x-api-key": keys.reader]
                )
                #expect(reader.status == 403 && Self.error(reader) == "FORBIDDEN")
            }
        }

        @Test func `the hundred-and-first request of an hour is refused, with the time to come back`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let alice = ["x-api-key": keys.alice]
                let start = Timestamp.millisecondsSince1970()
                for number in 1...100 {
                    let answer = try await server.request(
                        "GET",
                        "\(Self.root)/\(number % 2 == 0 ? "models" : "sessions/none")",
                        headers: alice
                    )
                    #expect(answer.head.headers["x-ratelimit-limit"] == "100")
                    #expect(answer.head.headers["x-ratelimit-remaining"] == "\(100 - number)")
                    _ = try await server.request("GET", "\(Self.root)/models", headers: ["x-api-key": "wrong"])
                }
                let refused = try await server.request("GET", "\(Self.root)/health", headers: alice)
                #expect(refused.status == 429 && Self.error(refused) == "RATE_LIMIT_EXCEEDED")
                #expect(Self.message(refused) == "Too many requests")
                let details = refused.json?.object("error")?.object("details")
                #expect(details?.members.map(\.key) == ["limit", "window", "reset"])
                #expect(details?.int("limit") == 100 && details?.int("window") == 3_600_000)
                let reset = try #require(refused.head.headers["x-ratelimit-reset"].flatMap { Int($0) })
                #expect((start + 3_600_000...start + 3_660_000).contains(reset))
                #expect(details?.string("reset") == Timestamp.of(millisecondsSince1970: reset))
                #expect(refused.head.headers["retry-after"].flatMap { Int($0) }.map { $0 > 3000 } == true)
                let other = try await server.request("GET", "\(Self.root)/models", headers: ["x-api-key": keys.bob])
                #expect(other.status == 200 && other.head.headers["x-ratelimit-remaining"] == "99")
                #expect(try await server.request("GET", "/v1/sessions", headers: keys.alice.bearer).status == 200)
            }
        }

        @Test func `a page of another site cannot lead a browser to a prompt`() async throws {
            let asked = AskedPrompts()
            let agent = TestAgent { prompt in
                asked.add(prompt.text)
                return TestAgent.turn(prompt, pieces: ["ok"])
            }
            try await TestServer.with(agent) { server in
                let id = try await Self.create(server)
                let path = "\(Self.root)/sessions/\(id)/stream?prompt=x"
                for site in ["cross-site", "same-site"] {
                    let led = try await server.request(
                        "GET",
                        path,
                        headers: ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"]
                    )
                    #expect(led.status == 403 && Self.error(led) == "FORBIDDEN_ORIGIN")
                }
                #expect(try await server.request("HEAD", path).status == 200)
                #expect(asked.all.isEmpty)
                let own = try await server.request("GET", path, headers: ["Sec-Fetch-Site": "same-origin"])
                #expect(own.status == 200 && asked.all == ["x"])
            }
        }

        @Test func `a listed page may send its key and end sessions`() async throws {
            try await TestServer.with(configure: { $0.transport.allowedOrigins = ["https://board.example"] }) {
                server in
                let preflight = try await server.request(
                    "OPTIONS",
                    "\(Self.root)/sessions/x",
                    headers: [
                        "Origin": "https://board.example", "Access-Control-Request-Method": "DELETE",
                        "Access-Control-Request-Headers": "x-api-key,mcp-session-id",
                    ]
                )
                let headers = preflight.head.headers
                #expect(preflight.status == 204 && headers["access-control-allow-origin"] == "https://board.example")
                #expect(headers["access-control-allow-methods"]?.contains("DELETE") == true)
                #expect(headers["access-control-allow-headers"] == "x-api-key,mcp-session-id")
                let list = try await server.request(
                    "GET",
                    "\(Self.root)/sessions",
                    headers: ["Origin": "https://board.example"]
                )
                #expect(list.head.headers["access-control-expose-headers"]?.contains("X-RateLimit-Reset") == true)
            }
        }

        // MARK: What the server says of itself

        @Test func `health, models and the root have the original's shapes`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let alice = ["x-api-key": keys.alice]
                let id = try await Self.create(server, headers: alice)
                _ = try await Self.create(server, headers: alice)
                _ = try await server.request("DELETE", "\(Self.root)/sessions/\(id)", headers: alice)
                let hers = try await server.request("GET", "\(Self.root)/health", headers: alice)
                #expect(
                    Self.normal(hers.body)
                        == #"{"status":"healthy","timestamp":"TIME","sessions":{"active":1,"total":2}}"#
                )
                let open = try await server.request("GET", "\(Self.root)/health")
                #expect(open.status == 200 && open.json?.object("sessions")?.int("total") == 0)
                let health = try await server.request("GET", "/compat/mcpapi/health")
                let apis =
                    #"{"mcp":{"enabled":false,"endpoint":"/mcp"},"claudeCode":{"enabled":true,"endpoint":"/api/v1"}}"#
                #expect(
                    Self.normal(health.body) == #"{"status":"OK","service":"MCP Server","transport":"HTTP","#
                        + #""timestamp":"TIME","activeSessions":0,"apis":\#(apis)}"#
                )
                let info = try await server.request("GET", "/compat/mcpapi")
                #expect(info.json?.object("apis")?.object("claudeCode")?.strings("endpoints")?.count == 9)
                let models = try await server.request("GET", "\(Self.root)/models", headers: alice)
                let first = models.json?.array("models")?.first.flatMap { JSONObject($0) }
                #expect(first?.members.map(\.key) == ["id", "name"])
                #expect(try await server.request("GET", "\(Self.root)/models").status == 401)
            }
        }
    }
}

/// The prompts that an agent was asked.
private final class AskedPrompts: Sendable {
    private let prompts = Mutex<[String]>([])

    var all: [String] { self.prompts.withLock { $0 } }

    func add(_ prompt: String) {
        self.prompts.withLock { $0.append(prompt) }
    }
}
