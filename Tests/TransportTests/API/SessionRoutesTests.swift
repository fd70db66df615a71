import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// `/v1/sessions` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct SessionRoutesTests {
        /// Every turn stays open until it is interrupted.
        private static var silent: TestAgent { TestAgent { _ in [TestAgent.begin] } }

        @Test func `a session is created, shown, listed and ended`() async throws {
            try await TestServer.with { server in
                let created = try await server.request(
                    "POST",
                    "/v1/sessions",
                    #"{"id":"a-1","name":"One","tags":["x"]}"#
                )
                #expect(created.status == 201)
                #expect(created.head.headers["location"] == "/v1/sessions/a-1")
                #expect(created.head.headers["content-type"] == "application/json")
                #expect(created.json?.string("events_url") == "/v1/sessions/a-1/events")
                #expect(created.json?.string("ws_url") == "/v1/sessions/a-1/ws")
                #expect(created.json?.string("name") == "One")
                #expect(created.json?.string("cursor") != nil)

                let one = try await server.request("GET", "/v1/sessions/a-1")
                #expect(one.status == 200 && one.json?.string("id") == "a-1" && one.json?.int("viewers") == 0)
                let list = try await server.request("GET", "/v1/sessions?tag=x")
                #expect(list.json?.int("total") == 1)
                #expect(try await server.request("GET", "/v1/sessions?tag=y").json?.int("total") == 0)
                #expect(try await server.request("GET", "/v1/sessions?q=one").json?.int("total") == 1)
                #expect(try await server.request("GET", "/v1/sessions?limit=0").code == "bad_request")

                let ended = try await server.request("DELETE", "/v1/sessions/a-1")
                #expect(ended.status == 204 && ended.body.isEmpty)
                #expect(try await server.request("GET", "/v1/sessions").json?.int("total") == 0)
            }
        }

        @Test func `a list is read in pages`() async throws {
            try await TestServer.with { server in
                for number in 0..<7 { try await server.session("s\(number)") }
                // Two that share a millisecond are told apart by their ids.
                let whole = try await server.request("GET", "/v1/sessions")
                #expect(whole.json?.raw("next_cursor").map { String(buffer: $0) } == "null")
                let all = whole.json?.array("sessions")?.compactMap { JSONObject($0)?.string("id") } ?? []
                #expect(all.count == 7)
                var seen: [String] = []
                var query = ""
                for page in 0..<3 {
                    let answer = try await server.request("GET", "/v1/sessions?limit=3\(query)")
                    #expect(answer.json?.int("total") == 7)
                    seen += answer.json?.array("sessions")?.compactMap { JSONObject($0)?.string("id") } ?? []
                    let next = answer.json?.string("next_cursor")
                    #expect((next == nil) == (page == 2))
                    query = "&cursor=\(next ?? "")"
                }
                #expect(seen == all)
                for wrong in ["x", "1.2", "20261121103000123.", "20261121103000123.a b", "2026112110300012x.a"] {
                    let path = "/v1/sessions?cursor=\(wrong.replacing(" ", with: "%20"))"
                    let refused = try await server.request("GET", path)
                    #expect(refused.status == 400 && refused.code == "invalid_cursor", "\(wrong)")
                }
                let beyond = try await server.request("GET", "/v1/sessions?cursor=00000000000000000.a")
                #expect(beyond.json?.array("sessions")?.isEmpty == true)
            }
        }

        @Test func `a session says what its process takes and how full its context is`() async throws {
            let agent = TestAgent { prompt in
                let models = #"{"test":{"inputTokens":10,"costUSD":0.5,"contextWindow":200000}}"#
                return [
                    TestAgent.begin,
                    #"{"type":"assistant","parent_tool_use_id":null,"message":{"id":"m","content":[{"type":"text","text":"ok"}],"#
                        + #""usage":{"input_tokens":10,"cache_read_input_tokens":100,"output_tokens":5}}}"#,
                    #"{"type":"result","is_error":false,"terminal_reason":"completed","result":"ok","#
                        + #""user_message_uuids":["\#(prompt.uuid)"],"model_usage_since_last_result":\#(models)}"#,
                ]
            }
            try await TestServer.with(agent) { server in
                try await server.session()
                #expect(try await server.request("GET", "/v1/sessions/s1").json?.object("context") == nil)
                let body = #"{"content":"Hi","wait_ms":9000}"#
                let turn = try await server.request("POST", "/v1/sessions/s1/messages", body)
                #expect(turn.json?.string("started_at").flatMap { Timestamp.normal($0) } != nil)
                let context = try await server.request("GET", "/v1/sessions/s1").json?.object("context")
                #expect(context?.int("tokens") == 115 && context?.int("window") == 200_000)
            }
        }

        @Test func `the server says what it holds clients to and what it can do`() async throws {
            try await TestServer.with(configure: {
                $0.supervisor.maximumSessions = 7
                $0.supervisor.session.maximumQueuedPrompts = 3
                $0.transport.limits.maximumConnections = 500
                $0.transport.fanout.heartbeat = .seconds(9)
            }) { server in
                let answer = try await server.request("GET", "/v1/server").json
                let limits = answer?.object("limits")
                #expect(limits?.int("sessions") == 7 && limits?.int("queued_messages") == 3)
                #expect(limits?.int("connections") == 500 && limits?.int("heartbeat_ms") == 9000)
                #expect(limits?.int("running") == nil && limits?.object("key") == nil)
                let capabilities = try #require(answer?.strings("capabilities"))
                #expect(capabilities == capabilities.sorted() && capabilities.contains("export"))
                #expect(Set(capabilities).isDisjoint(with: ["keys", "tls", "persistence", "warm_pool"]))
            }
        }

        @Test func `every wrong field is named at once`() async throws {
            try await TestServer.with { server in
                let body = #"{"id":"no spaces","surprise":1,"a/b~c":2,"max_turns":"3","cwd":"/does/not/exist"}"#
                let refused = try await server.request("POST", "/v1/sessions", body)
                #expect(refused.status == 422)
                #expect(refused.code == "invalid_request")
                let errors = refused.json?.raw("errors").flatMap { JSONObject.elements($0) } ?? []
                let pointers = errors.compactMap { JSONObject($0)?.string("pointer") }
                #expect(Set(pointers) == ["/id", "/surprise", "/a~1b~0c", "/max_turns", "/cwd"])
            }
        }

        @Test(arguments: ["{", "[]", "nonsense", #"{"id":1}}"#])
        func `what is no JSON object is refused`(body: String) async throws {
            try await TestServer.with { server in
                let refused = try await server.request("POST", "/v1/sessions", body)
                #expect(refused.status == 400 && refused.code == "invalid_json")
            }
        }

        @Test func `an id is taken once`() async throws {
            try await TestServer.with { server in
                #expect(try await server.request("POST", "/v1/sessions", #"{"id":"a"}"#).status == 201)
                let second = try await server.request("POST", "/v1/sessions", #"{"id":"a"}"#)
                #expect(second.status == 409 && second.code == "session_exists")
            }
        }

        @Test func `a full house says when to come back`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 1 }) { server in
                #expect(try await server.request("POST", "/v1/sessions").status == 201)
                let second = try await server.request("POST", "/v1/sessions")
                #expect(second.status == 429 && second.code == "session_limit")
                #expect(second.head.headers["retry-after"].flatMap { Int($0) } != nil)
            }
        }

        @Test(arguments: [
            ("GET", "/v1/sessions/none"), ("DELETE", "/v1/sessions/none"), ("GET", "/v1/sessions/none/events"),
            ("POST", "/v1/sessions/none/messages"), ("GET", "/v1/sessions/none/messages"), ("GET", "/v1/nothing"),
            ("PUT", "/v1/session"), ("DELETE", "/v1/sessions/none/queue/m"), ("POST", "/v1/sessions/none/interrupt"),
        ])
        func `what is not there is a problem document`(method: String, path: String) async throws {
            try await TestServer.with { server in
                let body = method == "POST" ? #"{"content":"x"}"# : nil
                let missing = try await server.request(method, path, body)
                #expect(missing.status == 404)
                #expect(missing.head.headers["content-type"] == "application/problem+json")
                let known = Problem.Code.allCases.map(\.rawValue) + SessionError.Code.allCases.map(\.rawValue)
                let code = try #require(missing.code)
                #expect(known.contains(code))
                #expect(missing.json?.string("type")?.hasSuffix("/\(code)") == true)
                #expect(missing.json?.int("status") == 404)
                #expect(missing.json?.string("instance") == path)
                #expect(missing.json?.string("title") == "Not Found")
                #expect(missing.json?.string("request_id") == missing.head.headers["x-request-id"])
                #expect(!missing.body.contains("/home/secret"))
            }
        }

        @Test func `a request id is echoed when it is sane`() async throws {
            try await TestServer.with { server in
                let echoed = try await server.request("GET", "/health", headers: ["X-Request-ID": "abc-1"])
                #expect(echoed.head.headers["x-request-id"] == "abc-1")
                for bad in ["with space", String(repeating: "x", count: 129)] {
                    let made = try await server.request("GET", "/health", headers: ["X-Request-ID": bad])
                    #expect(made.head.headers["x-request-id"]?.hasPrefix("r_") == true)
                }
            }
        }

        @Test func `HEAD answers as GET does, without the body`() async throws {
            try await TestServer.with { server in
                try await server.session()
                let head = try await server.request("HEAD", "/v1/sessions/s1")
                #expect(head.status == 200 && head.body.isEmpty)
                let stream = try await server.request("HEAD", "/v1/sessions/s1/events")
                #expect(stream.status == 200)
                #expect(try await server.viewers() == 0)
            }
        }

        @Test func `health says what the server does`() async throws {
            try await TestServer.with { server in
                #expect(try await server.request("GET", "/health/live").json?.string("status") == "live")
                #expect(try await server.request("GET", "/health/ready").json?.string("status") == "ready")
                #expect(try await server.request("GET", "/v1/server").json?.object("version")?.string("agent") == "2")
                await server.supervisor.drain()
                #expect(try await server.request("GET", "/health/ready").status == 503)
                let refused = try await server.request("POST", "/v1/sessions")
                #expect(
                    refused.status == 503 && refused.code == "draining" && refused.head.headers["retry-after"] != nil
                )
            }
        }

        @Test func `only JSON is taken`() async throws {
            try await TestServer.with { server in
                let refused = try await server.request(
                    "POST",
                    "/v1/sessions",
                    "{}",
                    headers: ["Content-Type": "text/xml"]
                )
                #expect(refused.status == 415 && refused.code == "unsupported_media_type")
            }
        }

        @Test func `a body beyond the limit is refused`() async throws {
            try await TestServer.with { server in
                var client = HTTPClient(try await server.connect())
                try await client.connection.send(
                    "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000000\r\n\r\n"
                )
                let piece = ByteBuffer(repeating: 0x20, count: 4_000_000)
                for _ in 0..<10 { try await client.connection.send(piece) }
                let refused = try await client.response()
                #expect(refused.status == 413 && refused.code == "body_too_large")
            }
        }

        // MARK: Messages

        @Test func `a message is taken at once`() async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                let sent = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"Hi"}"#)
                #expect(sent.status == 202)
                #expect(sent.json?.string("state") == "delivered" && sent.json?.int("position") == 0)
                #expect(sent.json?.string("message_id")?.hasPrefix("m_") == true)
                #expect(sent.json?.string("cursor") != nil)
            }
        }

        @Test(arguments: [
            #"{}"#, #"{"content":""}"#, #"{"content":7}"#, #"{"content":[]}"#, #"{"content":"x","delivery":"now"}"#,
        ])
        func `a message without sense is refused`(body: String) async throws {
            try await TestServer.with(Self.silent) { server in
                try await server.session()
                #expect(try await server.request("POST", "/v1/sessions/s1/messages", body).status == 422)
            }
        }

        @Test(arguments: [("wait_ms", true), ("Prefer", true), ("wait_ms", false), ("Prefer", false)])
        func `who waits gets the end of the turn, or 202 when it takes longer`(how: String, answers: Bool) async throws
        {
            try await TestServer.with(answers ? TestAgent() : Self.silent) { server in
                try await server.session()
                let milliseconds = answers ? 10_000 : 30
                let sent =
                    how == "wait_ms"
                    ? try await server.request(
                        "POST",
                        "/v1/sessions/s1/messages",
                        #"{"content":"Hi","wait_ms":\#(milliseconds)}"#
                    )
                    : try await server.request(
                        "POST",
                        "/v1/sessions/s1/messages",
                        #"{"content":"Hi"}"#,
                        headers: ["Prefer": "respond-async, wait=\(answers ? 10 : 0)"]
                    )
                #expect(sent.status == (answers ? 200 : 202))
                #expect(sent.json?.string("outcome") == (answers ? "completed" : nil))
                #expect(sent.json?.string("result") == (answers ? "Hello, world." : nil))
            }
        }

        @Test func `messages wait their turn, can be taken back, and come back with an interrupt`() async throws {
            try await TestServer.with(Self.silent, configure: { $0.supervisor.session.maximumQueuedPrompts = 3 }) {
                server in
                try await server.session()
                var ids: [String] = []
                for position in 0...3 {
                    let sent = try await server.request(
                        "POST",
                        "/v1/sessions/s1/messages",
                        #"{"content":"\#(position)"}"#
                    )
                    #expect(sent.json?.int("position") == position)
                    try ids.append(#require(sent.json?.string("message_id")))
                }
                let full = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"4"}"#)
                #expect(full.status == 429 && full.code == "queue_full" && full.head.headers["retry-after"] == "5")
                let cancelled = try await server.request("DELETE", "/v1/sessions/s1/queue/\(ids[2])")
                #expect(cancelled.status == 204)
                #expect(try await server.request("DELETE", "/v1/sessions/s1/queue/\(ids[2])").status != 204)

                let receipt = try await server.request("POST", "/v1/sessions/s1/interrupt")
                #expect(receipt.status == 200)
                #expect(receipt.json?.string("outcome") == "interrupted" && receipt.json?.string("step") == "control")
                #expect(receipt.json?.strings("returned_messages") == [ids[1], ids[3]])
                let idle = try await server.request("POST", "/v1/sessions/s1/interrupt")
                #expect(idle.json?.string("outcome") == "already_idle")
            }
        }

        @Test func `history is read in pages`() async throws {
            try await TestServer.with { server in
                try await server.session()
                for _ in 0..<2 {
                    _ = try await server.request(
                        "POST",
                        "/v1/sessions/s1/messages",
                        #"{"content":"Hi","wait_ms":9000}"#
                    )
                }
                func page(_ query: String) async throws -> [JSONObject] {
                    let page = try await server.request("GET", "/v1/sessions/s1/messages?\(query)")
                    #expect(page.status == 200)
                    return page.json?.raw("messages").flatMap { JSONObject.elements($0) }?.compactMap { JSONObject($0) }
                        ?? []
                }
                let all = try await page("limit=100").compactMap { $0.string("id") }
                #expect(all.count == 10)
                var paged: [String] = []
                var after = "1.0"
                while true {
                    let next = try await page("limit=3&after=\(after)").compactMap { $0.string("id") }
                    guard let last = next.last else { break }
                    paged += next
                    after = last
                }
                #expect(paged == all)
                #expect(try await page("order=desc").compactMap { $0.string("id") } == all.reversed())
                #expect(try await server.request("GET", "/v1/sessions/s1/messages?after=2.1").code == "history_gone")
                #expect(try await server.request("GET", "/v1/sessions/s1/messages?after=x").code == "invalid_cursor")
            }
        }

        @Test func `an ended session takes no more`() async throws {
            try await TestServer.with { server in
                try await server.session()
                _ = try await server.request("DELETE", "/v1/sessions/s1")
                let refused = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"x"}"#)
                #expect(refused.status == 410 && refused.code == "session_ended")
            }
        }
    }
}
