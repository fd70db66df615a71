import Agent
import Testing

@testable import Transport

extension ServerTests {
    /// The server below a path and behind a proxy, over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct BehindProxyTests {
        private static func withServer(
            base: String = "/",
            trusted: [String] = [],
            origins: [String] = [],
            _ body: (TestServer) async throws -> Void
        ) async throws {
            let resolver = ClientResolver(
                trusted: trusted.compactMap { AddressRange($0) },
                base: try #require(BasePath(base))
            )
            try await TestServer.with(
                configure: { settings in
                    settings.transport.clients = resolver
                    settings.transport.allowedOrigins = origins
                },
                body
            )
        }

        @Test func `everything lives below the base path and nothing beside it`() async throws {
            try await Self.withServer(base: "/tools/troupe") { server in
                let created = try await server.request("POST", "/tools/troupe/v1/sessions", #"{"id":"a"}"#)
                #expect(created.status == 201)
                #expect(created.head.headers["location"] == "/tools/troupe/v1/sessions/a")
                #expect(created.json?.string("events_url") == "/tools/troupe/v1/sessions/a/events")
                #expect(created.json?.string("ws_url") == "/tools/troupe/v1/sessions/a/ws")
                #expect(try await server.request("GET", "/tools/troupe/health/ready?x=1").status == 200)
                let list = try await server.request("GET", "/tools/troupe/v1/sessions?limit=1")
                #expect(list.json?.int("total") == 1)

                let document = try await server.request("GET", "/tools/troupe/openapi.json")
                let servers = document.json?.raw("servers").flatMap { JSONObject.elements($0) } ?? []
                #expect(servers.compactMap { JSONObject($0)?.string("url") } == ["/tools/troupe"])
                #expect(try await server.request("GET", "/tools/troupe/docs").status == 200)

                let missing = try await server.request("GET", "/tools/troupe/v1/sessions/b")
                #expect(missing.status == 404)
                #expect(missing.json?.string("instance") == "/tools/troupe/v1/sessions/b")
                for path in ["/v1/sessions", "/", "/tools", "/tools/troupes/v1/sessions", "/health/live"] {
                    let outside = try await server.request("GET", path)
                    #expect(outside.status == 404 && outside.code == "not_found", "\(path)")
                    #expect(outside.json?.string("instance") == path)
                }
            }
        }

        @Test func `streams and sockets live there too`() async throws {
            try await Self.withServer(base: "/troupe") { server in
                try await server.session()
                var stream = try await server.events("/troupe/v1/sessions/s1/events")
                _ = try await stream.upTo("stream.synced")
                #expect(try await server.socket("/troupe/v1/ws").head.status == 101)
                #expect(try await server.socket("/troupe/v1/sessions/s1/ws").head.status == 101)
                #expect(try await server.socket("/v1/ws").head.status == 404)
            }
        }

        @Test func `a trusted proxy says what the client calls it, a stranger does not`() async throws {
            let headers = [
                "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "t.example",
                "X-Forwarded-Prefix": "/agents",
            ]
            try await Self.withServer(trusted: ["127.0.0.0/8"], origins: ["https://t.example"]) { server in
                let created = try await server.request("POST", "/v1/sessions", #"{"id":"a"}"#, headers: headers)
                #expect(created.head.headers["location"] == "/agents/v1/sessions/a")
                let missing = try await server.request("GET", "/v1/sessions/b", headers: headers)
                #expect(missing.json?.string("instance") == "/agents/v1/sessions/b")
            }
            try await Self.withServer(trusted: ["203.0.113.0/24"]) { server in
                let created = try await server.request("POST", "/v1/sessions", #"{"id":"a"}"#, headers: headers)
                #expect(created.head.headers["location"] == "/v1/sessions/a")
            }
        }

        @Test func `pages of the proxy's own name may use it, others may not`() async throws {
            let own = [
                "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "t.example",
                "Origin": "https://t.example",
            ]
            try await Self.withServer(trusted: ["127.0.0.1"], origins: ["https://t.example"]) { server in
                let answer = try await server.request("GET", "/v1/sessions", headers: own)
                #expect(answer.status == 200)
                #expect(try await server.socket(headers: own).head.status == 101)
                var foreign = own
                foreign["Origin"] = "https://evil.example"
                #expect(try await server.request("GET", "/v1/sessions", headers: foreign).status == 403)
                #expect(try await server.socket(headers: foreign).head.status == 403)
                var other = own
                other["X-Forwarded-Host"] = "evil.example"
                #expect(try await server.request("GET", "/v1/sessions", headers: other).status == 403)
                #expect(try await server.socket(headers: other).head.status == 403)
            }
        }
    }
}
