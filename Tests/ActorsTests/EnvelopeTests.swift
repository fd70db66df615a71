import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite struct EnvelopeTests {
    private static let at = "2026-11-21T10:30:00.123Z"

    private static func envelope(_ draft: EventDraft, id: EventID?) -> String {
        String(buffer: Envelope.event(draft, session: "s_1", id: id, at: Self.at))
    }

    @Test func `a durable event is written with its id`() {
        let draft = EventDraft("agent.assistant", turn: "t_1", data: ByteBuffer(string: #"{"a":1}"#))
        #expect(
            Self.envelope(draft, id: EventID(epoch: 1, sequence: 42))
                == #"{"id":"1.42","session":"s_1","turn":"t_1","type":"agent.assistant","at":"\#(Self.at)","#
                + #""durable":true,"data":{"a":1}}"#
        )
    }

    @Test func `a preview has no id, and an event outside a turn no turn`() {
        let draft = EventDraft("agent.stream_event", kind: .preview, turn: nil, data: ByteBuffer(string: "{}"))
        #expect(
            Self.envelope(draft, id: nil)
                == #"{"session":"s_1","type":"agent.stream_event","at":"\#(Self.at)","durable":false,"data":{}}"#
        )
    }

    @Test(
        arguments: [
            #"{ "spaces" :  [1 , 2.50e3] }"#, #"{"text":"A\u0041é\u2028😀\/","n":1.0,"n":2}"#, #""only a string""#,
            "null",
        ]
    )
    func `the payload is embedded byte for byte`(payload: String) {
        var data = ByteBuffer(string: "skipped" + payload + "beyond")
        data.moveReaderIndex(forwardBy: 7)
        data.moveWriterIndex(to: data.writerIndex - 6)
        let envelope = Self.envelope(EventDraft("x", turn: nil, data: data), id: nil)
        #expect(envelope.hasSuffix(#","data":"# + payload + "}"))
        #expect(data.readableBytes == payload.utf8.count)
    }

    @Test func `a type that the child chose cannot break out of its string`() {
        let envelope = Self.envelope(EventDraft(#"agent."\#u{0}\"#, turn: nil, data: ByteBuffer(string: "1")), id: nil)
        #expect(envelope.contains(#""type":"agent.\"\u0000\\","#))
    }

    @Test func `a frame is of no history`() {
        let frame = String(buffer: Envelope.frame("stream.synced", session: "s_1", data: ByteBuffer(string: "{}")))
        #expect(frame.hasPrefix(#"{"session":"s_1","type":"stream.synced","at":"2"#))
        #expect(frame.hasSuffix(#"Z","durable":false,"data":{}}"#))
        #expect(
            String(buffer: Envelope.frame("stream.bye", session: nil, data: ByteBuffer(string: "{}")))
                .hasPrefix(#"{"type":"stream.bye","#)
        )
    }
}
