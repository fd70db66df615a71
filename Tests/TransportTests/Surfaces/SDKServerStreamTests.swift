import NIOCore
import Storage
import Testing

@testable import Transport

/// A turn's events and the lines of the FastAPI server for them, as the table of its stream has them.
struct SDKServerStreamTests {
    private static func play(_ events: [Event], thinking: Bool = false) -> String {
        var projection = SDKServerStream(showsThinking: thinking)
        var bytes = projection.opening() ?? ByteBuffer()
        for (place, event) in events.enumerated() {
            projection.frames([event], isOver: place == events.count - 1).map { _ = bytes.writeImmutableBuffer($0) }
        }
        return String(buffer: bytes)
    }

    private static func data(_ json: String...) -> String { json.map { "data: \($0)\n\n" }.joined() }

    private static func text(_ text: String) -> String {
        #"{"type":"text","content":"\#(text)","text":"\#(text)"}"#
    }

    private static let end = Self.data(
        #"{"type":"result","subtype":"success","duration_ms":12,"num_turns":1,"total_cost_usd":0.5}"#,
        #"{"type":"metrics","duration_ms":12}"#,
        #"{"type":"done"}"#
    )

    private static func ended(_ outcome: String, _ said: String = "null") -> Event {
        AgentEvents.event(
            "turn.ended",
            #"{"outcome":"\#(outcome)","result":\#(said),"cost_usd":0.5,"duration_ms":12}"#
        )
    }

    @Test func `text comes under both keys, then result, metrics and done`() {
        let lines = TestAgent.message(["Hello, ", "world."], number: 1) + [TestAgent.result(uuid: "u", text: "x")]
        let seen = Self.play(lines.map { AgentEvents.event($0) } + [Self.ended("completed")])
        #expect(seen == Self.data(Self.text("Hello, "), Self.text("world.")) + Self.end)
    }

    @Test func `tools are named, and thinking shown to those who asked`() {
        let lines = [
            AgentEvents.whole(1, #"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#),
            AgentEvents.whole(1, #"{"type":"tool_use","id":"tu1","name":"Bash","input":{}}"#),
            AgentEvents.whole(2, #"{"type":"text","text":"Done."}"#), TestAgent.result(uuid: "u", text: "Done."),
        ]
        let events = lines.map { AgentEvents.event($0) } + [Self.ended("completed")]
        let tool = #"{"type":"tool_use","name":"Bash","id":"tu1"}"#
        #expect(Self.play(events) == Self.data(tool, Self.text("Done.")) + Self.end)
        #expect(
            Self.play(events, thinking: true)
                == Self.data(#"{"type":"thinking","text":"hm"}"#, tool, Self.text("Done.")) + Self.end
        )
    }

    @Test func `what the CLI says of an error is its answer; without a result there is an error and no end`() {
        let error =
            #"{"type":"assistant","parent_tool_use_id":null,"error":"rate_limit","is_api_error_message":true,"#
            + #""message":{"id":"m","content":[{"type":"text","text":"API Error"}]}}"#
        let result = TestAgent.result(uuid: "u", text: "API Error", reason: "api_error", isError: true)
        let failed = [error, result].map { AgentEvents.event($0) } + [Self.ended("failed", #""API Error""#)]
        #expect(Self.play(failed) == Self.data(Self.text("API Error")) + Self.end)
        let killed = [Self.ended("killed", #""The agent is gone.""#)]
        #expect(Self.play(killed) == Self.data(#"{"type":"error","message":"The agent is gone."}"#))
    }
}
