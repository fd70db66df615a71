import NIOCore
import Storage
import Testing

@testable import Transport

/// A transcript of events, and the bytes that claude-code-api's clients get for it (its tables, §7.2).
struct CodeAPITurnTests {
    private static func event(_ type: String, _ data: String) -> Event {
        Event(
            position: 1,
            id: EventID(epoch: 1, sequence: 1),
            kind: .durable,
            type: type,
            turn: "t_1",
            envelope: ByteBuffer(string: #"{"id":"1.1","type":"\#(type)","turn":"t_1","at":"x","data":\#(data)}"#),
            offset: 0
        )
    }

    private static func assistant(_ block: String, parent: String = "null") -> Event {
        Self.event(
            "agent.assistant",
            #"{"type":"assistant","parent_tool_use_id":\#(parent),"message":{"id":"m","content":[\#(block)]}}"#
        )
    }

    private static func ended(_ outcome: String, result: String = "null") -> Event {
        Self.event(
            "turn.ended",
            #"{"outcome":"\#(outcome)","result":\#(result),"cost_usd":0.003,"duration_ms":4521}"#
        )
    }

    private static let begin = Self.event("agent.system.init", #"{"session_id":"555a982f","model":"m"}"#)
    private static let text = Self.assistant(#"{"type":"text","text":"I will."}"#)
    private static let tool = Self.assistant(
        #"{"type":"tool_use","id":"u","name":"Write","input":{"file_path":"hello.py"}}"#
    )

    private static func play(_ events: [Event]) -> String {
        var turn = CodeAPITurn(conversation: "before")
        var text = ""
        for (place, event) in events.enumerated() {
            text += turn.frames([event], isOver: place == events.count - 1).map { String(buffer: $0) } ?? ""
        }
        return text
    }

    @Test func `texts and tools come as they are said, and the end has everything`() {
        let result = Self.event(
            "agent.result",
            #"{"type":"result","subtype":"success","is_error":false,"result":"Done.","session_id":"555a982f"}"#
        )
        let said = Self.play([Self.begin, Self.text, Self.tool, result, Self.ended("completed", result: #""Done.""#)])
        let expected = [
            "id: 1", "event: assistant", #"data: {"content":"I will.","tool_name":null}"#, "",
            "id: 2", "event: tool", #"data: {"content":null,"tool_name":"Write"}"#, "",
            "id: 3", "event: done",
            #"data: {"session_id":"555a982f","content":"Done.","cost":0.003,"duration_ms":4521,"num_turns":2,"#
                + #""tools_used":[{"name":"Write","input":{"file_path":"hello.py"}}]}"#,
            "", "",
        ]
        #expect(said == expected.joined(separator: "\r\n"))
    }

    @Test func `text comes in pieces for who wants it, and nothing twice`() {
        func preview(_ event: String) -> Event {
            let line = #"{"type":"stream_event","api_message_id":"m","parent_tool_use_id":null,"event":\#(event)}"#
            return Self.event("agent.stream_event", line)
        }
        let events = [
            preview(#"{"type":"content_block_start","index":0,"content_block":{"type":"text"}}"#),
            preview(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I "}}"#),
            preview(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"wi"}}"#),
            Self.text, Self.ended("completed"),
        ]
        func contents(isInPieces: Bool) -> [String] {
            var turn = CodeAPITurn(conversation: nil, isInPieces: isInPieces)
            let text = events.compactMap { turn.frames([$0], isOver: false).map { String(buffer: $0) } }.joined()
            return text.matches(of: /"content":"([^"]*)"/).map { String($0.1) }
        }
        #expect(contents(isInPieces: true) == ["I ", "wi", "ll."])
        #expect(contents(isInPieces: false) == ["I will."])
    }

    @Test func `what sub-agents say is not part of it`() {
        let inner = Self.assistant(#"{"type":"text","text":"inner"}"#, parent: #""u1""#)
        let said = Self.play([inner, Self.text, Self.ended("completed")])
        #expect(!said.contains("inner") && said.contains(#""content":"I will.","cost""#))
    }

    @Test func `an agent that said nothing tells what it did`() {
        let said = Self.play([Self.tool, Self.ended("completed")])
        #expect(said.contains(#""session_id":"before","content":"Task completed. Tools used: Write""#))
    }

    @Test(arguments: [
        ("failed", #""Overloaded.""#, "Claude SDK error: Overloaded."),
        ("killed", "null", "Claude SDK error: the agent was lost"),
        ("interrupted", "null", "Claude SDK error: the request was interrupted"),
        ("budget", "null", "Claude SDK error: the budget of the request is spent"),
    ])
    func `a turn without an answer ends with its error`(outcome: String, result: String, detail: String) {
        let said = Self.play([Self.ended(outcome, result: result)])
        #expect(said == "id: 1\r\nevent: error\r\ndata: {\"error\":\"\(detail)\"}\r\n\r\n")
    }

    @Test func `a sign of life is a comment with the time`() throws {
        var turn = CodeAPITurn(conversation: nil)
        let beat = try #require(turn.heartbeat(head: EventID(epoch: 1, sequence: 1)).map { String(buffer: $0) })
        #expect(beat.wholeMatch(of: /: ping - \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00:00\r\n\r\n/) != nil)
    }
}
