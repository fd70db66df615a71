import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// clinvoker's sessions, programs and health, and its refusals.
    @Suite(.timeLimit(.minutes(2)))
    struct ClinvokerSessionsTests {
        private static let root = "/compat/clinvk"

        private static func make(_ server: TestServer, _ prompt: String = "hello") async throws -> String {
            let answer = try await server.request(
                "POST",
                "\(Self.root)/api/v1/prompt",
                #"{"backend":"claude","prompt":"\#(prompt)"}"#
            )
            return try #require(answer.json?.string("session_id"))
        }

        private static func list(_ server: TestServer, _ query: String = "") async throws -> JSONObject {
            try #require(try await server.request("GET", "\(Self.root)/api/v1/sessions\(query)").json)
        }

        private static func ids(_ list: JSONObject) -> [String] {
            (list.array("sessions") ?? []).compactMap { JSONObject($0)?.string("id") }
        }

        @Test func `sessions are listed with their fields, newest first, and paged`() async throws {
            try await TestServer.with { server in
                let (first, second) = (try await Self.make(server, "one"), try await Self.make(server, "two"))
                try await server.session("native")
                let all = try await Self.list(server)
                #expect(all.members.map(\.key) == ["$schema", "sessions", "total", "limit", "offset"])
                #expect(all.int("total") == 3 && all.int("limit") == 0 && all.int("offset") == 0)
                #expect(Self.ids(all) == ["native", second, first])
                let page = try await Self.list(server, "?limit=1&offset=1")
                #expect(page.int("total") == 3 && Self.ids(page) == [second])
                #expect(Self.ids(try await Self.list(server, "?status=completed")) == [second, first])
                #expect(try await Self.list(server, "?backend=codex").int("total") == 0)
                let item = try #require((page.array("sessions") ?? []).first.flatMap { JSONObject($0) })
                #expect(item.string("initial_prompt") == "two" && item.string("backend") == "claude")
                #expect(item.string("status") == "completed" && item.int("turn_count") == 1)
                #expect(item.strings("tags") == ["api"])
                let wrong = try await server.request("GET", "\(Self.root)/api/v1/sessions?limit=x")
                #expect(wrong.status == 422)
            }
        }

        @Test func `a session is found by the beginning of its id, and deleted with an answer`() async throws {
            try await TestServer.with { server in
                let id = try await Self.make(server)
                let prefix = String(id.prefix(3))
                let found = try await server.request("GET", "\(Self.root)/api/v1/sessions/\(prefix)")
                #expect(found.status == 200 && found.json?.string("id") == id)
                #expect(found.json?.members.first?.key == "$schema")
                let deleted = try await server.request("DELETE", "\(Self.root)/api/v1/sessions/\(prefix)")
                #expect(deleted.status == 200 && deleted.json?.bool("deleted") == true)
                #expect(deleted.json?.string("id") == prefix)
                for name in [id, prefix, "zz", "UPPER"] {
                    let gone = try await server.request("GET", "\(Self.root)/api/v1/sessions/\(name)")
                    #expect(gone.status == 404 && gone.json?.string("detail") == "session not found", "\(name)")
                    #expect(gone.json?.array("errors")?.count == 1)
                }
            }
        }

        @Test func `two that begin alike are none`() async throws {
            try await TestServer.with { server in
                try await server.session("abc1")
                try await server.session("abc2")
                let answer = try await server.request("GET", "\(Self.root)/api/v1/sessions/abc")
                #expect(answer.status == 404)
                let flaw = answer.json?.array("errors")?.first.flatMap { JSONObject($0) }
                #expect(flaw?.string("message")?.hasPrefix("ambiguous") == true)
            }
        }

        @Test func `sessions of another key are not there`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let body = #"{"backend":"claude","prompt":"x"}"#
                let made = try await server.request("POST", "/api/v1/prompt", body, headers: keys.alice.bearer)
                let id = try #require(made.json?.string("session_id"))
                let path = "\(Self.root)/api/v1/sessions"
                let own = try await server.request("GET", "\(path)/\(id)", headers: keys.alice.bearer)
                #expect(own.status == 200)
                for name in [id, String(id.prefix(6))] {
                    let other = try await server.request("GET", "\(path)/\(name)", headers: keys.bob.bearer)
                    #expect(other.status == 404)
                }
                #expect(try await server.request("GET", path, headers: keys.bob.bearer).json?.int("total") == 0)
                let read = try await server.request("POST", "/api/v1/prompt", body, headers: keys.reader.bearer)
                #expect(read.status == 403)
            }
        }

        @Test func `who may not approve has no program that asks nobody`() async throws {
            try await TestServer.with { server in
                var options = SessionOptions()
                options.backend = "codex"
                for scopes in [[.read, .send], [.read, .send, .compose, .settings]] as [Set<Scope>] {
                    let key = TestKeys.key(KeyToken.make(), name: "key", scopes: scopes)
                    let error = await #expect(throws: SessionError.self) {
                        try await server.supervisor.create(options, for: Caller(key))
                    }
                    #expect(error?.code == .scopeRequired)
                }
                #expect(await server.supervisor.sessionCount == 0)
            }
        }

        @Test func `keys come by either header, and refusals have a text for error`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let path = "/api/v1/backends"
                #expect(try await server.request("GET", path, headers: ["X-Api-Key": keys.alice]).status == 200)
                #expect(try await server.request("GET", path, headers: keys.alice.bearer).status == 200)
                let missing = try await server.request("GET", path)
                #expect(missing.status == 401 && missing.head.headers["www-authenticate"] == "Bearer")
                #expect(missing.body == #"{"error":"unauthorized","message":"missing API key"}"#)
                let wrong = try await server.request("GET", path, headers: ["X-Api-Key": "nonsense"])
                #expect(wrong.status == 401 && wrong.json?.string("message") == "invalid API key")
                let health = try await server.request("GET", "\(Self.root)/health")
                #expect(health.status == 200)
            }
        }

        @Test func `health tells of programs and the store`() async throws {
            let missing = AgentBackend(name: "codex", adapter: .codex, command: "/nonexistent/codex")
            try await TestServer.with(configure: { $0.plan.backends = [missing] }) { server in
                _ = try await Self.make(server)
                let health = try #require(try await server.request("GET", "\(Self.root)/health").json)
                #expect(health.string("status") == "degraded" && health.string("version") == "1")
                #expect(health.int("uptime_ms") == health.int("uptime_millis"))
                #expect(health.object("session_store")?.int("session_count") == 1)
                let backends = try #require(try await server.request("GET", "/api/v1/backends").json)
                let names = (backends.array("backends") ?? []).map { String(buffer: $0) }
                #expect(names == [#"{"name":"claude","available":true}"#, #"{"name":"codex","available":false}"#])
            }
        }

        @Test func `every schema that an answer names is there`() async throws {
            try await TestServer.with { server in
                for name in ClinvokerSchema.Name.allCases {
                    let schema = try await server.request("GET", "/schemas/\(name.rawValue).json")
                    #expect(schema.status == 200 && schema.json?.string("type") == "object", "\(name)")
                }
                #expect(try await server.request("GET", "/schemas/Nothing.json").status == 404)
                let answer = try await server.request("GET", "/api/v1/backends")
                #expect(answer.json?.string("$schema") == "http://127.0.0.1:7420/schemas/BackendsResponse.json")
            }
        }

        @Test func `other paths, methods and types are refused in its words`() async throws {
            try await TestServer.with { server in
                let lost = try await server.request("GET", "\(Self.root)/nothing")
                #expect(lost.status == 404 && lost.body == "404 page not found\n")
                let method = try await server.request("GET", "/api/v1/prompt")
                #expect(method.status == 405 && method.body.isEmpty)
                let type = try await server.request(
                    "POST",
                    "/api/v1/prompt",
                    "<x/>",
                    headers: ["Content-Type": "text/xml"]
                )
                #expect(type.status == 415 && type.json?.string("detail") == "unknown content type: text/xml")
            }
        }

        @Test func `a body that is too large is said so`() async throws {
            try await TestServer.with(configure: { $0.transport.limits.maximumBodyBytes = 100 }) { server in
                let body = #"{"backend":"claude","prompt":"\#(String(repeating: "x", count: 200))"}"#
                let answer = try await server.request("POST", "/api/v1/prompt", body)
                #expect(answer.status == 413 && answer.json?.string("error") == "request_too_large")
                #expect(answer.json?.string("message") == "request body exceeds size limit (100 bytes)")
            }
        }
    }
}
