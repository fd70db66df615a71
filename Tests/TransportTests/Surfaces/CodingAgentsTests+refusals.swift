import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Synchronization
import Testing

@testable import Transport

extension ServerTests.CodingAgentsTests {
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
