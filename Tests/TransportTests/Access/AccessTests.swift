import Actors
import Agent
import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// Who gets in, over real sockets.
    @Suite(.timeLimit(.minutes(2)))
    struct AccessTests {
        private static func code(_ answer: SeenEvent?) -> String? {
            answer?.envelope.object("error")?.string("code")
        }

        private static func with(
            _ keys: TestKeys,
            _ agent: TestAgent = TestAgent(),
            _ body: (TestServer, KeyRing) async throws -> Void
        ) async throws {
            let ring = try keys.ring()
            try await TestServer.with(agent) { settings in
                settings.transport.keys = ring
                settings.transport.codeAPI.rateRequests = 0
                settings.transport.allowedOrigins = ["https://board.example"]
                settings.transport.fanout.heartbeat = .milliseconds(50)
                settings.transport.webSocket.pingInterval = .milliseconds(50)
                settings.transport.webSocket.authenticationPatience = .milliseconds(200)
            } _: { server in
                try await body(server, ring)
            }
        }

        @Test func `nothing but health, documents and login answers without a key`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                for endpoint in server.transport.endpoints where endpoint.scope != nil {
                    let path = endpoint.path.split(separator: "/").map { $0.hasPrefix(":") ? "x" : $0 }
                        .joined(separator: "/").replacing("**", with: "x")
                    let answer = try await server.request(endpoint.method.rawValue, "/\(path)")
                    #expect(answer.status == 401, "\(endpoint.method) \(endpoint.path)")
                    #expect(answer.head.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                    let wrong = try await server.request(
                        endpoint.method.rawValue,
                        "/\(path)",
                        headers: String(repeating: "x", count: 70).bearer
                    )
                    #expect(wrong.status == (endpoint.surface == .codingAgents ? 403 : 401))
                }
                let open = server.transport.endpoints.filter { $0.scope == nil && $0.surface == nil }.map(\.path)
                let allowed = ["/health", "/health/live", "/health/ready", "/v1/login", "/v1/logout"]
                #expect(Set(open).subtracting(allowed).allSatisfy { $0.hasPrefix("/docs") || $0.hasSuffix(".json") })
                let health = try await server.request("GET", "/health")
                #expect(health.status == 200 && health.json?.int("sessions") == nil)
            }
        }

        @Test func `a key does what its scopes say and no more`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                for endpoint in server.transport.endpoints {
                    guard let scope = endpoint.scope, ![.read].contains(scope) else { continue }
                    let path = endpoint.path.split(separator: "/").map { $0.hasPrefix(":") ? "x" : $0 }
                        .joined(separator: "/").replacing("**", with: "x")
                    let answer = try await server.request(
                        endpoint.method.rawValue,
                        "/\(path)",
                        headers: keys.reader.bearer
                    )
                    #expect(answer.status == 403, "\(endpoint.method) \(endpoint.path)")
                    if endpoint.surface == nil { #expect(answer.code == "forbidden") }
                }
                let list = try await server.request("GET", "/v1/sessions", headers: ["X-API-Key": keys.reader])
                #expect(list.status == 200)
                let cookie = try await server.request(
                    "GET",
                    "/v1/sessions",
                    headers: ["Cookie": "troupe_token=\(keys.reader)"]
                )
                #expect(cookie.status == 200)
                let inURL = try await server.request("GET", "/v1/sessions?token=\(keys.reader)")
                #expect(inURL.status == 401)
            }
        }

        @Test func `no route tells one key that another's session exists`() async throws {
            let keys = try TestKeys()
            let question = TestAgent { _ in
                [
                    TestAgent.begin,
                    #"{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Bash","input":{}}}"#,
                ]
            }
            try await Self.with(keys, question) { server, ring in
                let bob = try #require(ring.caller(keys.bob))
                var options = SessionOptions()
                options.id = "secret-of-bob"
                let session = try await server.supervisor.create(options, for: bob)
                let sent = try await session.submit(content: ByteBuffer(string: "\"xyzzy\""))
                try await eventually("it asks") { await !session.approvals().isEmpty }
                let approval = try #require(await session.approvals().first?.id)
                let conversation = try #require(session.claudeSessionIDs.withLock { $0.last })
                let named = ["secret-of-bob", sent.messageID, approval, conversation, "xyzzy", bob.owner ?? "?"]
                // The agent of these tests calls every conversation c1.
                let secrets = named.filter { $0.utf8.count > 2 }

                // The same call with what is there, and with what is not, is the same to others.
                let real = [
                    "id": "secret-of-bob", "name": "secret-of-bob", "message": sent.messageID, "reference": "1",
                ]
                let made = [
                    "id": "nothing-of-bob", "name": "nothing-of-bob", "message": "m_00000000000000000000",
                    "reference": "1",
                ]
                let bodies = ["", "{}", #"{"content":"x"}"#, #"{"decision":"deny"}"#, #"{"session":"@"}"#]
                for endpoint in server.transport.endpoints where endpoint.operation != "streamLives" {
                    func path(_ values: [String: String], _ approval: String) -> String {
                        var values = values
                        if endpoint.path.contains("approvals") { values["id"] = approval }
                        return "/"
                            + endpoint.path.split(separator: "/").map { part in
                                part.hasPrefix(":") ? values[String(part.dropFirst())] ?? "x" : String(part)
                            }.joined(separator: "/").replacing("**", with: "x")
                    }
                    for body in endpoint.method == .get ? [""] : bodies {
                        func ask(_ values: [String: String], _ approval: String) async throws -> String {
                            let id = values["id"] ?? ""
                            let answer = try await server.request(
                                endpoint.method.rawValue,
                                path(values, approval),
                                body.isEmpty ? nil : body.replacing("@", with: id),
                                headers: keys.alice.bearer.merging(["X-Request-ID": "same"]) { $1 }
                            )
                            let headers = answer.head.headers.filter {
                                !["date", "content-length", "x-response-time"].contains($0.key)
                                    && !$0.key.contains("ratelimit")
                            }
                            var text = answer.body
                            for known in values.values.filter({ $0.count > 2 }) + [approval] {
                                text = text.replacing(known, with: "*")
                            }
                            return
                                "\(answer.status) \(headers.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }) \(text)"
                        }
                        let there = try await ask(real, approval)
                        let absent = try await ask(made, "a_00000000000000000000")
                        // A new session is another each time.
                        if endpoint.operation != "createSession" {
                            #expect(
                                Self.normal(there) == Self.normal(absent),
                                "\(endpoint.method) \(endpoint.path) \(body)"
                            )
                        }
                        for secret in secrets where !path(real, approval).contains(secret) {
                            #expect(!there.contains(secret), "\(endpoint.method) \(endpoint.path) tells \(secret)")
                        }
                    }
                }
                #expect(await session.summary().state == .requiresAction)
            }
        }

        /// Without what is another in every answer: times, random ids.
        private static func normal(_ answer: String) -> String {
            answer.replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z?/, with: "time").replacing(/[a-z]+_[0-9a-z]{20}/, with: "id")
                .replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "uuid").replacing(
                    /"(uptime|rss|cpu)[a-z_]*":[0-9.]+/,
                    with: "n"
                )
                .replacing(/[A-Za-z0-9_-]{20,}\.[0-9a-f]{64}/, with: "ticket").replacing(/\d{9}\.\d+/, with: "cursor")
        }

        @Test func `each key is told of the lives of its own sessions`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, ring in
                var hers = try await server.events("/v1/events?after=earliest", headers: keys.alice.bearer)
                let bob = try #require(ring.caller(keys.bob))
                let alice = try #require(ring.caller(keys.alice))
                var options = SessionOptions()
                options.id = "of-bob"
                _ = try await server.supervisor.create(options, for: bob)
                options.id = "of-alice"
                _ = try await server.supervisor.create(options, for: alice)
                let seen = try await hers.upTo("session.created")
                #expect(seen.last?.envelope.string("session") == "of-alice")
                #expect(seen.last?.wireID?.hasSuffix(".1") == true)
                var all = try await server.events("/v1/events?after=earliest", headers: keys.admin.bearer)
                // Which of the two comes first is the store's to say.
                var told: Set<String> = []
                for _ in 0..<2 {
                    try await told.insert(all.upTo("session.created").last?.envelope.string("session") ?? "")
                }
                #expect(told == ["\(bob.owner ?? "")~of-bob", "\(alice.owner ?? "")~of-alice"])
            }
        }

        // MARK: WebSocket

        @Test func `a socket says who it is by header, cookie, ticket, subprotocol or first message`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                var headers = try await server.socket(headers: keys.alice.bearer)
                #expect(try await headers.ask(1, #""op":"list""#).envelope.bool("ok") == true)
                var cookie = try await server.socket(headers: ["Cookie": "a=b; troupe_token=\(keys.alice)"])
                #expect(try await cookie.ask(1, #""op":"list""#).envelope.bool("ok") == true)
                let made = try await server.request("POST", "/v1/tickets", "{}", headers: keys.alice.bearer)
                let ticket = try #require(made.json?.string("ticket"))
                var ticketed = try await server.socket("/v1/ws?ticket=\(ticket)")
                #expect(try await ticketed.ask(1, #""op":"list""#).envelope.bool("ok") == true)
                let encoded = Data(keys.alice.utf8).base64EncodedString().replacing("=", with: "")
                var offered = try await server.socket(headers: [
                    "Sec-WebSocket-Protocol": "troupe.v1, bearer.\(encoded)"
                ])
                #expect(offered.head.headers["sec-websocket-protocol"] == "troupe.v1")
                #expect(try await offered.ask(1, #""op":"list""#).envelope.bool("ok") == true)
                var late = try await server.socket()
                #expect(Self.code(try await late.ask(1, #""op":"list""#)) == "unauthorized")
                #expect(try await late.ask(2, #""op":"auth","token":"\#(keys.alice)""#).envelope.bool("ok") == true)
                #expect(try await late.ask(3, #""op":"list""#).envelope.bool("ok") == true)
            }
        }

        @Test func `a socket that does not say who it is, or lies, is closed`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                var silent = try await server.socket()
                #expect(try await silent.close()?.code == 4500)
                var liar = try await server.socket()
                try await liar.send(#"{"ref":1,"op":"auth","token":"troupe_k00000000_x"}"#)
                #expect(Self.code(try await liar.message()) == "unauthorized")
                #expect(try await liar.close()?.code == 4500)
                let refused = try await server.request(
                    "GET",
                    "/v1/ws",
                    headers: [
                        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                        "Sec-WebSocket-Protocol": "troupe.v1, bearer.eA",
                    ]
                )
                #expect(refused.status == 401 || refused.status == 426)
                #expect(refused.head.headers["sec-websocket-accept"] == nil)
            }
        }

        @Test func `commands need the scopes that their routes need`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                var socket = try await server.socket(headers: keys.reader.bearer)
                for operation in WebSocketCommand.Operation.allCases {
                    guard let scope = operation.scope, scope != .read else { continue }
                    let answer = try await socket.ask(1, #""op":"\#(operation.rawValue)","session":"x""#)
                    #expect(Self.code(answer) == "forbidden", "\(operation)")
                }
            }
        }

        @Test func `who may not answer approvals may not answer them in advance`() async throws {
            let keys = try TestKeys()
            let advance = [
                #""allowed_tools":["Bash"]"#, #""permission_mode":"acceptEdits""#, #""permission_mode":"auto""#,
                #""permission_mode":"bypassPermissions""#,
            ]
            let harmless = [
                #""allowed_tools":[]"#, #""permission_mode":"plan""#, #""permission_mode":"dontAsk""#,
                #""disallowed_tools":["Bash"]"#,
            ]
            try await Self.with(keys) { server, _ in
                func post(_ path: String, _ fields: String, as token: String) async throws -> HTTPClient.Response {
                    try await server.request("POST", path, "{\(fields)}", headers: token.bearer)
                }
                var socket = try await server.socket(headers: keys.sender.bearer)
                for fields in advance {
                    let refused = try await post("/v1/sessions", fields, as: keys.sender)
                    #expect(refused.status == 403 && refused.code == "scope_required", "\(fields)")
                    #expect(refused.body.contains("approve") == true)
                    let answer = try await socket.ask(1, #""op":"create",\#(fields)"#)
                    #expect(Self.code(answer) == "scope_required", "\(fields)")
                }
                for fields in harmless {
                    #expect(try await post("/v1/sessions", fields, as: keys.sender).status == 201, "\(fields)")
                    #expect(Self.code(try await socket.ask(2, #""op":"create",\#(fields)"#)) == nil, "\(fields)")
                }
                for fields in advance.dropLast() {
                    #expect(try await post("/v1/sessions", fields, as: keys.alice).status == 201, "\(fields)")
                }
                #expect(try await post("/v1/sessions", #""id":"own""#, as: keys.sender).status == 201)
                for mode in ["acceptEdits", "auto", "bypassPermissions"] {
                    let fields = #""permission_mode":"\#(mode)""#
                    let changed = try await server.request(
                        "PATCH",
                        "/v1/sessions/own",
                        "{\(fields)}",
                        headers: keys.sender.bearer
                    )
                    #expect(changed.status == 403 && changed.code == "scope_required", "\(mode)")
                    let copied = try await post("/v1/sessions/own/fork", fields, as: keys.sender)
                    #expect(copied.status == 403 && copied.code == "scope_required", "\(mode)")
                    for operation in ["set", "fork"] {
                        let answer = try await socket.ask(3, #""op":"\#(operation)","session":"own",\#(fields)"#)
                        #expect(Self.code(answer) == "scope_required", "\(operation) \(mode)")
                    }
                }
            }
        }

        @Test func `a viewer link shows its session and nothing else`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, ring in
                let alice = try #require(ring.caller(keys.alice))
                var options = SessionOptions()
                for id in ["shown", "hidden"] {
                    options.id = id
                    _ = try await server.supervisor.create(options, for: alice)
                }
                let made = try await server.request(
                    "POST",
                    "/v1/tickets",
                    #"{"session":"shown"}"#,
                    headers: keys.alice.bearer
                )
                let ticket = try #require(made.json?.string("ticket"))
                let link = try #require(made.json?.string("events_url"))
                var stream = try await server.events(link)
                _ = try await stream.upTo("stream.synced")
                let owner = try #require(alice.owner)
                for (path, status) in [
                    ("/v1/sessions/shown?ticket=\(ticket)", 200), ("/v1/sessions/\(owner)~shown?ticket=\(ticket)", 200),
                    ("/v1/sessions/hidden?ticket=\(ticket)", 404), ("/v1/sessions?ticket=\(ticket)", 403),
                    ("/v1/events?ticket=\(ticket)", 403), ("/v1/approvals?ticket=\(ticket)", 403),
                    ("/v1/usage?ticket=\(ticket)", 403),
                ] {
                    #expect(try await server.request("GET", path).status == status, "\(path)")
                }
                let send = try await server.request(
                    "POST",
                    "/v1/sessions/shown/messages?ticket=\(ticket)",
                    #"{"content":"x"}"#
                )
                #expect(send.status == 403)
                var socket = try await server.socket("/v1/sessions/shown/ws?ticket=\(ticket)")
                _ = try await socket.upTo("stream.synced")
                #expect(Self.code(try await socket.ask(1, #""op":"send","content":"x""#)) == "forbidden")
                #expect(Self.code(try await socket.ask(2, #""op":"list""#)) == "forbidden")
                #expect(Self.code(try await socket.ask(3, #""op":"attach","session":"hidden""#)) == "session_not_found")
                let none = try await server.request(
                    "POST",
                    "/v1/tickets",
                    "{}",
                    headers: ["Authorization": "Bearer \(ticket)"]
                )
                #expect(none.status == 401)
            }
        }

        @Test func `streams of a viewer link end with it, and say so`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let made = try await server.request("POST", "/v1/sessions", #"{"id":"s1"}"#, headers: keys.alice.bearer)
                #expect(made.status == 201)
                let linked = try await server.request(
                    "POST",
                    "/v1/tickets",
                    #"{"session":"s1","ttl_ms":2500}"#,
                    headers: keys.alice.bearer
                )
                let ticket = try #require(linked.json?.string("ticket"))
                let expires = try #require(Ticket(ticket)?.expires)
                var stream = try await server.events("/v1/sessions/s1/events?ticket=\(ticket)")
                _ = try await stream.upTo("stream.synced")
                var socket = try await server.socket("/v1/sessions/s1/ws?ticket=\(ticket)")
                _ = try await socket.upTo("stream.synced")
                var own = try await server.events(headers: keys.alice.bearer)
                _ = try await own.upTo("stream.synced")
                // Heartbeats are 15 s apart here: it is the link's own time that counts.
                let bye = try await stream.upTo("stream.bye").last
                #expect(bye?.envelope.object("data")?.int("code") == 4001)
                #expect(try await stream.next() == nil)
                #expect(try await socket.close()?.code == 4001)
                #expect(Date.now.timeIntervalSince1970 >= Double(expires))
                let again = try await server.request("GET", "/v1/sessions/s1/events?ticket=\(ticket)")
                #expect(again.status == 401)
                // The key's own goes on.
                let alice = try #require(ring.caller(keys.alice))
                try await server.supervisor.session("s1", for: alice).end(.deleted)
                #expect(try await own.upTo("session.ended").last != nil)
            }
        }

        @Test func `streams end when their key is revoked, and say so`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, ring in
                let alice = try #require(ring.caller(keys.alice))
                var options = SessionOptions()
                options.id = "s1"
                _ = try await server.supervisor.create(options, for: alice)
                var stream = try await server.events(headers: keys.alice.bearer)
                _ = try await stream.upTo("stream.synced")
                var socket = try await server.socket("/v1/sessions/s1/ws", headers: keys.alice.bearer)
                _ = try await socket.upTo("stream.synced")
                try keys.revoke("alice")
                _ = try ring.reload()
                let bye = try await stream.upTo("stream.bye").last
                #expect(bye?.envelope.object("data")?.int("code") == 4001)
                #expect(try await socket.close()?.code == 4001)
                #expect(try await server.request("GET", "/v1/sessions/s1", headers: keys.alice.bearer).status == 401)
            }
        }

        // MARK: Browsers

        @Test func `a login puts the key where scripts cannot read it`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                let login = try await server.request("POST", "/v1/login", #"{"token":"\#(keys.alice)"}"#)
                let cookie = try #require(login.head.headers["set-cookie"])
                for word in ["Secure", "HttpOnly", "SameSite=Strict"] { #expect(cookie.contains(word)) }
                #expect(try await server.request("POST", "/v1/login", #"{"token":"nothing"}"#).status == 401)
                let out = try await server.request("POST", "/v1/logout")
                #expect(out.status == 204 && out.head.headers["set-cookie"]?.contains("Max-Age=0") == true)
            }
        }

        @Test func `a page of a foreign origin can neither post nor open a socket`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                let foreign = keys.alice.bearer.merging(["Origin": "https://evil.example"]) { $1 }
                let post = try await server.request("POST", "/v1/sessions", "{}", headers: foreign)
                #expect(post.status == 403 && post.code == "forbidden_origin")
                #expect(post.head.headers["access-control-allow-origin"] == nil)
                let socket = try await server.socket(headers: foreign)
                #expect(socket.head.status == 403)
                let preflight = try await server.request(
                    "OPTIONS",
                    "/v1/sessions",
                    headers: ["Origin": "https://evil.example", "Access-Control-Request-Method": "POST"]
                )
                #expect(preflight.head.headers["access-control-allow-origin"] == nil)
                let image = try await server.request(
                    "GET",
                    "/v1/sessions",
                    headers: keys.alice.bearer.merging(["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"]) {
                        $1
                    }
                )
                #expect(image.status == 403)
                let rebound = try await server.request("GET", "/v1/sessions", headers: ["Host": "evil.example"])
                #expect(rebound.status == 403)
            }
        }

        @Test func `a page of a listed origin may, without cookies`() async throws {
            let keys = try TestKeys()
            try await Self.with(keys) { server, _ in
                let origin = ["Origin": "https://board.example"]
                let preflight = try await server.request(
                    "OPTIONS",
                    "/v1/sessions",
                    headers: origin.merging(["Access-Control-Request-Method": "POST"]) { $1 }
                )
                #expect(preflight.status == 204)
                #expect(preflight.head.headers["access-control-allow-origin"] == "https://board.example")
                #expect(preflight.head.headers["access-control-allow-credentials"] == nil)
                let list = try await server.request(
                    "GET",
                    "/v1/sessions",
                    headers: keys.alice.bearer.merging(origin) { $1 }
                )
                #expect(list.status == 200)
                #expect(list.head.headers["access-control-allow-origin"] == "https://board.example")
                #expect(list.head.headers["vary"]?.contains("Origin") == true)
                let refused = try await server.request("GET", "/v1/sessions", headers: origin)
                #expect(refused.status == 401)
                #expect(refused.head.headers["access-control-allow-origin"] == "https://board.example")
            }
        }

        @Test func `every answer keeps a browser from making more of it`() async throws {
            try await TestServer.with { server in
                for path in ["/v1/sessions", "/v1/nothing", "/health"] {
                    let headers = try await server.request("GET", path).head.headers
                    #expect(headers["x-content-type-options"] == "nosniff")
                    #expect(headers["x-frame-options"] == "DENY")
                    #expect(headers["content-security-policy"]?.contains("default-src 'none'") == true)
                    #expect(headers["referrer-policy"] == "no-referrer")
                    #expect(headers["cache-control"] == "no-store")
                }
            }
        }
    }
}
