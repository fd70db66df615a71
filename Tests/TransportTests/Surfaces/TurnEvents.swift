import Agent
import NIOCore
import Storage

@testable import Transport

/// The events of one turn, made of the lines that a CLI prints: what projections are tested with.
struct TurnEvents {
    static let turn = "t_1"

    private(set) var all: [Event] = []
    private var sequence: UInt64 = 0

    init() {}

    /// A prompt, its turn, some lines in it, and its end.
    init(_ lines: [String], outcome: String = "completed", message: String = "m_1") {
        self.server("message.accepted", #"{"message_id":"\#(message)","content":"hi"}"#)
        self.server("turn.started", #"{"message_id":"\#(message)"}"#)
        for line in lines { self.print(line) }
        self.server(
            "turn.ended",
            #"{"message_id":"\#(message)","outcome":"\#(outcome)","usage":{"input_tokens":3,"output_tokens":2},"result":"why"}"#
        )
    }

    /// What is left after a restart.
    var durable: [Event] { self.all.filter { $0.kind == .durable } }

    /// A line of the CLI.
    mutating func print(_ line: String) {
        let object = JSONObject(ByteBuffer(string: line))
        let type = object?.string("type") ?? ""
        self.add("agent.\(type)", line, kind: type == "stream_event" ? .preview : .durable)
    }

    /// An event of the server's own.
    mutating func server(_ type: String, _ data: String) {
        self.add(type, data, kind: .durable)
    }

    private mutating func add(_ type: String, _ data: String, kind: Event.Kind) {
        if kind == .durable { self.sequence += 1 }
        self.all.append(
            Event(
                position: UInt64(self.all.count + 1),
                id: EventID(epoch: 1, sequence: self.sequence),
                kind: kind,
                type: type,
                turn: Self.turn,
                envelope: ByteBuffer(string: #"{"type":"\#(type)","data":\#(data)}"#),
                offset: 0
            )
        )
    }
}

/// Lines of the CLI that the tests of surfaces print beside those of `TestAgent`.
enum TurnLine {
    /// What the CLI says of a message that it gives up (PROTOCOL §6.4).
    static func abandoned(_ number: Int, from index: Int = 0) -> String {
        #"{"type":"stream_event","parent_tool_use_id":null,"event":{"type":"message_stop"},"#
            + #""abandoned_blocks":{"api_message_id":"msg_\#(number)","from_block_index":\#(index)}}"#
    }

    /// The end of a turn.
    static func result(_ text: String, reason: String = "completed", more: String = "") -> String {
        #"{"type":"result","subtype":"success","is_error":\#(reason != "completed"),"terminal_reason":"\#(reason)","#
            + #""result":"\#(text)","num_turns":1,"session_id":"c1"\#(more)}"#
    }
}
