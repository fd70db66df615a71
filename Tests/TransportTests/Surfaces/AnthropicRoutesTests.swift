import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// Anthropic's API over a socket.
    @Suite(.timeLimit(.minutes(1)))
    struct AnthropicRoutesTests {
        private static func body(_ extra: String = "", model: String = "claude", text: String = "Hi") -> String {
            #"{"model":"\#(model)","max_tokens":16,"messages":[{"role":"user","content":"\#(text)"}]\#(extra)}"#
        }

        private static func error(_ response: HTTPClient.Response) -> (type: String?, message: String?) {
            let error = response.json?.object("error")
            #expect(response.json?.string("type") == "error")
            #expect(response.head.headers["request-id"] == response.json?.string("request_id"))
            return (error?.string("type"), error?.string("message"))
        }

        /// Answers with the prompt.
        private static let echo = TestAgent { TestAgent.turn($0, pieces: [$0.text.replacing("\n", with: "|")]) }

        @Test(arguments: [
            "/anthropic/v1/messages", "/anthropic/v1/v1/messages", "/compat/clinvk/anthropic/v1/messages",
        ])
        func `a message is answered with a message`(path: String) async throws {
            try await TestServer.with { server in
                let response = try await server.request("POST", path, Self.body())
                let id = response.json?.string("id") ?? ""
                #expect(response.status == 200 && id.hasPrefix("msg_"))
                #expect(response.head.headers["request-id"] != nil)
                #expect(
                    response.body
                        == #"{"id":"\#(id)","type":"message","role":"assistant","model":"claude","content":[{"type":"text","#
                        + #""text":"Hello, world."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":0,"#
                        + #""cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}"#
                )
                try await eventually("its session is gone") {
                    await server.supervisor.summaries(for: .system).isEmpty
                }
            }
        }

        @Test func `a stream ends with message_stop, and its session with it`() async throws {
            try await TestServer.with { server in
                var client = HTTPClient(try await server.connect())
                try await client.send("POST", "/anthropic/v1/messages", Self.body(#","stream":true"#))
                var stream = try await EventStream(client)
                #expect(stream.head.status == 200 && stream.head.headers["content-type"] == "text/event-stream")
                #expect(stream.head.headers["request-id"] != nil)
                let events = try await stream.rest()
                #expect(
                    events.map(\.name) == [
                        "message_start", "ping", "content_block_start", "content_block_delta", "content_block_delta",
                        "content_block_stop", "message_delta", "message_stop",
                    ]
                )
                #expect(events.allSatisfy { $0.name == $0.type })
                client = stream.client
                try await eventually("its session is gone") {
                    await server.supervisor.summaries(for: .system).isEmpty
                }
            }
        }

        @Test func `who leaves a stream ends its session`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "/anthropic/v1/messages", Self.body(#","stream":true"#))
                var stream = try await EventStream(client)
                _ = try await stream.upTo("ping")
                #expect(await server.supervisor.summaries(for: .system).map(\.tags) == [["one-off"]])
                try await stream.client.connection.reset()
                try await eventually("its session is gone") {
                    await server.supervisor.summaries(for: .system).isEmpty
                }
            }
        }

        @Test func `who does not wait for an answer in one piece ends its session`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", "/anthropic/v1/messages", Self.body())
                try await eventually("its turn runs") {
                    await server.supervisor.summaries(for: .system).first?.state == .running
                }
                try await client.connection.reset()
                try await eventually("its session is gone") {
                    await server.supervisor.summaries(for: .system).isEmpty
                }
            }
        }

        @Test func `a conversation is told in lines, with what was answered`() async throws {
            try await TestServer.with(Self.echo) { server in
                let messages =
                    #"[{"role":"assistant","content":"too early"},{"role":"user","content":"one"},"#
                    + #"{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"s"},"#
                    + #"{"type":"text","text":"two"}]},{"role":"user","content":[{"type":"text","text":"three","#
                    + #""cache_control":{"type":"ephemeral"}},{"type":"text","text":"four"}]}]"#
                let body = #"{"model":"claude","max_tokens":1,"messages":\#(messages),"temperature":0.5,"foo":1}"#
                let response = try await server.request("POST", "/anthropic/v1/messages", body)
                let block = response.json?.array("content")?.first.flatMap { JSONObject($0) }
                #expect(block?.string("text") == "one|[Previous response: two]|three|four")
            }
        }

        @Test func `text is cut at a stop sequence`() async throws {
            try await TestServer.with(Self.echo) { server in
                let body = Self.body(#","stop_sequences":["END"]"#, text: "one END two")
                let response = try await server.request("POST", "/anthropic/v1/messages", body)
                let block = response.json?.array("content")?.first.flatMap { JSONObject($0) }
                #expect(block?.string("text") == "one ")
                #expect(response.json?.string("stop_reason") == "stop_sequence")
                #expect(response.json?.string("stop_sequence") == "END")
            }
        }

        @Test(
            arguments: [
                ("{", "not a JSON object"), ("[]", "not a JSON object"), ("{}", "model: Field required"),
                (#"{"model":"claude","messages":[]}"#, "max_tokens: Field required"),
                (#"{"model":"claude","max_tokens":0,"messages":[]}"#, "max_tokens: must be greater than 0"),
                (#"{"model":"claude","max_tokens":1.5,"messages":[]}"#, "max_tokens: Input should be a valid integer"),
                (#"{"model":"claude","max_tokens":1,"messages":[]}"#, "messages: no user messages found"),
                (#"{"model":"claude","max_tokens":1,"messages":[{"role":"x","content":"y"}]}"#, "messages.0.role"),
                (
                    #"{"model":"claude","max_tokens":1,"messages":[{"role":"user"}]}"#,
                    "messages.0.content: Field required"
                ),
                (
                    #"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":[{"type":"odd"}]}]}"#,
                    "messages.0.content.0.type: blocks of type odd are not taken here"
                ),
                (
                    #"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"x"},"#
                        + #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}"#,
                    "messages.0.content.1.source.data: the data do not begin as image/png does"
                ),
                (
                    #"{"model":"claude","max_tokens":1,"messages":[{"role":"user","content":"x"}],"#
                        + #""tools":[{"name":"get_weather","input_schema":{}}]}"#,
                    "\"get_weather\""
                ),
            ]
        )
        func `what is wrong is named, with 400`(body: String, message: String) async throws {
            try await TestServer.with { server in
                let response = try await server.request("POST", "/anthropic/v1/messages", body)
                let error = Self.error(response)
                #expect(response.status == 400 && error.type == "invalid_request_error")
                #expect(error.message?.contains(message) == true, "\(error.message ?? "")")
            }
        }

        @Test func `an empty list of tools is none`() async throws {
            try await TestServer.with { server in
                let response = try await server.request("POST", "/anthropic/v1/messages", Self.body(#","tools":[]"#))
                #expect(response.status == 200)
            }
        }

        @Test func `refusals have Anthropic's types`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let path = "/anthropic/v1/messages"
                let none = try await server.request("POST", path, Self.body())
                #expect(none.status == 401 && Self.error(none).type == "authentication_error")
                let reader = try await server.request("POST", path, Self.body(), headers: keys.reader.bearer)
                #expect(reader.status == 403 && Self.error(reader).type == "permission_error")
                let alice = ["X-API-Key": keys.alice]
                #expect(try await server.request("POST", path, Self.body(), headers: alice).status == 200)
                let lost = try await server.request("GET", "/anthropic/v1/nothing", headers: alice)
                #expect(lost.status == 404 && Self.error(lost).type == "not_found_error")
                let method = try await server.request("DELETE", path, headers: alice)
                #expect(method.status == 400 && Self.error(method).type == "invalid_request_error")
                let model = try await server.request("POST", path, Self.body(model: "gpt-4o"), headers: alice)
                #expect(model.status == 404 && Self.error(model).message == "model: gpt-4o")
            }
        }

        @Test func `a full house says when to come back`() async throws {
            try await TestServer.with(configure: { $0.supervisor.maximumSessions = 0 }) { server in
                let response = try await server.request("POST", "/anthropic/v1/messages", Self.body())
                #expect(response.status == 429 && Self.error(response).type == "rate_limit_error")
                #expect(response.head.headers["retry-after"] != nil)
            }
        }

        @Test func `an error of the API keeps its status and is not asked for again`() async throws {
            let agent = TestAgent { prompt in
                [
                    #"{"type":"result","subtype":"success","is_error":true,"terminal_reason":"api_error","#
                        + #""api_error_status":529,"result":"API Error: Overloaded","session_id":"c1","#
                        + #""user_message_uuids":["\#(prompt.uuid)"]}"#
                ]
            }
            try await TestServer.with(agent) { server in
                let response = try await server.request("POST", "/anthropic/v1/messages", Self.body())
                #expect(response.status == 529 && Self.error(response).type == "overloaded_error")
                #expect(Self.error(response).message == "API Error: Overloaded")
                #expect(response.head.headers["x-should-retry"] == "false")
            }
        }

        @Test func `tokens are estimated, and only what can be read is counted`() async throws {
            try await TestServer.with { server in
                let path = "/anthropic/v1/messages/count_tokens"
                func count(_ text: String) async throws -> Int {
                    let response = try await server.request("POST", path, Self.body(text: text))
                    #expect(response.status == 200)
                    return response.json?.int("input_tokens") ?? -1
                }
                let small = try await count("Hi")
                let large = try await count(String(repeating: "word ", count: 400))
                #expect(small == 5 && large == 504)
                #expect(try await count("日本語") == 7)
                let wrong = try await server.request("POST", path, #"{"model":"claude"}"#)
                #expect(wrong.status == 400 && Self.error(wrong).message == "messages: Field required")
            }
        }

        @Test func `models are listed in pages, claude first`() async throws {
            try await TestServer.with { server in
                let all = try await server.request("GET", "/anthropic/v1/models")
                let ids = (all.json?.array("data") ?? []).compactMap { JSONObject($0)?.string("id") }
                #expect(ids == ["claude", "opus", "sonnet", "haiku"] && all.json?.bool("has_more") == false)
                #expect(all.json?.string("first_id") == "claude" && all.json?.string("last_id") == "haiku")
                let page = try await server.request("GET", "/anthropic/v1/models?limit=1&after_id=opus")
                #expect(page.json?.string("first_id") == "sonnet" && page.json?.bool("has_more") == true)
                let before = try await server.request("GET", "/anthropic/v1/models?limit=1&before_id=haiku")
                #expect(before.json?.string("first_id") == "sonnet" && before.json?.bool("has_more") == true)
                let one = try await server.request("GET", "/anthropic/v1/models/claude")
                #expect(one.json?.string("type") == "model" && one.json?.string("id") == "claude")
                let none = try await server.request("GET", "/anthropic/v1/models/nothing")
                #expect(none.status == 404 && Self.error(none).type == "not_found_error")
            }
        }
    }
}
