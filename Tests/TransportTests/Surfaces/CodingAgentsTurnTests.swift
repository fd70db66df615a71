import Actors
import Agent
import NIOCore
import Storage
import Testing

@testable import Transport

/// Events of a turn and the frames they become.
struct CodingAgentsTurnTests {
    private var turn = CodingAgentsTurn(session: "s1", conversation: "c0", limit: nil)
    private let log = EventLog(session: "s1", maximumBytes: 1 << 20)

    private func events(_ drafts: [(String, String)]) -> [Event] {
        self.log.stage(
            drafts.map { type, data in
                EventDraft(
                    type,
                    kind: type == "agent.stream_event" ? .preview : .durable,
                    turn: "t1",
                    data: ByteBuffer(string: data)
                )
            }
        )
    }

    /// The names and data of the frames, without their times.
    private static func frames(_ buffer: ByteBuffer?) -> [String] {
        buffer.map { String(buffer: $0) }?.split(separator: "\n\n").map {
            String($0).replacing(/,"timestamp":"[^"]+"/, with: "").replacing("\ndata: ", with: " ")
                .replacing("event: ", with: "")
        } ?? []
    }

    private static let ended = #"{"outcome":"completed","usage":{"input_tokens":3,"output_tokens":4}}"#

    @Test mutating func `whole messages are shown, those of sub-agents too; previews and echoes are not`() {
        let opening = Self.frames(self.turn.opening())
        #expect(opening == [#"connected {"sessionId":"s1"}"#])
        let preview = #"{"type":"stream_event","parent_tool_use_id":null,"event":{"type":"message_start"}}"#
        let sub =
            #"{"type":"assistant","parent_tool_use_id":"tu","message":{"content":[{"type":"text","text":"sub"}]}}"#
        let said =
            #"{"type":"assistant","parent_tool_use_id":null,"message":{"content":[{"type":"text","text":"done"}]}}"#
        let frames = self.turn.frames(
            self.events([
                ("message.accepted", #"{"message_id":"m1"}"#), ("turn.started", #"{"message_id":"m1"}"#),
                ("agent.system.init", #"{"type":"system","subtype":"init","session_id":"c1"}"#),
                ("agent.user", #"{"type":"user","isReplay":true}"#), ("agent.stream_event", preview),
                ("agent.assistant", sub), ("agent.system.status", #"{"type":"system"}"#),
                ("agent.user", #"{"type":"user","message":{"content":[]}}"#), ("agent.assistant", said),
            ]),
            isOver: false
        )
        func message(_ number: Int, _ conversation: String, _ message: String) -> String {
            #"message {"type":"claude_code_message","sessionId":"\#(conversation)","message":\#(message),"sequence":\#(number)}"#
        }
        #expect(
            Self.frames(frames) == [
                message(1, "c1", #"{"type":"system","subtype":"init","session_id":"c1"}"#), message(2, "c1", sub),
                message(3, "c1", #"{"type":"user","message":{"content":[]}}"#), message(4, "c1", said),
            ]
        )
        let end = self.turn.frames(self.events([("turn.ended", Self.ended)]), isOver: true)
        #expect(Self.frames(end) == [#"complete {"summary":"done","sessionId":"c1"}"#])
    }

    @Test(
        arguments: [
            (#"{"outcome":"completed"}"#, #""Query completed""#),
            (#"{"outcome":"failed"}"#, #""Query completed""#),
            (#"{"outcome":"interrupted"}"#, #"{"error":"Query cancelled by user","session_id":"c0"}"#),
            (
                #"{"outcome":"killed"}"#,
                #"{"error":"Query failed: the agent's process ended before it had answered","session_id":"c0"}"#
            ),
        ]
    )
    func `each end has its words`(end: String, summary: String) {
        var turn = self.turn
        let frames = Self.frames(turn.frames(self.events([("turn.ended", end)]), isOver: true))
        #expect(frames == [#"complete {"summary":\#(summary),"sessionId":"c0"}"#])
    }

    @Test func `a session that ends takes its streams along`() {
        var turn = self.turn
        let frames = Self.frames(turn.frames(self.events([("session.ended", #"{"reason":"deleted"}"#)]), isOver: true))
        let error = #"{"error":"Query failed: the session has ended","session_id":"c0"}"#
        #expect(frames == [#"complete {"summary":\#(error),"sessionId":"c0"}"#])
    }

    @Test func `an error of the CLI ends with what was said last`() {
        var turn = self.turn
        let said = #"{"type":"assistant","message":{"content":[{"type":"text","text":"so far"}]}}"#
        let result = #"{"type":"result","subtype":"error_max_turns","is_error":true,"session_id":"c1","num_turns":10}"#
        let frames = Self.frames(
            turn.frames(
                self.events([
                    ("agent.assistant", said), ("agent.result", result), ("turn.ended", #"{"outcome":"failed"}"#),
                ]),
                isOver: true
            )
        )
        #expect(frames.last == #"complete {"summary":"so far","sessionId":"c1"}"#)
    }

    @Test func `silence and goodbye are said`() {
        var turn = self.turn
        let id = EventID(epoch: 1, sequence: 1)
        #expect(turn.heartbeat(head: id).map { String(buffer: $0) } == ": keepalive\n\n")
        #expect(turn.gap(head: id).map { String(buffer: $0).hasPrefix(":") } == true)
        #expect(Self.frames(turn.draining()).first?.hasPrefix(#"error {"error":"The server shuts down"#) == true)
    }
}
