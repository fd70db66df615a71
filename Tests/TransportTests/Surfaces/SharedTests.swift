import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// The paths that several systems have, on the server's own port.
    @Suite(.timeLimit(.minutes(2)))
    struct SharedTests {
        private static let path = "/api/v1/sessions"

        private static func make(_ server: TestServer, _ id: String, _ notes: [String: String] = [:]) async throws {
            var options = SessionOptions()
            options.id = id
            options.notes = notes
            let session = try await server.supervisor.create(options)
            try await eventually("it is ready") { await session.summary().state == .idle }
        }

        private static func texts(_ answer: HTTPClient.Response, _ array: StaticString, _ key: StaticString) -> [String]
        {
            (answer.json?.array(array) ?? []).compactMap { JSONObject($0)?.string(key) }
        }

        // MARK: Making

        @Test func `a body without a name goes by the rules of mcp-coding-agents`() async throws {
            try await TestServer.with { server in
                let made = try await server.request("POST", Self.path, #"{"metadata":{"a":1},"unknown":true}"#)
                #expect(made.status == 201, "\(made.body)")
                let id = try #require(made.json?.string("sessionId"))
                #expect(UUID(uuidString: id) != nil && made.head.headers["location"] == "\(Self.path)/\(id)")
                #expect(made.json?.string("status") == "active" && made.json?.string("id") == id)
                #expect(made.json?.object("metadata")?.int("a") == 1)
                #expect(made.json?.object("data")?.string("status") == "pending")
                #expect(made.json?.object("meta")?.string("version") == "v1")
                #expect(made.head.headers["x-ratelimit-limit"] == nil)
                let session = try await server.supervisor.session(id)
                #expect(await session.optionsView().maximumTurns == 10)
                let wrong = try await server.request("POST", Self.path, #"{"permissionMode":"yolo"}"#)
                #expect(wrong.status == 400 && wrong.head.headers["content-type"] == "application/problem+json")
                #expect(wrong.json?.object("error")?.string("code") == "INVALID_REQUEST")
                #expect(wrong.json?.string("detail")?.hasPrefix("Invalid permissionMode.") == true)
                let odd = try await server.request("POST", Self.path, "[]")
                #expect(odd.status == 400)
            }
        }

        @Test func `a body with a name goes by the rules of claude-code-api`() async throws {
            let directory = NSTemporaryDirectory() + "troupe-shared-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await TestServer.with(configure: { $0.plan.defaultDirectory = directory }) { server in
                let made = try await server.request("POST", Self.path, #"{"name":"p","max_turns":3}"#)
                #expect(made.status == 201, "\(made.body)")
                let data = made.json?.object("data")
                #expect(data?.string("name") == "p" && data?.string("status") == "pending")
                #expect(made.json?.string("name") == "p" && made.json?.string("status") == "active")
                #expect(made.json?.object("config")?.int("maxTurns") == 3)
                let location = try #require(made.head.headers["location"])
                #expect(try await server.request("GET", location).json?.string("name") == "p")
                #expect(try await server.request("GET", "\(Self.path)/p").json?.string("id") == made.json?.string("id"))
                let extra = try await server.request("POST", Self.path, #"{"name":"p","extra":1}"#)
                #expect(extra.status == 422)
                let error = extra.json?.array("errors")?.first.flatMap { JSONObject($0) }
                #expect(error?.string("field") == "body -> extra" && error?.strings("loc") == ["body", "extra"])
                #expect(error?.members.map(\.key) == ["field", "location", "message", "msg", "type", "loc"])
                #expect(extra.json?.object("error")?.string("code") == "INVALID_REQUEST")
            }
        }

        // MARK: Looking

        @Test func `an item has the keys of all three`() async throws {
            try await TestServer.with { server in
                try await Self.make(server, "s1", ["initial_prompt": "hello"])
                let answer = try await server.request("GET", "\(Self.path)/s1")
                let keys = Set(answer.json?.members.map(\.key) ?? [])
                let wanted: Set = [
                    "id", "backend", "created_at", "last_used", "working_dir", "model", "initial_prompt", "status",
                    "turn_count", "token_usage", "tags", "title", "name", "user_id", "system_prompt", "max_turns",
                    "permission_mode", "effort", "allowed_tools", "disallowed_tools", "total_cost", "total_turns",
                    "updated_at", "sessionId", "createdAt", "expiresAt", "lastActivity", "messageCount", "config",
                    "metadata", "data", "meta",
                ]
                #expect(keys == wanted, "\(keys.symmetricDifference(wanted))")
                #expect(keys.count == answer.json?.members.count, "a key twice")
                #expect(answer.json?.string("backend") == "claude" && answer.json?.string("initial_prompt") == "hello")
            }
        }

        @Test func `the state is told in the words of the system that made the session`() async throws {
            try await TestServer.with { server in
                let hex = "0123456789abcdef0123456789abcdef"
                try await Self.make(server, "one", ["origin": "001"])
                try await Self.make(server, hex)
                try await Self.make(server, "other")
                for (id, before, after) in [
                    ("one", "active", "completed"), (hex, "active", "completed"), ("other", "active", "active"),
                ] {
                    #expect(try await server.request("GET", "\(Self.path)/\(id)").json?.string("status") == before)
                    _ = try await server.request(
                        "POST",
                        "/v1/sessions/\(id)/messages",
                        #"{"content":"x","wait_ms":10000}"#
                    )
                    let later = try await server.request("GET", "\(Self.path)/\(id)").json
                    #expect(later?.string("status") == after, "\(id)")
                    #expect(later?.object("data")?.string("status") == "active")
                }
                #expect(try await server.request("GET", "\(Self.path)/0123").json?.string("id") == hex)
            }
        }

        @Test func `a list is read by the clients of all three`() async throws {
            try await TestServer.with { server in
                for number in 0..<5 { try await Self.make(server, "s\(number)", ["origin": "001"]) }
                let all = try await server.request("GET", Self.path)
                let ids = Self.texts(all, "sessions", "id")
                #expect(Set(ids) == ["s0", "s1", "s2", "s3", "s4"] && Self.texts(all, "data", "id") == ids)
                #expect(all.json?.int("total") == 5 && all.json?.int("offset") == 0 && all.json?.int("limit") == 100)
                #expect(Self.texts(all, "data", "status") == Array(repeating: "pending", count: 5))

                let pages = try await server.request("GET", "\(Self.path)?page=2&limit=2")
                #expect(Self.texts(pages, "data", "id") == Array(ids[2..<4]))
                let pagination = #"{"total":5,"page":2,"limit":2,"pages":3,"offset":2,"hasMore":true}"#
                #expect(pages.json?.raw("pagination").map { String(buffer: $0) } == pagination)
                #expect(try await server.request("GET", "\(Self.path)?user_id=nobody").json?.int("total") == 0)

                let parts = try await server.request("GET", "\(Self.path)?offset=3")
                #expect(Self.texts(parts, "sessions", "id") == Array(ids[3...]) && parts.json?.int("offset") == 3)
                #expect(try await server.request("GET", "\(Self.path)?status=active").json?.int("total") == 5)
                #expect(try await server.request("GET", "\(Self.path)?status=error").json?.int("total") == 0)
                #expect(try await server.request("GET", "\(Self.path)?backend=codex").json?.int("total") == 0)
                let wrong = try await server.request("GET", "\(Self.path)?limit=x")
                #expect(wrong.status == 422 && wrong.json?.object("error")?.string("code") == "INVALID_REQUEST")
            }
        }

        // MARK: Ending

        @Test func `ending answers as who made the session expects, or as the client asks`() async throws {
            try await TestServer.with { server in
                for id in ["a", "b", "c", "d"] { try await Self.make(server, id, id == "a" ? ["origin": "001"] : [:]) }
                let told = try await server.request("DELETE", "\(Self.path)/a")
                #expect(told.status == 200 && told.body == #"{"deleted":true,"id":"a"}"#)
                let silent = try await server.request("DELETE", "\(Self.path)/b")
                #expect(silent.status == 204 && silent.body.isEmpty)
                let asked = try await server.request("DELETE", "\(Self.path)/c?representation=1")
                #expect(asked.body == #"{"deleted":true,"id":"c"}"#)
                let preferred = try await server.request(
                    "DELETE",
                    "\(Self.path)/d",
                    headers: ["Prefer": "wait=1, return=representation"]
                )
                #expect(preferred.body == #"{"deleted":true,"id":"d"}"#)
                #expect(try await server.request("GET", Self.path).json?.int("total") == 0)
            }
        }

        // MARK: Refusals

        @Test func `a refusal can be read by the clients of all three`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let missing = try await server.request("GET", "\(Self.path)/x", headers: ["X-API-Key": keys.alice])
                #expect(missing.status == 404)
                #expect(missing.head.headers["content-type"] == "application/problem+json")
                #expect(
                    missing.json?.members.map(\.key) == [
                        "type", "title", "status", "detail", "instance", "request_id", "error", "timestamp",
                        "requestId",
                    ]
                )
                #expect(missing.json?.string("detail") == "Session x not found")
                #expect(missing.json?.object("error")?.string("code") == "SESSION_NOT_FOUND")
                #expect(missing.json?.string("instance") == "\(Self.path)/x")
                for (key, code) in [(nil, "MISSING_API_KEY"), ("wrong", "INVALID_API_KEY")] as [(String?, String)] {
                    let refused = try await server.request(
                        "GET",
                        Self.path,
                        headers: key.map { ["X-API-Key": $0] } ?? [:]
                    )
                    #expect(refused.status == 401 && refused.json?.object("error")?.string("code") == code)
                    #expect(refused.head.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                }
                let echoed = try await server.request("GET", Self.path, headers: ["X-Request-ID": "mine"])
                #expect(echoed.json?.string("request_id") == "mine" && echoed.json?.string("requestId") == "mine")
            }
        }

        @Test func `health has what both look for`() async throws {
            try await TestServer.with { server in
                try await Self.make(server, "s1")
                let health = try await server.request("GET", "/api/v1/health")
                #expect(health.status == 200)
                #expect(
                    health.json?.members.map(\.key) == ["status", "checks", "timestamp", "sessions", "meta"]
                )
                #expect(health.json?.object("checks")?.string("database") == "ok")
                #expect(health.json?.object("sessions")?.int("active") == 1)
            }
        }
    }
}
