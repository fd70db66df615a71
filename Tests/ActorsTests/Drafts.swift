import NIOCore

@testable import Actors
@testable import Storage

/// Short ways to say what a test puts into a log.
extension EventDraft {
    static func durable(_ type: String = "test.event", _ data: String = "{}") -> EventDraft {
        EventDraft(type, turn: nil, data: ByteBuffer(string: data))
    }

    /// A whole message: what was previewed is superseded.
    static var whole: EventDraft {
        EventDraft("agent.assistant", turn: nil, data: ByteBuffer(string: "{}"), supersedesPreviews: true)
    }

    static func preview(_ data: String) -> EventDraft {
        EventDraft("agent.stream_event", kind: .preview, turn: nil, data: ByteBuffer(string: data))
    }

    static var messageStart: EventDraft {
        .preview(StreamLine.make(#"{"type":"message_start","message":{}}"#))
    }

    static func blockStart(_ index: Int, _ type: String = "text") -> EventDraft {
        .preview(
            StreamLine.make(#"{"type":"content_block_start","index":\#(index),"content_block":{"type":"\#(type)"}}"#)
        )
    }

    static func text(_ index: Int, _ text: String) -> EventDraft {
        .preview(
            StreamLine.make(
                #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"text_delta","text":"\#(text)"}}"#
            )
        )
    }
}

/// The CLI's `stream_event` lines.
enum StreamLine {
    static func make(_ event: String, message: String = "msg_1", more: String = "") -> String {
        #"{"type":"stream_event","event":\#(event),"parent_tool_use_id":null,"api_message_id":"\#(message)"\#(more)}"#
    }
}

extension EventLog {
    /// Everything that is still here.
    var everything: [Event] { self.page(after: 0, maximumBytes: .max).events }
}

extension PartialMessage {
    var json: String {
        var buffer = ByteBuffer()
        self.write(to: &buffer)
        return String(buffer: buffer)
    }
}
