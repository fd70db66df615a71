import Storage
import Testing

@testable import Transport

/// The text of a turn, however much of its previews a reader sees.
struct ResponseTextTests {
    private static func pieces(_ lines: [String], seen: (Event) -> Bool = { _ in true }) -> [ResponseText.Piece] {
        var spoken = ResponseText()
        let events = TurnEvents(lines)
        return events.all.filter(seen).flatMap { spoken.take($0) } + spoken.finish()
    }

    @Test func `previews are told as they come, and the whole says nothing again`() {
        let pieces = Self.pieces(TestAgent.message(["Hel", "lo"], number: 1))
        #expect(pieces == [.began, .text("Hel"), .text("lo"), .ended("Hello")])
    }

    @Test func `what previews did not show comes with the whole`() {
        let lines = TestAgent.message(["Hel", "lo"], number: 1)
        let whole: [ResponseText.Piece] = [.began, .text("Hello"), .ended("Hello")]
        #expect(Self.pieces(lines) { $0.kind == .durable } == whole)
        // The stream began in the middle of the message.
        #expect(Self.pieces(lines) { $0.position > 5 } == whole)
    }

    @Test func `after a hole the rest comes with the whole`() {
        var spoken = ResponseText()
        let events = TurnEvents(TestAgent.message(["a", "b", "c"], number: 1)).all
        var pieces: [ResponseText.Piece] = []
        for event in events {
            // The second piece was missed.
            if event.position == 6 { spoken.gap() } else { pieces += spoken.take(event) }
        }
        #expect(pieces == [.began, .text("a"), .text("bc"), .ended("abc")])
    }

    @Test func `a message that is given up is withdrawn, and what is said instead is told`() {
        let lines =
            Array(TestAgent.message(["w0 ", "w1"], number: 1).prefix(4)) + [TurnLine.abandoned(1)]
            + [TestAgent.assistant("again", number: 2)]
        #expect(
            Self.pieces(lines) == [
                .began, .text("w0 "), .text("w1"), .withdrawn, .began, .text("again"), .ended("again"),
            ]
        )
        // The same where the CLI says nothing of giving up.
        let silent = lines.filter { !$0.contains("abandoned") }
        #expect(Self.pieces(silent) == Self.pieces(lines))
    }

    @Test func `a process that dies leaves what it had said`() {
        let lines = Array(TestAgent.message(["w0 ", "w1"], number: 1).prefix(4))
        #expect(Self.pieces(lines) == [.began, .text("w0 "), .text("w1"), .ended("w0 w1")])
    }

    @Test func `what was cut off in mid-word is told once`() {
        let lines = Array(TestAgent.message(["w0 ", "w1"], number: 1).prefix(4))
        #expect(Self.pieces(lines + [TestAgent.assistant("w0 w1", number: 1)]).last == .ended("w0 w1"))
        #expect(Self.pieces(lines + [TestAgent.assistant("w0 ", number: 1)]).last == .ended("w0 "))
    }

    @Test func `sub-agents, thinking and the CLI's words about errors are left out`() {
        let think = #"{"type":"thinking_delta","thinking":"hm"}"#
        let lines = [
            TestAgent.assistant("sub", number: 7).replacing("null", with: "\"toolu_1\""),
            TestAgent.preview(1, #"{"type":"message_start"}"#),
            TestAgent.preview(1, #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking"}}"#),
            TestAgent.preview(1, #"{"type":"content_block_delta","index":0,"delta":\#(think)}"#),
            #"{"type":"assistant","parent_tool_use_id":null,"error":"server_error","message":{"id":"msg_9","content":[{"type":"text","text":"API Error"}]}}"#,
        ]
        #expect(Self.pieces(lines).isEmpty)
    }

    @Test func `two blocks of a message are two`() {
        func block(_ index: Int, _ text: String) -> [String] {
            [
                TestAgent.preview(
                    1,
                    #"{"type":"content_block_start","index":\#(index),"content_block":{"type":"text"}}"#
                ),
                TestAgent.preview(
                    1,
                    #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"text_delta","text":"\#(text)"}}"#
                ),
            ]
        }
        let begin = TestAgent.preview(1, #"{"type":"message_start"}"#)
        let told: [ResponseText.Piece] = [.began, .text("a"), .ended("a"), .began, .text("b"), .ended("b")]
        let (first, second) = (TestAgent.assistant("a", number: 1), TestAgent.assistant("b", number: 1))
        #expect(Self.pieces([begin] + block(0, "a") + [first] + block(2, "b") + [second]) == told)
        #expect(Self.pieces([begin] + block(0, "a") + block(2, "b") + [first, second]) == told)
    }
}
