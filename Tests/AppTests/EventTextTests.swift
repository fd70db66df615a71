import NIOCore
import Testing
import Transport

@testable import App

/// What people read of events.
@Suite struct EventTextTests {
    private static func event(_ type: String, _ data: String) throws -> Transport.ServerEvent {
        let event = Transport.ServerEvent(ByteBuffer(string: #"{"type":"\#(type)","data":\#(data)}"#))
        return try #require(event)
    }

    private static func delta(_ text: String) throws -> Transport.ServerEvent {
        let delta = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#
        return try Self.event("agent.stream_event", #"{"event":\#(delta),"parent_tool_use_id":null}"#)
    }

    private static func message(_ text: String) throws -> Transport.ServerEvent {
        try Self.event("agent.assistant", #"{"message":{"content":[{"type":"text","text":"\#(text)"}]}}"#)
    }

    @Test func `what previews have drawn is not said again`() throws {
        var text = EventText(isFull: false)
        #expect(text.pieces(of: try Self.delta("Hel")) == [.words("Hel")])
        #expect(text.pieces(of: try Self.delta("lo")) == [.words("lo")])
        #expect(text.pieces(of: try Self.message("Hello, world")) == [.words(", world"), .words("\n")])
        #expect(text.pieces(of: try Self.message("More")) == [.words("More"), .words("\n")])
    }

    @Test func `a note stands on a line of its own, and what was cut begins again`() throws {
        var text = EventText(isFull: false)
        _ = text.pieces(of: try Self.delta("Hel"))
        let ended = try Self.event("turn.ended", #"{"outcome":"interrupted"}"#)
        #expect(text.pieces(of: ended) == [.words("\n"), .note("turn interrupted")])
        _ = text.pieces(of: try Self.delta("Hel"))
        #expect(text.pieces(of: try Self.event("stream.hello", "{}")) == [.words("\n")])
        #expect(text.pieces(of: try Self.message("Hello")) == [.words("Hello"), .words("\n")])
    }

    @Test func `nothing that a terminal would obey gets through`() throws {
        var text = EventText(isFull: true)
        #expect(text.pieces(of: try Self.delta(#"a\u001b[31mb\u0007\u009bc"#)) == [.words("a[31mbc")])
        let asked = try Self.event("approval.requested", #"{"id":"a_1","tool":"Bash","input":{"x":"\u001b]0;x"}}"#)
        for case .note(let note) in text.pieces(of: asked) { #expect(!note.contains("\u{1B}")) }
    }

    @Test func `words of sub-agents are theirs`() throws {
        var text = EventText(isFull: true)
        let data = #"{"parent_tool_use_id":"t","message":{"content":[{"type":"text","text":"sub"}]}}"#
        #expect(text.pieces(of: try Self.event("agent.assistant", data)).isEmpty)
    }
}
