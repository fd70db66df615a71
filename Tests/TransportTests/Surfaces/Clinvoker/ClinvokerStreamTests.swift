import Actors
import NIOCore
import Storage
import Testing

@testable import Transport

/// Events in, lines out: the frames of 001 §5.1.
struct ClinvokerStreamTests {
    private static let time = "2026-11-27T10:00:00.000Z"

    /// Plays events and gives the lines, without the head that all of them have.
    private static func play(
        _ events: [(String, String)],
        sessionID: String? = "0123456789abcdef0123456789abcdef"
    ) -> [String] {
        var stream = ClinvokerStream(backend: "claude", sessionID: sessionID)
        return events.flatMap { Self.lines(&stream, $0) }
    }

    private static func lines(_ stream: inout ClinvokerStream, _ event: (type: String, data: String)) -> [String] {
        let envelope = Envelope.event(
            EventDraft(event.type, turn: "t_1", data: ByteBuffer(string: event.data)),
            session: "s",
            id: EventID(epoch: 1, sequence: 1),
            at: Self.time
        )
        let whole = Event(
            position: 1,
            id: EventID(epoch: 1, sequence: 1),
            kind: .durable,
            type: event.type,
            turn: "t_1",
            envelope: envelope,
            offset: 0
        )
        guard let frames = stream.frames([whole], isOver: false) else { return [] }
        return String(buffer: frames).split(separator: "\n").map(String.init)
    }

    private static func preview(_ event: String, message: String = "m1", more: String = "") -> (String, String) {
        let head = #""type":"stream_event","api_message_id":"\#(message)","parent_tool_use_id":null"#
        return ("agent.stream_event", #"{\#(head),"event":\#(event)\#(more)}"#)
    }

    private static func block(_ index: Int, _ type: String) -> (String, String) {
        Self.preview(#"{"type":"content_block_start","index":\#(index),"content_block":{"type":"\#(type)"}}"#)
    }

    private static func text(_ index: Int, _ text: String) -> (String, String) {
        let delta = #"{"type":"text_delta","text":"\#(text)"}"#
        return Self.preview(#"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#)
    }

    private static func whole(_ content: String, message: String = "m1") -> (String, String) {
        let head = #""type":"assistant","parent_tool_use_id":null"#
        return ("agent.assistant", #"{\#(head),"message":{"id":"\#(message)","content":[\#(content)]}}"#)
    }

    private static let messageStart = Self.preview(#"{"type":"message_start"}"#)

    private static let result = (
        "agent.result",
        #"{"type":"result","subtype":"success","is_error":false,"num_turns":2,"result":"Hello","session_id":"c"}"#
    )

    private static func end(_ outcome: String, result: String = "Hello") -> (String, String) {
        let usage = #"{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":7}"#
        return (
            "turn.ended",
            #"{"outcome":"\#(outcome)","result":"\#(result)","duration_ms":12,"usage":\#(usage)}"#
        )
    }

    private static func expected(_ type: String, _ content: String, _ sequence: Int) -> String {
        #"{"type":"\#(type)","backend":"claude","session_id":"0123456789abcdef0123456789abcdef","#
            + #""timestamp":"2026-11-27T10:00:00.000Z","content":\#(content),"sequence":\#(sequence)}"#
    }

    @Test func `a turn is init, its text as it is written, and done`() {
        let lines = Self.play([
            ("message.accepted", "{}"),
            ("agent.system.init", #"{"session_id":"c","model":"sonnet","cwd":"/w"}"#),
            Self.messageStart, Self.block(0, "text"), Self.text(0, "Hel"), Self.text(0, "lo"),
            Self.whole(#"{"type":"text","text":"Hello"}"#), Self.result, Self.end("completed"),
        ])
        #expect(
            lines == [
                Self.expected("init", #"{"model":"sonnet","backend_session_id":"c","working_dir":"/w"}"#, 1),
                Self.expected("message", #"{"text":"Hel","role":"assistant","is_partial":true}"#, 2),
                Self.expected("message", #"{"text":"lo","role":"assistant","is_partial":true}"#, 3),
                Self.expected(
                    "done",
                    #"{"token_usage":{"input_tokens":3,"output_tokens":5,"cached_tokens":7},"#
                        + #""duration":12000000,"turn_count":2}"#,
                    4
                ),
            ]
        )
    }

    @Test func `the whole adds what previews did not show, and nothing twice`() {
        let lines = Self.play([
            Self.messageStart, Self.block(0, "text"), Self.text(0, "Hel"),
            Self.whole(#"{"type":"text","text":"Hello"},{"type":"text","text":" World"}"#),
        ])
        #expect(
            lines == [
                Self.expected("message", #"{"text":"Hel","role":"assistant","is_partial":true}"#, 1),
                Self.expected("message", #"{"text":"lo","role":"assistant"}"#, 2),
                Self.expected("message", #"{"text":" World","role":"assistant"}"#, 3),
            ]
        )
    }

    @Test func `after a gap the rest of a block comes with the whole`() {
        var stream = ClinvokerStream(backend: "claude", sessionID: nil)
        _ = Self.lines(&stream, Self.messageStart)
        _ = Self.lines(&stream, Self.block(0, "text"))
        #expect(Self.lines(&stream, Self.text(0, "He")).count == 1)
        #expect(stream.gap(head: EventID(epoch: 1, sequence: 2)) == nil)
        #expect(Self.lines(&stream, Self.text(0, "o")).isEmpty)
        let last = Self.lines(&stream, Self.whole(#"{"type":"text","text":"Hello"}"#))
        #expect(last.count == 1 && last[0].contains(#""content":{"text":"llo","role":"assistant"}"#))
        #expect(!last[0].contains("session_id"))
    }

    @Test func `tools and thinking have their own lines, sub-agents none`() {
        let lines = Self.play([
            Self.messageStart, Self.block(0, "thinking"),
            Self.preview(
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#
            ),
            Self.whole(#"{"type":"thinking","thinking":"Hm."}"#),
            Self.whole(#"{"type":"tool_use","id":"tu1","name":"Bash","input":{"command":"ls"}}"#),
            (
                "agent.user",
                #"{"parent_tool_use_id":null,"message":{"content":[{"type":"tool_result","tool_use_id":"tu1","#
                    + #""content":[{"type":"text","text":"no"}],"is_error":true}]}}"#
            ),
            (
                "agent.assistant",
                #"{"parent_tool_use_id":"tu1","message":{"id":"x","content":[{"type":"text","text":"sub"}]}}"#
            ),
        ])
        #expect(
            lines == [
                Self.expected("thinking", #"{"text":"Hm","is_partial":true}"#, 1),
                Self.expected("thinking", #"{"text":"."}"#, 2),
                Self.expected("tool_use", #"{"tool_id":"tu1","tool_name":"Bash","input":{"command":"ls"}}"#, 3),
                Self.expected(
                    "tool_result",
                    #"{"tool_id":"tu1","tool_name":"Bash","output":"no","is_error":true,"error_message":"no"}"#,
                    4
                ),
            ]
        )
    }

    @Test func `what was cut off is said to begin again, once`() {
        let abandoned = Self.preview(
            #"{"type":"message_stop"}"#,
            more: #","abandoned_blocks":{"api_message_id":"m1","from_block_index":0}"#
        )
        let lines = Self.play([
            Self.messageStart, Self.block(0, "text"), Self.text(0, "Hel"), abandoned, abandoned,
            Self.whole(#"{"type":"text","text":"Hi"}"#, message: "m2"),
        ])
        #expect(lines.count == 3)
        #expect(lines[1].contains(#""type":"progress""#) && lines[1].contains(#""stage":"restarted""#))
        #expect(lines[2] == Self.expected("message", #"{"text":"Hi","role":"assistant"}"#, 3))
    }

    @Test(arguments: [
        ("failed", "overloaded", #"{"code":"failed","message":"overloaded"}"#),
        ("interrupted", "", #"{"code":"interrupted","message":"canceled"}"#),
        ("budget", "", #"{"code":"budget","message":"the session's budget is spent"}"#),
        ("killed", "", #"{"code":"killed","message":"the agent's process ended before it had answered"}"#),
    ])
    func `a turn that fails says why, then it is done`(outcome: String, result: String, content: String) {
        let lines = Self.play([Self.end(outcome, result: result)])
        #expect(lines.first == Self.expected("error", content, 1))
        #expect(lines.count == 2 && lines[1] == Self.expected("done", #"{"duration":12000000}"#, 2))
    }

    @Test func `a prompt that is taken back is an error, and nothing follows`() {
        let lines = Self.play([("message.returned", "{}"), Self.end("completed")])
        #expect(
            lines == [Self.expected("error", #"{"code":"canceled","message":"The prompt was taken back."}"#, 1)]
        )
    }
}
