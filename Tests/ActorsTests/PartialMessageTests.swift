import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite struct PartialMessageTests {
    /// What the previews of a log add up to.
    private static func partial(_ drafts: [EventDraft]) -> PartialMessage {
        let log = EventLog(session: "s_1", maximumBytes: 64 << 20)
        log.append(drafts)
        var partial = PartialMessage()
        for event in log.everything { partial.apply(event) }
        return partial
    }

    @Test func `nothing written is null`() {
        #expect(PartialMessage().json == "null")
        #expect(Self.partial([.messageStart]).json == "null")
    }

    @Test func `blocks grow by their deltas`() {
        let partial = Self.partial([
            .messageStart, .blockStart(0, "thinking"),
            .preview(
                StreamLine.make(
                    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#
                )
            ),
            .blockStart(1), .text(1, "a"), .text(1, #"\"b\""#), .blockStart(2, "tool_use"),
            .preview(
                StreamLine.make(
                    #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"c"}}"#
                )
            ),
        ])
        #expect(
            partial.json
                == #"{"message_id":"msg_1","blocks":[{"index":0,"type":"thinking","text":"hm"},"#
                + #"{"index":1,"type":"text","text":"a\"b\""},{"index":2,"type":"tool_use","text":"{\"c"}]}"#
        )
    }

    @Test func `a new message begins without the blocks of the one before`() {
        let partial = Self.partial([
            .messageStart, .blockStart(0), .text(0, "old"), .messageStart, .blockStart(0), .text(0, "new"),
        ])
        #expect(partial.blocks.map(\.text) == ["new"])
    }

    @Test(arguments: [(0, []), (1, ["a"]), (2, ["a", "b"])] as [(Int, [String])])
    func `abandoned blocks are withdrawn`(first: Int, left: [String]) {
        let stop = StreamLine.make(
            #"{"type":"message_stop"}"#,
            more: #","abandoned_blocks":{"api_message_id":"msg_1","from_block_index":\#(first)}"#
        )
        let partial = Self.partial([
            .messageStart, .blockStart(0), .text(0, "a"), .blockStart(1), .text(1, "b"), .preview(stop),
        ])
        #expect(partial.blocks.map(\.text) == left)
    }

    @Test(
        arguments: [
            #"{"type":"stream_event"}"#, #"{"type":"stream_event","event":null}"#, "[]", "\"x\"",
            StreamLine.make(#"{"type":"content_block_delta","index":7,"delta":{"text":"nowhere"}}"#),
            StreamLine.make(#"{"type":"content_block_delta","index":"0","delta":{"text":"x"}}"#),
            StreamLine.make(#"{"type":"content_block_delta","index":0,"delta":"x"}"#),
            StreamLine.make(#"{"type":"content_block_start","index":9e99}"#),
            StreamLine.make(#"{"type":"of a later version"}"#),
            StreamLine.make(#"{"type":"content_block_stop","index":0}"#),
            #"{"event":{"type":"message_start"},"parent_tool_use_id":"toolu_1","api_message_id":"msg_9"}"#,
        ]
    )
    func `what is odd or a sub-agent's is passed over`(line: String) {
        let whole: [EventDraft] = [.messageStart, .blockStart(0), .text(0, "a")]
        #expect(Self.partial(whole + [.preview(line)]) == Self.partial(whole))
    }

    @Test func `a message without end is kept up to its bound, the next one again`() {
        let big = String(repeating: "x", count: 1 << 20)
        let flood = [.messageStart, .blockStart(0)] + (0..<8).map { _ in EventDraft.text(0, big) }
        let partial = Self.partial(flood)
        #expect(partial.blocks[0].text.utf8.count == 4 << 20)
        #expect(Self.partial(flood + [.messageStart, .blockStart(0), .text(0, "next")]).blocks.map(\.text) == ["next"])
    }

    @Test func `blocks without end are bounded too`() {
        var partial = PartialMessage()
        let log = EventLog(session: "s_1", maximumBytes: 64 << 20)
        log.append([.blockStart(0, String(repeating: "t", count: 1000))])
        guard let event = log.everything.first else { return }
        for _ in 0..<6000 { partial.apply(event) }
        #expect(partial.blocks.count < 5000)
    }
}
