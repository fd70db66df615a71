import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What is done with a session's process, and what is changed and copied, over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct ProcessRoutesTests {
        private static let uuid = "11111111-1111-4111-8111-111111111111"

        private static func turn(_ server: TestServer) async throws {
            let body = #"{"content":"Hi","wait_ms":9000}"#
            #expect(try await server.request("POST", "/v1/sessions/s1/messages", body).status == 200)
        }

        @Test func `a session is put to sleep, woken and restarted`() async throws {
            try await TestServer.with { server in
                let session = try await server.session()
                let slept = try await server.request("POST", "/v1/sessions/s1/hibernate")
                #expect(slept.status == 200 && slept.json?.string("state") == "hibernated")
                #expect(try await server.request("POST", "/v1/sessions/s1/hibernate").status == 200)
                #expect(try await server.request("POST", "/v1/sessions/s1/wake").status == 202)
                try await eventually("it is awake") { await session.summary().state == .idle }
                #expect(try await server.request("POST", "/v1/sessions/s1/wake").status == 202)
                #expect(try await server.request("POST", "/v1/sessions/s1/restart").status == 202)
                try await eventually("it is back") { await session.summary().state == .idle }
                #expect(try await server.request("POST", "/v1/sessions/s1/wake", #"{"x":1}"#).status == 422)
                _ = try await server.request("POST", "/v1/sessions/s1/hibernate")
                try await Self.turn(server)
            }
        }

        @Test(arguments: ["hibernate", "restart", "rewind", "fork"])
        func `a session that works is not disturbed`(operation: String) async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                try await server.session()
                _ = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"Hi"}"#)
                let body = operation == "rewind" ? #"{"message_uuid":"\#(Self.uuid)"}"# : nil
                let refused = try await server.request("POST", "/v1/sessions/s1/\(operation)", body)
                #expect(refused.status == 409 && refused.code == "session_busy")
            }
        }

        @Test(arguments: ["hibernate", "wake", "restart", "rewind"])
        func `a session that has ended is gone, one that never was is not found`(operation: String) async throws {
            try await TestServer.with { server in
                try await server.session()
                _ = try await server.request("DELETE", "/v1/sessions/s1")
                let body = operation == "rewind" ? #"{"message_uuid":"\#(Self.uuid)"}"# : nil
                let gone = try await server.request("POST", "/v1/sessions/s1/\(operation)", body)
                #expect(gone.status == 410 && gone.code == "session_ended")
                #expect(try await server.request("POST", "/v1/sessions/none/\(operation)", body).status == 404)
            }
        }

        @Test func `a rewind names a message of a conversation`() async throws {
            try await TestServer.with { server in
                try await server.session()
                let path = "/v1/sessions/s1/rewind"
                for body in ["{}", #"{"message_uuid":"m1"}"#, #"{"message_uuid":"\#(Self.uuid)","x":1}"#] {
                    #expect(try await server.request("POST", path, body).status == 422)
                }
                let body = #"{"message_uuid":"\#(Self.uuid)"}"#
                #expect(try await server.request("POST", path, body).code == "nothing_said")
                try await Self.turn(server)
                let rewound = try await server.request("POST", path, body)
                #expect(rewound.status == 200 && rewound.json?.string("state") == "hibernated")
            }
        }

        @Test func `a copy is a new session, once there is something to copy`() async throws {
            try await TestServer.with { server in
                try await server.session()
                let path = "/v1/sessions/s1/fork"
                let early = try await server.request("POST", path)
                #expect(early.status == 409 && early.code == "nothing_said")
                try await Self.turn(server)
                let copy = try await server.request("POST", path, #"{"id":"s2","name":"copy"}"#)
                #expect(copy.status == 201 && copy.head.headers["location"] == "/v1/sessions/s2")
                #expect(copy.json?.string("name") == "copy")
                #expect(try await server.request("POST", path, #"{"id":"s2"}"#).code == "session_exists")
                #expect(try await server.request("POST", path, #"{"id":"no spaces"}"#).status == 422)
                #expect(try await server.request("POST", path, #"{"cwd":"/tmp"}"#).status == 422)
                #expect(try await server.request("POST", "/v1/sessions/none/fork").status == 404)
            }
        }

        // MARK: Changing

        @Test func `a session is changed, and what is no field of it is named`() async throws {
            try await TestServer.with { server in
                try await server.session()
                let body = #"{"name":"new","tags":["a"],"model":"opus","ttl_ms":5000,"permission_mode":"plan"}"#
                let changed = try await server.request("PATCH", "/v1/sessions/s1", body)
                #expect(changed.status == 200)
                #expect(changed.json?.string("name") == "new" && changed.json?.strings("tags") == ["a"])
                #expect(changed.json?.string("model") == "opus")
                #expect(changed.json?.string("permission_mode") == "plan")
                #expect(changed.json?.string("expires_at") != nil)
                let refused = try await server.request("PATCH", "/v1/sessions/s1", #"{"name":"x","id":"other"}"#)
                #expect(refused.status == 422)
                #expect(refused.body.contains(#""pointer":"/id""#))
                #expect(try await server.request("GET", "/v1/sessions/s1").json?.string("name") == "new")
                #expect(try await server.request("PATCH", "/v1/sessions/none", "{}").status == 404)
            }
        }

        @Test func `a budget holds until null lifts it`() async throws {
            try await TestServer.with { server in
                let created = try await server.request("POST", "/v1/sessions", #"{"id":"s1","budget_turns":1}"#)
                #expect(created.json?.object("budget")?.int("limit_turns") == 1)
                try await Self.turn(server)
                let refused = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"x"}"#)
                #expect(refused.status == 409 && refused.code == "budget_reached")
                let waiting = try await server.request("GET", "/v1/sessions?needs_input=true")
                #expect(waiting.json?.int("total") == 1)
                // Another limit does not touch this one.
                let other = try await server.request("PATCH", "/v1/sessions/s1", #"{"budget_usd":100}"#)
                #expect(other.json?.object("budget")?.bool("is_reached") == true)
                let lifted = try await server.request(
                    "PATCH",
                    "/v1/sessions/s1",
                    #"{"budget_turns":null,"budget_usd":null}"#
                )
                #expect(lifted.status == 200 && lifted.json?.object("budget") == nil)
                try await Self.turn(server)
                #expect(try await server.request("PATCH", "/v1/sessions/s1", #"{"budget_turns":0}"#).status == 422)
            }
        }
    }
}
