import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Storage
@testable import Transport

extension ServerTests {
    /// `GET /v1/audit`: what is left of what people did.
    @Suite(.timeLimit(.minutes(1)))
    struct AuditRoutesTests {
        private static let asking =
            #"{"type":"control_request","request_id":"r1","request":"#
            + #"{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"rm -rf hush"}}}"#

        private static func entries(
            _ server: TestServer,
            _ query: String = "",
            headers: [String: String] = [:]
        ) async throws -> [JSONObject] {
            let response = try await server.request("GET", "/v1/audit\(query)", headers: headers)
            #expect(response.status == 200, "\(response.body)")
            return try #require(response.json?.array("entries")).compactMap { JSONObject($0) }
        }

        private static func acts(_ entries: [JSONObject]) -> [String?] {
            entries.reversed().map { $0.string("action") }
        }

        @Test func `each act leaves one entry with what it was done to, and nothing of what was said`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let body = #"{"id":"s1","name":"hush hush"}"#
                #expect(try await server.request("POST", "/v1/sessions", body).status == 201)
                let session = try await server.supervisor.session("s1")
                try await eventually("it is ready") { await session.summary().state == .idle }
                let sent = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"hush now"}"#)
                let message = try #require(sent.json?.string("message_id"))
                server.agent.print("s1", [Self.asking])
                try await eventually("it asked") { await !session.approvals().isEmpty }
                let approval = try #require(await session.approvals().first?.id)
                let answer = #"{"decision":"deny","message":"hush please"}"#
                for status in [200, 409] {
                    #expect(try await server.request("POST", "/v1/approvals/\(approval)", answer).status == status)
                }
                let change = #"{"name":"hush again","ttl_ms":60000}"#
                #expect(try await server.request("PATCH", "/v1/sessions/s1", change).status == 200)
                #expect(try await server.request("POST", "/v1/sessions/s1/interrupt", "{}").status == 200)
                #expect(try await server.request("POST", "/v1/sessions/none/interrupt", "{}").status == 404)
                #expect(try await server.request("POST", "/v1/sessions/s1/messages", #"{"contents":1}"#).status == 422)
                #expect(try await server.request("DELETE", "/v1/sessions/s1").status == 204)

                let text = try await server.request("GET", "/v1/audit").body
                #expect(!text.contains("hush"))
                let entries = try await Self.entries(server)
                #expect(
                    Self.acts(entries) == [
                        "createSession", "sendMessage", "answerApproval", "answerApproval", "changeSession",
                        "interruptSession", "interruptSession", "endSession",
                    ]
                )
                let oldestFirst = Array(entries.reversed())
                #expect(
                    oldestFirst.map { $0.string("outcome") } == [
                        "done", "done", "done", "approval_answered", "done", "done", "session_not_found", "done",
                    ]
                )
                #expect(oldestFirst.map { $0.string("session") == "s1" }.filter { !$0 }.count == 1)
                #expect(entries.allSatisfy { $0.string("actor") == "anonymous" && $0.string("origin") == "http" })
                #expect(entries.allSatisfy { $0.string("request_id")?.hasPrefix("r_") == true })
                #expect(oldestFirst[1].string("target") == message)
                #expect(oldestFirst[1].object("details")?.int("bytes") == 10)
                #expect(oldestFirst[2].string("target") == approval)
                #expect(oldestFirst[2].object("details")?.string("decision") == "deny")
                #expect(oldestFirst[4].object("details")?.strings("changed") == ["name", "ttl_ms"])
            }
        }

        @Test func `a command over a WebSocket leaves the entry that the same over HTTP leaves`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                var socket = try await server.socket()
                _ = try await socket.ask(1, #""op":"create","id":"s1""#)
                _ = try await socket.ask(2, #""op":"list""#)
                _ = try await socket.ask(3, #""op":"send","session":"s1","content":"hush""#)
                _ = try await socket.ask(4, #""op":"set","session":"s1","name":"hush""#)
                _ = try await socket.ask(5, #""op":"interrupt","session":"s1""#)
                _ = try await socket.ask(6, #""op":"end","session":"s1""#)
                _ = try await socket.ask(7, #""op":"end","session":"none""#)
                let entries = try await Self.entries(server)
                #expect(
                    Self.acts(entries) == [
                        "createSession", "sendMessage", "changeSession", "interruptSession", "endSession", "endSession",
                    ]
                )
                #expect(entries.allSatisfy { $0.string("origin") == "websocket" })
                #expect(entries.dropFirst().allSatisfy { $0.string("session") == "s1" })
                #expect(entries.first?.string("outcome") == "session_not_found")
            }
        }

        @Test func `entries are found by what they say, and page by page`() async throws {
            try await TestServer.with { server in
                for id in ["s1", "s2", "s3"] {
                    #expect(try await server.request("POST", "/v1/sessions", #"{"id":"\#(id)"}"#).status == 201)
                }
                #expect(try await server.request("DELETE", "/v1/sessions/s2").status == 204)
                #expect(Self.acts(try await Self.entries(server, "?session=s2")) == ["createSession", "endSession"])
                #expect(try await Self.entries(server, "?action=endSession").count == 1)
                #expect(try await Self.entries(server, "?actor=anonymous").count == 4)
                #expect(try await Self.entries(server, "?actor=k1").isEmpty)
                #expect(try await Self.entries(server, "?from=2100-01-01").isEmpty)
                #expect(try await Self.entries(server, "?to=2100-01-01T00:00:00%2B02:00").count == 4)
                #expect(try await Self.entries(server, "?to=2020-01-01T00:00:00.5Z").isEmpty)
                var numbers: [Int?] = []
                var cursor: String?
                repeat {
                    let query = "?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
                    let page = try #require(try await server.request("GET", "/v1/audit\(query)").json)
                    numbers += (page.array("entries") ?? []).map { JSONObject($0)?.int("number") }
                    cursor = page.string("next_cursor")
                } while cursor != nil
                #expect(numbers == [4, 3, 2, 1])
                for query in ["from=yesterday", "to=x", "cursor=x", "cursor=-1", "limit=0", "limit=1001"] {
                    #expect(try await server.request("GET", "/v1/audit?\(query)").status == 400, "\(query)")
                }
            }
        }

        @Test func `a key sees what it did and what was done to its sessions, and an admin sees all`() async throws {
            let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString).json").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            var headers: [String: [String: String]] = [:]
            var keys: [AccessKey] = []
            for (name, scopes) in [
                ("ann", Scope.usual), ("bob", Scope.usual), ("eve", [.read]), ("root", Set(Scope.allCases)),
            ] {
                let (token, id) = KeyToken.make()
                headers[name] = ["Authorization": "Bearer \(token)"]
                keys.append(
                    AccessKey(
                        id: id,
                        name: name,
                        digest: KeyToken.digest(token),
                        scopes: scopes,
                        createdAt: "2026-11-27T00:00:00.000Z"
                    )
                )
            }
            let file = KeyFile(path: path)
            try file.write(keys)
            let ring = try KeyRing(file: file)
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                func does(_ name: String, _ method: String, _ path: String, _ body: String?, _ status: Int) async throws
                {
                    let response = try await server.request(method, path, body, headers: headers[name] ?? [:])
                    #expect(response.status == status, "\(name) \(method) \(path): \(response.body)")
                }
                func seen(by name: String, _ query: String = "") async throws -> [String] {
                    try await Self.entries(server, query, headers: headers[name] ?? [:]).reversed().map {
                        "\($0.string("actor") ?? "") \($0.string("action") ?? "") \($0.string("session") ?? "-") "
                            + "\($0.string("outcome") ?? "")"
                    }
                }
                try await does("ann", "POST", "/v1/sessions", #"{"id":"s1"}"#, 201)
                try await does("bob", "POST", "/v1/sessions", #"{"id":"s1"}"#, 201)
                try await does("bob", "DELETE", "/v1/sessions/\(keys[0].id)~s1", nil, 404)
                try await does("eve", "POST", "/v1/sessions", "{}", 403)
                try await does("root", "DELETE", "/v1/sessions/\(keys[0].id)~s1", nil, 204)
                try await does("nobody", "POST", "/v1/sessions", "{}", 401)

                let (ann, bob) = (keys[0].id, keys[1].id)
                #expect(try await seen(by: "ann") == ["ann createSession s1 done", "root endSession s1 done"])
                #expect(
                    try await seen(by: "bob") == ["bob createSession s1 done", "bob endSession - session_not_found"]
                )
                #expect(try await seen(by: "eve") == ["eve createSession - forbidden"])
                #expect(
                    try await seen(by: "root") == [
                        "ann createSession \(ann)~s1 done", "bob createSession \(bob)~s1 done",
                        "bob endSession - session_not_found", "eve createSession - forbidden",
                        "root endSession \(ann)~s1 done",
                    ]
                )
                #expect(try await seen(by: "root", "?session=\(bob)~s1").count == 1)
                #expect(try await seen(by: "root", "?actor=\(ann)").count == 1)
                #expect(try await seen(by: "bob", "?session=\(ann)~s1").isEmpty)
                #expect(try await server.request("GET", "/v1/audit").status == 401)
                #expect(try await server.request("GET", "/metrics", headers: headers["ann"] ?? [:]).status == 403)
                #expect(try await server.request("GET", "/metrics", headers: headers["root"] ?? [:]).status == 200)
                let text = try await server.request("GET", "/v1/audit", headers: headers["root"] ?? [:]).body
                for key in keys { #expect(!text.contains(key.digest)) }
                for token in headers.values.compactMap({ $0["Authorization"] }) { #expect(!text.contains(token)) }
            }
        }

        @Test func `metrics that are open want no key, and health tells nobody how many there are`() async throws {
            let key = try #require(KeyRing.PlainKey("ann:0123456789abcdef0123"))
            let ring = try KeyRing(plain: [key])
            try await TestServer.with(configure: { settings in
                settings.transport.keys = ring
                settings.transport.isMetricsOpen = true
            }) { server in
                #expect(try await server.request("GET", "/metrics").status == 200)
                let health = try await server.request("GET", "/health/ready")
                #expect(health.status == 200 && health.json?.string("status") == "ready")
                #expect(health.json?.int("sessions") == nil && health.json?.int("maximum_sessions") == nil)
                #expect(try await server.request("GET", "/health/live").status == 200)
                await server.supervisor.drain()
                let draining = try await server.request("GET", "/health/ready")
                #expect(draining.status == 503 && draining.json?.string("status") == "draining")
                #expect(draining.json?.string("reason") == "the server is shutting down")
                #expect(try await server.request("GET", "/health/live").status == 200)
            }
        }

        @Test func `with a store the trail outlives the server, and is whole`() async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: directory) }
            let path = directory.appending(path: "troupe.db").path
            for life in 1...2 {
                let store = try Store(path: path)
                try await TestServer.with(configure: { $0.store = store }) { server in
                    let body = #"{"id":"life\#(life)"}"#
                    #expect(try await server.request("POST", "/v1/sessions", body).status == 201)
                    #expect(try await server.request("DELETE", "/v1/sessions/life\(life)").status == 204)
                    try await eventually("it is stored") { try await Self.entries(server).count == life * 2 }
                }
            }
            let store = try Store(path: path)
            let trail = AuditTrail.chained(store: store)
            let entries = Array(try await trail.entries(AuditQuery(limit: 10)).reversed())
            #expect(entries.map(\.session) == ["life1", "life1", "life2", "life2"])
            #expect(trail.isIntact(entries))
            #expect(entries.allSatisfy { $0.digest.utf8.count == 64 })
        }
    }
}
