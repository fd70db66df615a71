import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Testing

@testable import Transport

extension ServerTests {
    /// The FastAPI server's API over a socket: at the root, below its prefix, and by its header.
    @Suite(.timeLimit(.minutes(1)))
    struct SDKServerRoutesTests {
        private static func start(_ server: TestServer, _ body: String = "{}") async throws -> String {
            let response = try await server.request("POST", "/session/start", body)
            #expect(response.status == 200, "\(response.body)")
            return response.json?.string("session_id") ?? ""
        }

        @Test func `a query is answered with text and numbers, and leaves no session`() async throws {
            try await TestServer.with { server in
                let response = try await server.request("POST", "/query", #"{"prompt":"x","unknown":1}"#)
                #expect(response.status == 200)
                let duration = response.json?.int("duration_ms") ?? -1
                #expect(
                    response.body
                        == #"{"response":"Hello, world.","session_id":null,"duration_ms":\#(duration),"num_turns":1,"#
                        + #""total_cost_usd":0.0}"#
                )
                try await eventually("its session is gone") {
                    await server.supervisor.summaries(for: .system).isEmpty
                }
            }
        }

        @Test func `a stream's every line is JSON, and the last is done`() async throws {
            try await TestServer.with { server in
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "/query", #"{"prompt":"x","stream":true}"#)
                var stream = try await EventStream(client)
                #expect(stream.head.headers["content-type"] == "text/event-stream; charset=utf-8")
                let events = try await stream.rest()
                #expect(events.map(\.type) == ["text", "text", "result", "metrics", "done"])
                #expect(events.last?.text == #"{"type":"done"}"# && events.allSatisfy { $0.name == nil })
            }
        }

        @Test func `a session is started, asked, looked at, listed and closed`() async throws {
            try await TestServer.with { server in
                let started = try await server.request("POST", "/session/start", "{}")
                let id = started.json?.string("session_id") ?? ""
                let created = started.json?.string("created_at") ?? ""
                #expect(UUID(uuidString: id) != nil && !created.hasSuffix("Z"))
                #expect(
                    started.body
                        == #"{"session_id":"\#(id)","status":"started","initial_response":null,"created_at":"\#(created)"}"#
                )
                let other = try await Self.start(server, #"{"initial_prompt":"Hi","model":"claude-3-opus-20240229"}"#)
                let asked = try await server.request("POST", "/session/\(id)/query", #"{"prompt":"x"}"#)
                let duration = asked.json?.int("duration_ms") ?? -1
                #expect(
                    asked.body == #"{"session_id":"\#(id)","response":"Hello, world.","duration_ms":\#(duration)}"#
                )
                #expect(
                    try await server.request("GET", "/sessions").body
                        == #"{"active_sessions":["\#(id)","\#(other)"],"count":2}"#
                )
                let seen = try await server.request("GET", "/session/\(id)")
                #expect(
                    seen.body
                        == #"{"session_id":"\#(id)","created_at":"\#(created)","active":true,"model":"test"}"#
                )
                #expect(
                    try await server.request("POST", "/session/\(id)/interrupt").body
                        == #"{"status":"interrupted","session_id":"\#(id)"}"#
                )
                #expect(
                    try await server.request("DELETE", "/session/\(id)").body
                        == #"{"status":"closed","session_id":"\#(id)"}"#
                )
                for (method, path) in [("DELETE", ""), ("GET", ""), ("POST", "/interrupt"), ("POST", "/query")] {
                    let body = path == "/query" ? #"{"prompt":"x"}"# : nil
                    let gone = try await server.request(method, "/session/\(id)\(path)", body)
                    #expect(gone.status == 404 && gone.body == #"{"detail":"Session \#(id) not found"}"#)
                }
            }
        }

        @Test func `a first prompt is answered in the answer to the start`() async throws {
            try await TestServer.with { server in
                let started = try await server.request("POST", "/session/start", #"{"initial_prompt":"Hi"}"#)
                #expect(started.json?.string("initial_response") == "Hello, world.")
            }
        }

        @Test func `an interrupted query returns what was said`() async throws {
            let agent = TestAgent { _ in [TestAgent.begin, TestAgent.assistant("so far", number: 1)] }
            try await TestServer.with(agent) { server in
                let id = try await Self.start(server)
                var client = HTTPClient(try await server.connect())
                try await client.send("POST", "/session/\(id)/query", #"{"prompt":"x"}"#)
                let session = try await server.supervisor.session(id)
                try await eventually("it has spoken") {
                    !session.log.newest(1) { $0.type == "agent.assistant" }.isEmpty
                }
                #expect(try await server.request("POST", "/session/\(id)/interrupt").status == 200)
                let response = try await client.response()
                #expect(response.status == 200 && response.json?.string("response") == "so far")
            }
        }

        @Test func `a session's query streams when it is asked to`() async throws {
            try await TestServer.with { server in
                let id = try await Self.start(server)
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "/session/\(id)/query", #"{"prompt":"x","stream":true}"#)
                var stream = try await EventStream(client)
                #expect(try await stream.rest().last?.type == "done")
                #expect(try await server.request("GET", "/sessions").json?.int("count") == 1)
            }
        }

        @Test(
            arguments: [
                ("", #"{"type":"missing","loc":["body"],"msg":"Field required","input":null}"#),
                (
                    "{}", #"{"type":"missing","loc":["body","prompt"],"msg":"Field required","input":{}}"#
                ),
                (
                    "[1]",
                    #"{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or "#
                        + #"object to extract fields from","input":[1]}"#
                ),
                (
                    "{",
                    #"{"type":"json_invalid","loc":["body",0],"msg":"JSON decode error","input":{},"#
                        + #""ctx":{"error":"Expecting value"}}"#
                ),
                (
                    #"{"prompt":5}"#,
                    #"{"type":"string_type","loc":["body","prompt"],"msg":"Input should be a valid string","input":5}"#
                ),
                (
                    #"{"prompt":"x","allowed_tools":["Read",1]}"#,
                    #"{"type":"string_type","loc":["body","allowed_tools",1],"msg":"Input should be a valid string","#
                        + #""input":1}"#
                ),
                (
                    #"{"prompt":"x","allowed_tools":"Read"}"#,
                    #"{"type":"list_type","loc":["body","allowed_tools"],"msg":"Input should be a valid list","#
                        + #""input":"Read"}"#
                ),
                (
                    #"{"prompt":"x","max_turns":"many"}"#,
                    #"{"type":"int_parsing","loc":["body","max_turns"],"msg":"Input should be a valid integer, unable to "#
                        + #"parse string as an integer","input":"many"}"#
                ),
                (
                    #"{"prompt":"x","max_turns":1.5}"#,
                    #"{"type":"int_from_float","loc":["body","max_turns"],"msg":"Input should be a valid integer, got a "#
                        + #"number with a fractional part","input":1.5}"#
                ),
                (
                    #"{"prompt":"x","stream":"maybe"}"#,
                    #"{"type":"bool_parsing","loc":["body","stream"],"msg":"Input should be a valid boolean, unable to "#
                        + #"interpret input","input":"maybe"}"#
                ),
                (
                    #"{"prompt":"x","stream":[]}"#,
                    #"{"type":"bool_type","loc":["body","stream"],"msg":"Input should be a valid boolean","input":[]}"#
                ),
            ]
        )
        func `a wrong body is answered in pydantic's words`(body: String, item: String) async throws {
            try await TestServer.with { server in
                let response = try await server.request("POST", "/query", body)
                #expect(response.status == 422)
                #expect(response.body == #"{"detail":[\#(item)]}"#)
            }
        }

        @Test func `null and what pydantic would read are taken`() async throws {
            try await TestServer.with { server in
                let body = #"{"prompt":"x","model":null,"allowed_tools":null,"max_turns":"5","stream":"no"}"#
                let response = try await server.request("POST", "/query", body)
                #expect(response.status == 200)
            }
        }

        @Test func `a slash at the end leads to the path without it, and what is nowhere is not found`() async throws {
            try await TestServer.with { server in
                let slash = try await server.request("POST", "/query/?x=1", #"{"prompt":"x"}"#)
                #expect(slash.status == 307 && slash.head.headers["location"] == "/query?x=1")
                let slashes = try await server.request("GET", "//sessions//")
                #expect(slashes.status == 307 && slashes.head.headers["location"] == "/sessions")
                let prefixed = try await server.request("GET", "/compat/sdk/sessions/")
                #expect(prefixed.status == 307 && prefixed.head.headers["location"] == "/compat/sdk/sessions")
                let lost = try await server.request("GET", "/compat/sdk/nothing")
                #expect(lost.status == 404 && lost.body == #"{"detail":"Not Found"}"#)
                let method = try await server.request("GET", "/query")
                #expect(method.status == 405 && method.body == #"{"detail":"Method Not Allowed"}"#)
            }
        }

        @Test func `the root and its health need no key; the rest does`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                for path in ["/compat/sdk", "/compat/sdk/"] {
                    #expect(
                        try await server.request("GET", path).body
                            == #"{"name":"Claude Code SDK API","version":"1.0.0","endpoints":{"health":"GET /health","#
                            + #""query":"POST /query","session_start":"POST /session/start","#
                            + #""session_query":"POST /session/{session_id}/query","#
                            + #""session_info":"GET /session/{session_id}","session_list":"GET /sessions","#
                            + #""session_close":"DELETE /session/{session_id}"}}"#
                    )
                }
                let health = try await server.request("GET", "/health", headers: ["X-Compat-Profile": "002"])
                let time = health.json?.string("timestamp") ?? ""
                #expect(
                    health.body
                        == #"{"status":"healthy","authenticated":true,"active_sessions":0,"timestamp":"\#(time)"}"#
                )
                let refused = try await server.request("GET", "/sessions")
                #expect(refused.status == 401 && refused.json?.string("detail") != nil)
                let id = try await server.request("POST", "/session/start", "{}", headers: keys.alice.bearer)
                    .json?.string("session_id")
                let others = try await server.request("GET", "/session/\(id ?? "")", headers: keys.bob.bearer)
                #expect(others.status == 404)
                #expect(try await server.request("GET", "/sessions", headers: keys.bob.bearer).json?.int("count") == 0)
                #expect(
                    try await server.request("GET", "/sessions", headers: keys.alice.bearer).json?.int("count") == 1
                )
            }
        }

        @Test func `sessions of the native API are there too`() async throws {
            try await TestServer.with { server in
                try await server.session("s1")
                #expect(try await server.request("GET", "/sessions").json?.strings("active_sessions") == ["s1"])
                let asked = try await server.request("POST", "/session/s1/query", #"{"prompt":"x"}"#)
                #expect(asked.json?.string("response") == "Hello, world.")
            }
        }
    }
}
