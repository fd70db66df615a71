import NIOCore
import Testing

@testable import StubMessagesAPI

@Suite
struct ReplyStreamTests {
    /// Everything that is due at `now`, made in pieces of `limit` bytes.
    private func read(
        _ stream: inout ReplyStream,
        limit: Int = 1 << 20,
        now: NIODeadline = .uptimeNanoseconds(0)
    ) -> (text: String, progress: ReplyStream.Progress) {
        var text = ""
        while true {
            var piece = ByteBuffer()
            let progress = stream.write(to: &piece, limit: limit, now: now)
            text += String(buffer: piece)
            if progress != .more { return (text, progress) }
        }
    }

    private func stream(_ reply: Reply) -> ReplyStream {
        ReplyStream(reply, writer: MessageWriter(model: "m", bodyBytes: 400))
    }

    private func events(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
    }

    @Test func `the events come as the API sends them`() {
        var stream = self.stream(
            Reply(
                blocks: [.thinking(1), .tool(name: "Bash", input: #"{"command":"ls"}"#)],
                ending: .stop(reason: "tool_use")
            )
        )
        let (text, progress) = self.read(&stream)
        #expect(progress == .finish)
        #expect(
            self.events(text) == [
                "message_start", "ping",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop",
                "message_delta", "message_stop",
            ]
        )
        #expect(text.contains(#""partial_json":"{\"command\":\"ls\"}""#))
        #expect(text.contains(#""stop_reason":"tool_use""#))
    }

    @Test(arguments: [1, 100, 65536])
    func `a reply is the same whatever the size of its pieces`(limit: Int) {
        let reply = Reply(blocks: [.text("a\"b\\c\nd\u{0}e é 👩‍👩‍👧‍👦", piece: 2), .tokens(50), .filler(1000, piece: 300)])
        let writer = MessageWriter(model: "m", bodyBytes: 400)
        var whole = ReplyStream(reply, writer: writer)
        var pieces = ReplyStream(reply, writer: writer)
        #expect(self.read(&pieces, limit: limit) == self.read(&whole))
    }

    @Test func `tokens come at their rate and never drift`() {
        var stream = self.stream(Reply(blocks: [.tokens(.max)], rate: 100))
        let start = NIODeadline.uptimeNanoseconds(0)
        #expect(self.read(&stream, now: start).progress == .wait(until: start + .milliseconds(10)))
        #expect(self.read(&stream, now: start + .milliseconds(9)).text.isEmpty)
        let late = self.read(&stream, now: start + .milliseconds(35))
        #expect(self.events(late.text).count == 3)
        #expect(late.progress == .wait(until: start + .milliseconds(40)))
    }

    @Test(arguments: [(Reply.Ending.error, ReplyStream.Progress.finish), (.drop, .drop), (.stall, .stall)])
    func `a cut reply has no end`(ending: Reply.Ending, expected: ReplyStream.Progress) {
        var stream = self.stream(Reply(blocks: [.tokens(2)], ending: ending))
        let (text, progress) = self.read(&stream)
        #expect(progress == expected)
        #expect(!text.contains("message_stop"))
        #expect(text.contains("overloaded_error") == (ending == .error))
    }
}
