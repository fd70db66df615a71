import Actors
import Agent
import Foundation
import NIOCore
import Storage
import Testing

@testable import Transport

extension ServerTests {
    /// `/openai/v1/responses` over real sockets.
    @Suite(.timeLimit(.minutes(2)))
    struct OpenAIResponsesTests {
        private static let path = "/openai/v1/responses"

        private static var echo: TestAgent {
            TestAgent { prompt in
                guard !prompt.text.hasPrefix("wait") else { return [TestAgent.begin] }
                return TestAgent.turn(prompt, pieces: ["echo: ", prompt.text.replacing("\n", with: "\\n")])
            }
        }

        private static func body(_ input: String, _ more: String = "") -> String {
            #"{"model":"claude","input":"\#(input)"\#(more)}"#
        }

        private static func text(_ response: JSONObject?) -> String {
            (response?.array("output") ?? []).compactMap { JSONObject($0)?.array("content")?.first }
                .compactMap { JSONObject($0)?.string("text") }.joined(separator: "|")
        }

        private static func frames(_ body: String) -> [JSONObject] {
            body.components(separatedBy: "\n").filter { $0.hasPrefix("data: ") }
                .compactMap { JSONObject(ByteBuffer(string: String($0.dropFirst(6)))) }
        }

        @Test func `an answer can be read again, gone on from, and deleted`() async throws {
            try await TestServer.with(Self.echo) { server in
                let more = #","instructions":"Be brief.","metadata":{"b":"2","a":"1"},"user":"ann""#
                let first = try await server.request("POST", Self.path, Self.body("one", more))
                #expect(first.status == 200 && first.json?.string("status") == "completed", "\(first.body)")
                #expect(Self.text(first.json) == "echo: one" && first.json?.string("object") == "response")
                let id = try #require(first.json?.string("id"))
                let again = try await server.request("GET", "\(Self.path)/\(id)")
                #expect(again.body == first.body)
                #expect(again.json?.object("metadata").map { String(buffer: $0.bytes) } == #"{"a":"1","b":"2"}"#)
                let second = try await server.request(
                    "POST",
                    Self.path,
                    Self.body("two", #","previous_response_id":"\#(id)""#)
                )
                #expect(second.json?.string("previous_response_id") == id && Self.text(second.json) == "echo: two")
                let all = await server.supervisor.summaries(for: .system)
                #expect(all.count == 1 && all.first?.usage.turns == 2 && all.first?.tags == ["openai"])
                let items = try await server.request("GET", "\(Self.path)/\(id)/input_items")
                let item = items.json?.array("data")?.first.flatMap { JSONObject($0) }
                #expect(item?.string("role") == "user" && items.body.contains(#""type":"input_text","text":"one""#))
                let deleted = try await server.request("DELETE", "\(Self.path)/\(id)")
                #expect(deleted.status == 200 && deleted.json?.bool("deleted") == true)
                #expect(try await server.request("GET", "\(Self.path)/\(id)").status == 404)
                let gone = try await server.request(
                    "POST",
                    Self.path,
                    Self.body("x", #","previous_response_id":"\#(id)""#)
                )
                #expect(gone.status == 400)
                #expect(gone.json?.object("error")?.string("code") == "previous_response_not_found")
            }
        }

        @Test func `input may be messages, and store false keeps nothing`() async throws {
            try await TestServer.with(Self.echo) { server in
                let input =
                    #"[{"role":"developer","content":"x"},{"role":"user","content":[{"type":"input_text","text":"one"}]},"#
                    + #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"two"}]},"#
                    + #"{"type":"reasoning","summary":[]},{"role":"user","content":"three"}]"#
                let answer = try await server.request(
                    "POST",
                    Self.path,
                    #"{"input":\#(input),"store":false}"#
                )
                #expect(Self.text(answer.json) == "echo: one\n[Previous response: two]\nthree", "\(answer.body)")
                #expect(answer.json?.bool("store") == false)
                try await eventually("it is gone") { await server.supervisor.summaries(for: .system).isEmpty }
                let id = try #require(answer.json?.string("id"))
                #expect(try await server.request("GET", "\(Self.path)/\(id)").status == 404)
            }
        }

        @Test func `in the background it is queued, runs, is streamed from anywhere, and is cancelled`() async throws {
            try await TestServer.with(Self.echo) { server in
                let queued = try await server.request("POST", Self.path, Self.body("wait", #","background":true"#))
                #expect(queued.status == 200 && queued.json?.string("status") == "queued", "\(queued.body)")
                let id = try #require(queued.json?.string("id"))
                try await eventually("it runs") {
                    try await server.request("GET", "\(Self.path)/\(id)").json?.string("status") == "in_progress"
                }
                let session = try #require(await server.supervisor.summaries(for: .system).first)
                server.agent.print(session.id, Array(TestAgent.message(["Hel", "lo"], number: 1).prefix(4)))
                var client = HTTPClient(try await server.connect())
                try await client.send("GET", "\(Self.path)/\(id)?stream=true&starting_after=1")
                _ = try await client.head()
                var seen = ""
                while !seen.contains(#""delta":"lo""#) {
                    guard let piece = try await client.piece() else { break }
                    seen += String(buffer: piece)
                }
                #expect(!seen.contains("response.created") && !seen.contains("response.in_progress"))
                let cancelled = try await server.request("POST", "\(Self.path)/\(id)/cancel")
                #expect(cancelled.json?.string("status") == "cancelled", "\(cancelled.body)")
                while let piece = try await client.piece() { seen += String(buffer: piece) }
                #expect(Self.frames(seen).last?.string("type") == "response.cancelled")
                #expect(Self.frames(seen).compactMap { $0.string("delta") }.joined() == "Hello")
                let again = try await server.request("POST", "\(Self.path)/\(id)/cancel")
                #expect(again.status == 200 && again.json?.string("status") == "cancelled")
            }
        }

        @Test func `a response that waits behind another is taken back`() async throws {
            try await TestServer.with(Self.echo) { server in
                let first = try await server.request("POST", Self.path, Self.body("wait", #","background":true"#))
                let id = try #require(first.json?.string("id"))
                let more = #","background":true,"previous_response_id":"\#(id)""#
                let second = try await server.request("POST", Self.path, Self.body("two", more))
                let waiting = try #require(second.json?.string("id"))
                let cancelled = try await server.request("POST", "\(Self.path)/\(waiting)/cancel")
                #expect(cancelled.json?.string("status") == "cancelled", "\(cancelled.body)")
                #expect(try await server.request("GET", "\(Self.path)/\(id)").json?.string("status") == "in_progress")
            }
        }

        @Test func `a stream of what is done is told again, and goes on from every number`() async throws {
            try await TestServer.with(Self.echo) { server in
                let live = try await server.request("POST", Self.path, Self.body("one", #","stream":true"#))
                let events = Self.frames(live.body)
                #expect(events.first?.string("type") == "response.created")
                #expect(events.last?.string("type") == "response.completed")
                let id = try #require(events.first?.object("response")?.string("id"))
                let numbers = events.compactMap { $0.int("sequence_number") }
                #expect(numbers == numbers.sorted() && numbers.count == events.count)
                for (place, number) in numbers.enumerated() {
                    let rest = try await server.request(
                        "GET",
                        "\(Self.path)/\(id)?stream=true&starting_after=\(number)"
                    )
                    let told = Self.frames(rest.body)
                    #expect(told.map { $0.int("sequence_number") ?? 0 }.allSatisfy { $0 > number })
                    let text = told.compactMap { $0.string("delta") }.joined()
                    #expect(text == events.dropFirst(place + 1).compactMap { $0.string("delta") }.joined())
                    let last = told.last?.string("type")
                    #expect(last == (place == numbers.count - 1 ? nil : "response.completed"))
                }
                let whole = try await server.request("GET", "\(Self.path)/\(id)?stream=true")
                #expect(Self.frames(whole.body).compactMap { $0.string("delta") }.joined() == "echo: one")
                let wrong = try await server.request("GET", "\(Self.path)/\(id)?stream=true&starting_after=x")
                #expect(wrong.status == 400)
            }
        }

        @Test func `no response is found by an id that was made up, or is another's`() async throws {
            let keys = try TestKeys()
            let ring = try keys.ring()
            try await TestServer.with(Self.echo, configure: { $0.transport.keys = ring }) { server in
                let made = try await server.request("POST", Self.path, Self.body("one"), headers: keys.alice.bearer)
                let id = try #require(made.json?.string("id"))
                let session = try #require(ResponseID(id)?.session)
                let invented = ResponseID(session: session, message: "m_00000000000000000000", sequence: 0).description
                for path in ["", "/cancel", "/input_items"] {
                    let method = path == "/cancel" ? "POST" : "GET"
                    for (id, key) in [(id, keys.bob), (invented, keys.alice), ("resp_x", keys.alice)] {
                        let answer = try await server.request(method, "\(Self.path)/\(id)\(path)", headers: key.bearer)
                        #expect(answer.status == 404, "\(path)")
                    }
                }
                let stream = "\(Self.path)/\(invented)?stream=true"
                #expect(try await server.request("GET", stream, headers: keys.alice.bearer).status == 404)
                #expect(try await server.request("GET", "\(Self.path)/\(id)", headers: keys.alice.bearer).status == 200)
            }
        }

        @Test(
            arguments: [
                ("{}", "input"), (#"{"input":""}"#, "input"), (#"{"input":7}"#, "input"),
                (#"{"input":[{"type":"item_reference","id":"x"}]}"#, "input[0]"),
                (#"{"input":"x","tools":[{"type":"web_search"}]}"#, "tools"),
                (#"{"input":"x","conversation":"c"}"#, "conversation"),
                (#"{"input":"x","background":true,"store":false}"#, "background"),
                (#"{"input":"x","metadata":{"a":1}}"#, "metadata"),
                (#"{"input":"x","text":{"format":{"type":"json_schema"}}}"#, "text.format.schema"),
            ]
        )
        func `a wrong field is named`(body: String, parameter: String) async throws {
            try await TestServer.with { server in
                let answer = try await server.request("POST", Self.path, body)
                let error = answer.json?.object("error")
                #expect(answer.status == 400 && error?.string("param") == parameter, "\(answer.body)")
            }
        }
    }
}
