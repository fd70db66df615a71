import Actors
import NIOCore
import Storage
import Testing

@testable import Transport

/// A turn's events and the frames of Anthropic's API for them, as its documents show them.
struct AnthropicStreamTests {
    private static let start =
        #"event: message_start"# + "\n"
        + #"data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","#
        + #""content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"#
        + #""cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}"# + "\n\n"
        + "event: ping\ndata: {\"type\":\"ping\"}\n\n"

    private static func frame(_ type: String, _ rest: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
    }

    private static func blockStart(_ index: Int, _ block: String) -> String {
        Self.frame("content_block_start", #","index":\#(index),"content_block":\#(block)"#)
    }

    private static func text(_ index: Int, _ pieces: [String]) -> String {
        Self.blockStart(index, #"{"type":"text","text":""}"#)
            + pieces.map {
                Self.frame(
                    "content_block_delta",
                    #","index":\#(index),"delta":{"type":"text_delta","text":"\#($0)"}"#
                )
            }.joined() + Self.frame("content_block_stop", #","index":\#(index)"#)
    }

    private static func end(_ reason: String, sequence: String = "null", output: Int = 7) -> String {
        Self.frame(
            "message_delta",
            #","delta":{"stop_reason":"\#(reason)","stop_sequence":\#(sequence)},"usage":{"input_tokens":5,"#
                + #""cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":\#(output)}"#
        ) + Self.frame("message_stop")
    }

    private static func projection(thinking: Bool = false, stops: [String] = []) -> AnthropicStream {
        AnthropicStream(
            AnthropicMessage(message: "m_1", model: "claude"),
            showsThinking: thinking,
            stops: stops,
            requestID: "r_1"
        )
    }

    private static func ended(_ outcome: String = "completed", _ said: String = "null") -> Event {
        AgentEvents.event(
            "turn.ended",
            #"{"outcome":"\#(outcome)","result":\#(said),"cost_usd":0.5,"duration_ms":12,"usage":{"input_tokens":5,"#
                + #""output_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":2}}"#
        )
    }

    private static func play(_ projection: AnthropicStream, _ events: [Event]) -> String {
        var projection = projection
        var bytes = projection.opening() ?? ByteBuffer()
        for (place, event) in events.enumerated() where !projection.isDone {
            let frames = projection.frames([event], isOver: place == events.count - 1)
            frames.map { _ = bytes.writeImmutableBuffer($0) }
        }
        return String(buffer: bytes)
    }

    private static func lines(_ lines: [String]) -> [Event] { lines.map { AgentEvents.event($0) } }

    @Test func `a turn is one message in the API's order`() {
        let lines =
            TestAgent.message(["Hello, ", "world."], number: 1)
            + [TestAgent.result(uuid: "u", text: "Hello, world.")]
        let seen = Self.play(Self.projection(), Self.lines(lines) + [Self.ended()])
        #expect(seen == Self.start + Self.text(0, ["Hello, ", "world."]) + Self.end("end_turn"))
    }

    @Test func `blocks are numbered through all messages of the turn, calls of tools left out`() {
        let tool = #"{"type":"tool_use","id":"tu1","name":"Bash","input":{}}"#
        let lines = [
            AgentEvents.start(1, 0, "thinking"), AgentEvents.delta(1, 0, "thinking", "hm"),
            AgentEvents.whole(1, #"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#),
            AgentEvents.start(1, 1, "text"), AgentEvents.delta(1, 1, "text", "I look."),
            AgentEvents.whole(1, #"{"type":"text","text":"I look."}"#), AgentEvents.whole(1, tool),
            AgentEvents.start(2, 0, "text"), AgentEvents.delta(2, 0, "text", "Done."),
            AgentEvents.whole(2, #"{"type":"text","text":"Done."}"#),
        ]
        let events = Self.lines(lines) + [Self.ended()]
        #expect(
            Self.play(Self.projection(), events)
                == Self.start + Self.text(0, ["I look."]) + Self.text(1, ["Done."]) + Self.end("end_turn")
        )
        let thinking =
            Self.blockStart(0, #"{"type":"thinking","thinking":"","signature":""}"#)
            + Self.frame("content_block_delta", #","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}"#)
            + Self.frame("content_block_delta", #","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}"#)
            + Self.frame("content_block_stop", #","index":0"#)
        #expect(
            Self.play(Self.projection(thinking: true), events)
                == Self.start + thinking + Self.text(1, ["I look."]) + Self.text(2, ["Done."]) + Self.end("end_turn")
        )
    }

    @Test func `a stop sequence ends the message, in whatever pieces it comes`() {
        let lines = TestAgent.message(["one ST", "OP two", " three"], number: 1)
        let seen = Self.play(Self.projection(stops: ["STOP"]), Self.lines(lines) + [Self.ended()])
        let usage = #""usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"#
        #expect(seen.hasPrefix(Self.start + Self.text(0, ["one "])))
        #expect(
            seen.hasSuffix(
                Self.frame(
                    "message_delta",
                    #","delta":{"stop_reason":"stop_sequence","stop_sequence":"STOP"},\#(usage)"output_tokens":0}"#
                ) + Self.frame("message_stop")
            )
        )
    }

    @Test func `a failure is an error event before the end`() {
        let result =
            #"{"type":"result","subtype":"success","is_error":true,"terminal_reason":"api_error","#
            + #""api_error_status":429,"result":"API Error: 429","session_id":"c1"}"#
        let events = Self.lines([result]) + [Self.ended("failed", #""API Error: 429""#)]
        let seen = Self.play(Self.projection(), events)
        let error =
            "event: error\n"
            + #"data: {"type":"error","error":{"type":"rate_limit_error","message":"API Error: 429"},"request_id":"r_1"}"#
        #expect(seen == Self.start + error + "\n\n" + Self.frame("message_stop"))
    }

    @Test func `what somebody stopped may be taken up again, and what only the result says is said`() {
        let partial = Self.lines([AgentEvents.start(1, 0, "text"), AgentEvents.delta(1, 0, "text", "w0")])
        #expect(
            Self.play(Self.projection(), partial + [Self.ended("interrupted")])
                == Self.start + Self.text(0, ["w0"]) + Self.end("pause_turn")
        )
        let command = Self.lines([TestAgent.result(uuid: "u", text: "Compacted.")])
        #expect(
            Self.play(Self.projection(), command + [Self.ended()])
                == Self.start + Self.text(0, ["Compacted."]) + Self.end("end_turn")
        )
    }

    @Test func `while nothing happens there is a ping`() throws {
        let log = EventLog(session: "s1", maximumBytes: 1 << 20)
        let ping = Self.projection().heartbeat(head: log.head.id).map { String(buffer: $0) }
        #expect(ping == "event: ping\ndata: {\"type\":\"ping\"}\n\n")
    }

    @Test func `what was missed comes with the whole, and nothing twice`() {
        let lines = TestAgent.message(["one ", "two ", "three"], number: 1)
        let log = EventLog(session: "s1", maximumBytes: 1 << 20)
        var projection = Self.projection()
        var seen = ByteBuffer()
        for (place, line) in lines.enumerated() where place != 3 {
            if place == 4 { #expect(projection.gap(head: log.head.id) == nil) }
            projection.frames([AgentEvents.event(line)], isOver: false).map { _ = seen.writeImmutableBuffer($0) }
        }
        projection.frames([Self.ended()], isOver: true).map { _ = seen.writeImmutableBuffer($0) }
        #expect(String(buffer: seen) == Self.text(0, ["one ", "two three"]) + Self.end("end_turn"))
    }

    @Test func `the server's end is told as one that is overloaded`() {
        var projection = Self.projection()
        let seen = projection.draining().map { String(buffer: $0) } ?? ""
        #expect(seen.hasPrefix("event: error\n") && seen.contains(#""type":"overloaded_error""#))
        #expect(seen.hasSuffix(Self.frame("message_stop")))
    }
}
