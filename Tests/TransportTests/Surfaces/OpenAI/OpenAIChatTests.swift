import Actors
import Agent
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Transport

extension ServerTests {
    /// `/openai/v1/chat/completions` and the models, over real sockets (compat 001 §10).
    @Suite(.timeLimit(.minutes(2)))
    struct OpenAIChatTests {
        private static let path = "/openai/v1/chat/completions"

        /// An agent that says its prompt again, in two pieces, and notes it.
        private static func echo(_ heard: Heard = Heard()) -> TestAgent {
            TestAgent { prompt in
                heard.add(prompt.text)
                guard prompt.text != "wait" else { return [TestAgent.begin] }
                let text = prompt.text.replacing("\n", with: "\\n").replacing("\"", with: "\\\"")
                return TestAgent.turn(TestPrompt(uuid: prompt.uuid, text: ""), pieces: ["echo: ", text])
            }
        }

        /// The prompts that agents got.
        private final class Heard: Sendable {
            private let prompts = Mutex<[String]>([])
            var all: [String] { self.prompts.withLock { $0 } }
            func add(_ text: String) { self.prompts.withLock { $0.append(text) } }
        }

        private static func body(_ messages: String, _ more: String = "") -> String {
            #"{"model":"claude","messages":[\#(messages)]\#(more)}"#
        }

        private static func user(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }

        private static func error(_ response: HTTPClient.Response) -> JSONObject? { response.json?.object("error") }

        private static func content(_ response: HTTPClient.Response, choice: Int = 0) -> String? {
            let choices = response.json?.array("choices") ?? []
            guard choices.indices.contains(choice) else { return nil }
            return JSONObject(choices[choice])?.object("message")?.string("content")
        }

        @Test func `models are listed, and one by one`() async throws {
            try await TestServer.with { server in
                let list = try await server.request("GET", "/openai/v1/models")
                #expect(list.status == 200 && list.json?.string("object") == "list")
                let models = (list.json?.array("data") ?? []).compactMap { JSONObject($0) }
                #expect(models.first?.string("id") == "claude" && models.first?.string("owned_by") == "anthropic")
                #expect(models.allSatisfy { $0.string("object") == "model" && $0.int("created") != nil })
                for name in ["claude", "sonnet", "claude-anything"] {
                    let one = try await server.request("GET", "/openai/v1/models/\(name)")
                    #expect(one.status == 200 && one.json?.string("id") == name)
                }
                let none = try await server.request("GET", "/openai/v1/models/gpt-4o")
                #expect(none.status == 404 && Self.error(none)?.string("code") == "model_not_found")
            }
        }

        @Test func `an answer in one piece has clinvoker's shape`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi")))
                #expect(answer.status == 200 && Self.content(answer) == "echo: hi")
                #expect(answer.json?.string("id")?.hasPrefix("chatcmpl-") == true)
                #expect(answer.json?.string("object") == "chat.completion" && answer.json?.string("model") == "claude")
                let choice = answer.json?.array("choices")?.first.flatMap { JSONObject($0) }
                #expect(choice?.string("finish_reason") == "stop" && choice?.int("index") == 0)
                #expect(answer.json?.object("usage")?.int("total_tokens") != nil)
                // The session was for this answer alone.
                try await eventually("it is gone") { await server.supervisor.summaries(for: .system).isEmpty }
            }
        }

        @Test func `a stream has the chunks of the table, byte for byte`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let more = #","stream":true,"stream_options":{"include_usage":true}"#
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi"), more))
                #expect(answer.head.headers["content-type"] == "text/event-stream")
                #expect(answer.head.headers["x-accel-buffering"] == "no")
                let frames = answer.body.components(separatedBy: "\n\n")
                let first = frames.first.flatMap { JSONObject(ByteBuffer(string: String($0.dropFirst(6)))) }
                let id = first?.string("id") ?? ""
                let head =
                    #"data: {"id":"\#(id)","object":"chat.completion.chunk","created":\#(first?.int("created") ?? 0),"model":"claude","choices":["#
                func chunk(_ delta: String, _ reason: String = "null") -> String {
                    #"\#(head){"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(reason)}],"usage":null}"#
                }
                let usage =
                    #""usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_tokens_details":{"cached_tokens":0}}}"#
                #expect(
                    frames == [
                        chunk(#"{"role":"assistant","content":"echo: "}"#), chunk(#"{"content":"hi"}"#),
                        chunk("{}", #""stop""#), "\(head)],\(usage)", "data: [DONE]", "",
                    ]
                )
            }
        }

        @Test func `what was said before is folded into one prompt, and the system has its place`() async throws {
            let heard = Heard()
            try await TestServer.with(Self.echo(heard)) { server in
                let messages = [
                    #"{"role":"system","content":"Be brief."}"#, #"{"role":"developer","content":"In English."}"#,
                    #"{"role":"assistant","content":"unheard"}"#,
                    #"{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}"#,
                    #"{"role":"assistant","content":"three"}"#, #"{"role":"tool","tool_call_id":"x","content":"four"}"#,
                    Self.user("five"),
                ]
                let answer = try await server.request("POST", Self.path, Self.body(messages.joined(separator: ",")))
                #expect(answer.status == 200)
                #expect(heard.all == ["one\ntwo\n[Previous response: three]\n[Tool result: four]\nfive"])
            }
        }

        @Test func `the text ends before a stop sequence`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let whole = try await server.request("POST", Self.path, Self.body(Self.user("a b c"), #","stop":" b""#))
                #expect(Self.content(whole) == "echo: a")
                let more = #","stop":["zz","b c"],"stream":true"#
                let stream = try await server.request("POST", Self.path, Self.body(Self.user("a b c"), more))
                #expect(stream.body.contains(#""content":"a ""#) && !stream.body.contains("b c"))
                #expect(stream.body.contains(#""finish_reason":"stop""#) && stream.body.hasSuffix("data: [DONE]\n\n"))
            }
        }

        @Test func `an image may be an address where nobody goes on with the conversation`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let image = #"{"type":"image_url","image_url":{"url":"https://x/y.png"}}"#
                let message = #"{"role":"user","content":[{"type":"text","text":"what?"},\#(image)]}"#
                let once = try await server.request("POST", Self.path, Self.body(message))
                #expect(once.status == 200, "\(once.body)")
                let kept = try await server.request("POST", Self.path, Self.body(message, #","user":"ann""#))
                #expect(kept.status == 400 && Self.error(kept)?.string("code") == "unsupported_parameter")
            }
        }

        @Test func `n answers are n agents`() async throws {
            let heard = Heard()
            try await TestServer.with(Self.echo(heard)) { server in
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi"), #","n":3"#))
                for choice in 0..<3 { #expect(Self.content(answer, choice: choice) == "echo: hi") }
                #expect(answer.json?.array("choices")?.count == 3 && heard.all.count == 3)
            }
        }

        @Test(
            arguments: [
                (#"{"messages":[]}"#, "model"), (#"{"model":"claude"}"#, "messages"),
                (#"{"model":"claude","messages":[]}"#, "messages"), (#"{"model":7}"#, "model"),
                (#"{"model":"claude","messages":[{"role":"user"}]}"#, "messages[0].content"),
                (#"{"model":"claude","messages":[{"role":"king","content":"x"}]}"#, "messages[0].role"),
                (#"{"model":"claude","messages":[{"role":"user","content":""}]}"#, "messages"),
                (
                    #"{"model":"claude","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"#,
                    "messages[0].content[0].type"
                ),
                (
                    #"{"model":"claude","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://x/y.png"}}]}]}"#,
                    "messages[0].content[0].image_url.url"
                ),
                (
                    #"{"model":"claude","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}"#,
                    "messages[0].content[0].image_url.url"
                ),
            ]
        )
        func `a wrong field is named`(body: String, parameter: String) async throws {
            try await TestServer.with { server in
                let answer = try await server.request("POST", Self.path, body)
                #expect(answer.status == 400 && Self.error(answer)?.string("param") == parameter, "\(answer.body)")
                #expect(Self.error(answer)?.string("type") == "invalid_request_error")
            }
        }

        @Test(
            arguments: [
                (#","tools":[{"type":"function"}]"#, "tools"), (#","functions":[{"name":"f"}]"#, "functions"),
                (#","tool_choice":"required""#, "tool_choice"), (#","n":9"#, "n"), (#","n":2,"stream":true"#, "n"),
                (#","response_format":{"type":"xml"}"#, "response_format.type"),
                (#","response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
                (#","stop":[1]"#, "stop"), (#","reasoning_effort":"huge""#, "reasoning_effort"),
            ]
        )
        func `what is not to be had is refused by name`(more: String, parameter: String) async throws {
            try await TestServer.with { server in
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi"), more))
                #expect(answer.status == 400 && Self.error(answer)?.string("param") == parameter, "\(answer.body)")
            }
        }

        @Test func `what makes no difference is taken and passed over`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let more =
                    #","tools":[],"tool_choice":"none","max_tokens":5,"max_completion_tokens":5,"temperature":0.5,"top_p":1,"#
                    + #""logit_bias":{},"presence_penalty":0,"seed":1,"metadata":{"a":"b"},"unheard_of":{"x":1},"n":null,"stop":null"#
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi"), more))
                #expect(answer.status == 200, "\(answer.body)")
            }
        }

        @Test func `refusals have OpenAI's statuses, types and codes`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                let body = Self.body(Self.user("hi"))
                let nobody = try await server.request("POST", Self.path, body)
                #expect(nobody.status == 401 && Self.error(nobody)?.string("code") == "invalid_api_key")
                let reader = try await server.request("POST", Self.path, body, headers: keys.reader.bearer)
                #expect(reader.status == 403 && Self.error(reader)?.string("type") == "permission_error")
                let model = try await server.request(
                    "POST",
                    Self.path,
                    body.replacing("claude", with: "gpt-4o"),
                    headers: keys.alice.bearer
                )
                #expect(model.status == 404 && Self.error(model)?.string("code") == "model_not_found")
                let json = try await server.request("POST", Self.path, "{", headers: keys.alice.bearer)
                #expect(json.status == 400 && Self.error(json)?.string("code") == "invalid_json")
                let nothing = try await server.request("GET", "/openai/v1/none", headers: keys.alice.bearer)
                #expect(nothing.status == 404 && Self.error(nothing)?.string("message") != nil)
                let method = try await server.request("DELETE", Self.path, headers: keys.alice.bearer)
                #expect(method.status == 405 && method.head.headers["allow"]?.contains("POST") == true)
                #expect(Self.error(method)?.string("type") == "invalid_request_error")
            }
        }

        @Test(
            arguments: [
                ("api_error", #","api_error_status":429"#, 429, "rate_limit_exceeded"),
                ("api_error", #","api_error_status":529"#, 503, "overloaded"),
                ("api_error", #","api_error_status":404"#, 404, "model_not_found"),
                ("api_error", #","api_error_status":401"#, 500, "run_failed"),
                ("budget_exhausted", "", 429, "insufficient_quota"),
            ]
        )
        func `a run that fails is no answer`(reason: String, more: String, status: Int, code: String) async throws {
            let agent = TestAgent { prompt in
                let uuids = #","user_message_uuids":["\#(prompt.uuid)"]"#
                return [TestAgent.begin, TurnLine.result("why", reason: reason, more: more + uuids)]
            }
            try await TestServer.with(agent) { server in
                let answer = try await server.request("POST", Self.path, Self.body(Self.user("hi")))
                #expect(answer.status == status && Self.error(answer)?.string("code") == code, "\(answer.body)")
                let isRepeatable = status == 503 || code == "rate_limit_exceeded"
                #expect((answer.head.headers["retry-after"] != nil) == isRepeatable)
                let stream = try await server.request(
                    "POST",
                    Self.path,
                    Self.body(Self.user("hi"), #","stream":true"#)
                )
                #expect(stream.status == 200 && stream.body.contains(#""code":"\#(code)""#))
                #expect(stream.body.hasSuffix("data: [DONE]\n\n"))
            }
        }

        @Test func `too many requests are told when to come back`() async throws {
            let limits = RateLimiter(RateLimits(work: 1))
            try await TestServer.with(Self.echo(), configure: { $0.transport.rates = limits }) { server in
                let body = Self.body(Self.user("hi"))
                #expect(try await server.request("POST", Self.path, body).status == 200)
                let refused = try await server.request("POST", Self.path, body)
                #expect(refused.status == 429 && Self.error(refused)?.string("code") == "rate_limit_exceeded")
                #expect(refused.head.headers["retry-after"].flatMap { Int($0) } != nil)
            }
        }

        @Test func `a conversation stays on its session while it goes on from what that has heard`() async throws {
            let heard = Heard()
            try await TestServer.with(Self.echo(heard)) { server in
                func ask(_ messages: [String], _ more: String = #","user":"ann""#) async throws -> String? {
                    let body = Self.body(messages.joined(separator: ","), more)
                    return try await Self.content(server.request("POST", Self.path, body))
                }
                func said(_ text: String) -> String { #"{"role":"assistant","content":"\#(text)"}"# }
                var messages = [Self.user("one")]
                #expect(try await ask(messages) == "echo: one")
                messages += [said("echo: one"), Self.user("two")]
                #expect(try await ask(messages) == "echo: two")
                messages += [said("echo: two"), Self.user("three")]
                let stream = try await server.request(
                    "POST",
                    Self.path,
                    Self.body(messages.joined(separator: ","), #","user":"ann","stream":true"#)
                )
                #expect(stream.body.contains("three"))
                messages += [said("echo: three"), Self.user("four")]
                #expect(try await ask(messages) == "echo: four")
                // Only what was new, to one session, which others see by its word.
                #expect(heard.all == ["one", "two", "three", "four"])
                let all = await server.supervisor.summaries(for: .system)
                #expect(all.map(\.name) == ["ann"] && all.first?.usage.turns == 4)
                // Another past, or another wish, is another session.
                #expect(try await ask([Self.user("else")]) == "echo: else")
                let header = ["X-Session-Id": "bob"]
                let other = try await server.request("POST", Self.path, Self.body(Self.user("x")), headers: header)
                #expect(Self.content(other) == "echo: x")
                try await eventually("the old one is gone") {
                    await Set(server.supervisor.summaries(for: .system).compactMap(\.name)) == ["ann", "bob"]
                }
                #expect(await server.supervisor.summaries(for: .system).count == 2)
            }
        }

        @Test func `two questions at once in one conversation do not mix`() async throws {
            let heard = Heard()
            try await TestServer.with(Self.echo(heard)) { server in
                var client = HTTPClient(try await server.connect())
                try await client.send("POST", Self.path, Self.body(Self.user("wait"), #","user":"ann""#))
                try await eventually("it is asked") { heard.all == ["wait"] }
                let second = try await server.request("POST", Self.path, Self.body(Self.user("hi"), #","user":"ann""#))
                #expect(Self.content(second) == "echo: hi")
                // The first is still at it.
                let session = try #require(await server.supervisor.summaries(for: .system).first { $0.name == "ann" })
                #expect(session.state == .running)
                _ = await (try server.supervisor.session(session.id)).interrupt()
                let first = try await client.response()
                #expect(first.status == 409 && Self.error(first)?.string("code") == "interrupted")
            }
        }

        @Test func `a client that leaves a stream of its own ends the session that was made for it`() async throws {
            try await TestServer.with(Self.echo()) { server in
                let client = HTTPClient(try await server.connect())
                try await client.send("POST", Self.path, Self.body(Self.user("wait"), #","stream":true"#))
                try await eventually("it runs") {
                    await server.supervisor.summaries(for: .system).first?.state == .running
                }
                try await client.connection.reset()
                try await eventually("it is gone") { await server.supervisor.summaries(for: .system).isEmpty }
            }
        }
    }
}
