import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// The queue, keys and content of messages over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct MessageRoutesTests {
        private static var silent: TestAgent { TestAgent { _ in [TestAgent.begin] } }
        private static let messages = "/v1/sessions/s1/messages"

        /// Sends messages, the first of which runs, and returns their ids.
        private static func send(_ server: TestServer, _ texts: [String]) async throws -> [String] {
            var ids: [String] = []
            for text in texts {
                let sent = try await server.request("POST", Self.messages, #"{"content":"\#(text)"}"#)
                try ids.append(#require(sent.json?.string("message_id")))
            }
            return ids
        }

        private static func queue(_ server: TestServer) async throws -> [JSONObject] {
            let queue = try await server.request("GET", "/v1/sessions/s1/queue")
            #expect(queue.status == 200)
            return queue.json?.raw("queue").flatMap { JSONObject.elements($0) }?.compactMap { JSONObject($0) } ?? []
        }

        private static func pointers(_ response: HTTPClient.Response) -> [String] {
            let errors = response.json?.raw("errors").flatMap { JSONObject.elements($0) } ?? []
            return errors.compactMap { JSONObject($0)?.string("pointer") }
        }

        @Test func `a waiting message changes its words and its place`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let ids = try await Self.send(server, ["runs", "one", "two", "three"])
                let path = "/v1/sessions/s1/queue/\(ids[3])"
                let moved = try await server.request("PATCH", path, #"{"position":1}"#)
                #expect(moved.status == 200 && moved.json?.int("position") == 1)
                let edited = try await server.request("PATCH", path, #"{"content":"new","position":2}"#)
                #expect(edited.json?.string("content") == "new" && edited.json?.int("position") == 2)
                let queue = try await Self.queue(server)
                #expect(queue.map { $0.string("message_id") } == [ids[1], ids[3], ids[2]])
                #expect(queue.map { $0.string("content") } == ["one", "new", "two"])
                let view = try await server.request("GET", "\(Self.messages)/\(ids[3])")
                #expect(view.json?.string("content") == "new" && view.json?.string("state") == "queued")
            }
        }

        @Test func `one that waits no more is told what became of it`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let ids = try await Self.send(server, ["runs", "one"])
                let running = "/v1/sessions/s1/queue/\(ids[0])"
                let late = try await server.request("PATCH", running, #"{"content":"x"}"#)
                #expect(late.status == 409 && late.code == "message_delivered")
                #expect(try await server.request("DELETE", running).code == "message_delivered")
                #expect(try await server.request("PATCH", "/v1/sessions/s1/queue/m_none", "{}").status == 404)
                #expect(try await server.request("DELETE", "/v1/sessions/s1/queue/\(ids[1])").status == 204)
                let gone = try await server.request("DELETE", "/v1/sessions/s1/queue/\(ids[1])")
                #expect(gone.status == 409 && gone.json?.string("detail")?.contains("cancelled") == true)
                for body in [#"{"position":0}"#, #"{"position":"first"}"#, #"{"surprise":1}"#, #"{"content":7}"#] {
                    #expect(try await server.request("PATCH", running, body).status == 422)
                }
            }
        }

        // MARK: Keys

        @Test func `the same key is the same message, and never another`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let key = ["Idempotency-Key": "k-1"]
                let first = try await server.request("POST", Self.messages, #"{"content":"x"}"#, headers: key)
                let again = try await server.request("POST", Self.messages, #"{"content":"x"}"#, headers: key)
                #expect(first.status == 202 && again.status == 202)
                #expect(first.json?.string("message_id") == again.json?.string("message_id"))
                #expect(try await Self.queue(server).isEmpty)
                let other = try await server.request("POST", Self.messages, #"{"content":"y"}"#, headers: key)
                #expect(other.status == 409 && other.code == "idempotency_conflict")
                let long = ["Idempotency-Key": String(repeating: "k", count: 256)]
                let refused = try await server.request("POST", Self.messages, #"{"content":"x"}"#, headers: long)
                #expect(refused.status == 400)
            }
        }

        @Test func `the same key is the same session, its first message included`() async throws {
            try await TestServer.with(Self.silent) { server in
                let key = ["Idempotency-Key": "k-1"]
                let body = #"{"name":"n","message":"Hi"}"#
                let first = try await server.request("POST", "/v1/sessions", body, headers: key)
                let again = try await server.request("POST", "/v1/sessions", body, headers: key)
                #expect(first.status == 201 && again.status == 201)
                let id = try #require(first.json?.string("id"))
                #expect(again.json?.string("id") == id)
                #expect(try await server.supervisor.session(id).queueView().isEmpty)
                let other = try await server.request("POST", "/v1/sessions", #"{"name":"m"}"#, headers: key)
                #expect(other.status == 409 && other.code == "idempotency_conflict")
            }
        }

        // MARK: Content

        @Test(
            arguments: [
                (#"[{"type":"text","text":"a"},{"type":"text"}]"#, "/content/1"),
                (#"[{"type":"text","text":"a"},7]"#, "/content/1"),
                (#"[{"type":"nonsense"}]"#, "/content/0/type"),
                (
                    #"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%%"}}]"#,
                    "/content/0/source/data"
                ),
                ("[]", "/content"), ("7", "/content"),
            ]
        )
        func `what the API would refuse is refused here, with the place`(content: String, pointer: String) async throws
        {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let refused = try await server.request("POST", Self.messages, #"{"content":\#(content)}"#)
                #expect(refused.status == 422 && refused.code == "invalid_request")
                #expect(Self.pointers(refused) == [pointer])
                #expect(try await server.supervisor.session("s1").summary().state == .idle)
            }
        }
    }
}
