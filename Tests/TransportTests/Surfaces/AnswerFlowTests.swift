import Actors
import NIOCore
import Storage
import Testing

@testable import Transport

/// What is new in an answer, from previews and whole messages in the orders in which the CLI writes them.
struct AnswerFlowTests {
    private static func flow(_ lines: [String], _ flow: AnswerFlow = AnswerFlow()) -> [AnswerFlow.Step] {
        var flow = flow
        return lines.flatMap { flow.take(AgentEvents.event($0)) } + flow.finish()
    }

    @Test func `a text block is shown as it is written and ends with its whole`() {
        #expect(
            Self.flow(TestAgent.message(["Hello, ", "world."], number: 1))
                == [.began(.text), .delta(.text, "Hello, "), .delta(.text, "world."), .ended(.text, signature: nil)]
        )
    }

    @Test func `what previews have not shown comes with the whole`() {
        let lines = TestAgent.message(["Hello, ", "world."], number: 1)
        let none = [lines.last ?? ""]
        #expect(
            Self.flow(none) == [.began(.text), .delta(.text, "Hello, world."), .ended(.text, signature: nil)]
        )
        // Superseded previews leave the log from the back of what a slow reader has seen.
        let some = Array(lines.prefix(3)) + none
        #expect(
            Self.flow(some)
                == [.began(.text), .delta(.text, "Hello, "), .delta(.text, "world."), .ended(.text, signature: nil)]
        )
        #expect(Self.flow(none + none).filter { $0 == .began(.text) }.count == 2, "two lines are two blocks")
    }

    @Test func `after a gap nothing is shown before the whole`() {
        let lines = TestAgent.message(["one ", "two ", "three"], number: 1)
        var flow = AnswerFlow()
        var steps = lines[0..<3].flatMap { flow.take(AgentEvents.event($0)) }
        flow.gap()
        steps += lines[4...].flatMap { flow.take(AgentEvents.event($0)) } + flow.finish()
        #expect(
            steps == [.began(.text), .delta(.text, "one "), .delta(.text, "two three"), .ended(.text, signature: nil)]
        )
    }

    @Test func `thinking, text and a call of one message come in their order`() {
        let tool = #"{"type":"tool_use","id":"tu1","name":"Bash","input":{"command":"ls"}}"#
        let lines = [
            AgentEvents.start(1, 0, "thinking"), AgentEvents.delta(1, 0, "thinking", "hm"),
            AgentEvents.whole(1, #"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#),
            AgentEvents.start(1, 1, "text"), AgentEvents.delta(1, 1, "text", "I look."),
            AgentEvents.whole(1, #"{"type":"text","text":"I look."}"#),
            AgentEvents.start(1, 2, "tool_use"), AgentEvents.whole(1, tool),
            AgentEvents.start(2, 0, "text"), AgentEvents.delta(2, 0, "text", "Done."),
            AgentEvents.whole(2, #"{"type":"text","text":"Done."}"#),
        ]
        let steps = Self.flow(lines)
        #expect(steps.count == 10)
        #expect(
            Array(steps.prefix(6)) == [
                .began(.thinking), .delta(.thinking, "hm"), .ended(.thinking, signature: "c2ln"), .began(.text),
                .delta(.text, "I look."), .ended(.text, signature: nil),
            ]
        )
        guard case .tool(let call) = steps[6] else {
            Issue.record("\(steps[6])")
            return
        }
        #expect(call.id == "tu1" && call.name == "Bash" && String(buffer: call.input) == #"{"command":"ls"}"#)
        #expect(Array(steps.suffix(3)) == [.began(.text), .delta(.text, "Done."), .ended(.text, signature: nil)])
    }

    @Test func `what the CLI gives up ends where it was, and goes on if the next begins the same`() {
        let broken = [
            AgentEvents.start(1, 0, "text"), AgentEvents.delta(1, 0, "text", "w0 w1"),
            #"{"type":"stream_event","api_message_id":"msg_1","parent_tool_use_id":null,"event":{"type":"message_stop"},"#
                + #""abandoned_blocks":{"api_message_id":"msg_1","from_block_index":0}}"#,
        ]
        #expect(
            Self.flow(broken + [TestAgent.assistant("recovered", number: 2)]) == [
                .began(.text), .delta(.text, "w0 w1"), .ended(.text, signature: nil), .began(.text),
                .delta(.text, "recovered"), .ended(.text, signature: nil),
            ]
        )
        #expect(
            Self.flow(broken + [TestAgent.assistant("w0 w1 w2", number: 2)]) == [
                .began(.text), .delta(.text, "w0 w1"), .delta(.text, " w2"), .ended(.text, signature: nil),
            ]
        )
        #expect(Self.flow(broken).last == .ended(.text, signature: nil))
    }

    @Test func `neither sub-agents nor the CLI's own words about an error are shown`() {
        let sub =
            #"{"type":"assistant","parent_tool_use_id":"tu1","message":{"id":"m","content":[{"type":"text","text":"x"}]}}"#
        let error =
            #"{"type":"assistant","parent_tool_use_id":null,"error":"rate_limit","is_api_error_message":true,"#
            + #""message":{"id":"m","content":[{"type":"text","text":"API Error"}]}}"#
        #expect(Self.flow([sub, error]).isEmpty)
    }
}

/// Lines of the agent as the events of a turn.
enum AgentEvents {
    static func event(_ line: String, turn: String = "t_1") -> Event {
        let type = line.contains(#""type":"stream_event""#) ? "stream_event" : Self.type(line)
        return Self.event("agent.\(type)", line, turn: turn)
    }

    static func event(_ type: String, _ data: String, turn: String = "t_1") -> Event {
        let draft = EventDraft(type, turn: turn, data: ByteBuffer(string: data))
        let log = EventLog(session: "s1", maximumBytes: 1 << 20)
        log.append([draft])
        return log.page(after: 0, maximumBytes: .max).events[0]
    }

    static func start(_ message: Int, _ index: Int, _ type: String) -> String {
        let block = #"{"type":"\#(type)"}"#
        return TestAgent.preview(
            message,
            #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
        )
    }

    static func delta(_ message: Int, _ index: Int, _ kind: String, _ text: String) -> String {
        let delta = #"{"type":"\#(kind)_delta","\#(kind)":"\#(text)"}"#
        return TestAgent.preview(message, #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#)
    }

    static func whole(_ message: Int, _ block: String) -> String {
        #"{"type":"assistant","parent_tool_use_id":null,"message":{"id":"msg_\#(message)","content":[\#(block)]}}"#
    }

    private static func type(_ line: String) -> String {
        ["assistant", "result", "user"].first { line.hasPrefix(#"{"type":"\#($0)""#) } ?? "other"
    }
}
