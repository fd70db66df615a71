import Agent
import Foundation
import Logging
import NIOCore
import Synchronization
import Testing

@testable import App

@Suite struct LogLineTests {
    /// What a logger writes.
    private func lines(_ format: LogFormat, _ body: (Logger) -> Void) -> String {
        let written = Written()
        var logger = Logger(label: "test") { _ in LineLogHandler(format) { written.add($0) } }
        logger[metadataKey: LogKey.sessionID] = "s_1"
        body(logger)
        return written.text
    }

    private final class Written: Sendable {
        private let buffer = Mutex(ByteBuffer())

        var text: String { self.buffer.withLock { String(buffer: $0) } }

        func add(_ line: ByteBuffer) {
            self.buffer.withLock { _ = $0.writeImmutableBuffer(line) }
        }
    }

    @Test func `a line for people has its time, its level, its message and the facts in order`() throws {
        let text = self.lines(.text) { $0.warning("agent exited", metadata: ["exit.code": "1", "a": "two words"]) }
        let pattern =
            #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning  agent exited a="two words" exit\.code=1 session\.id=s_1\n/#
        #expect(try pattern.wholeMatch(in: text) != nil, "\(text)")
    }

    @Test func `a line for programs is one object with the facts under their own names`() throws {
        let text = self.lines(.json) {
            $0.info(
                "request",
                metadata: ["response.status": .stringConvertible(200), "time": "x", "list": ["a", "b"]]
            )
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == "request")
        #expect(object["level"] as? String == "info")
        #expect(object["session.id"] as? String == "s_1")
        #expect(object["response.status"] as? Int == 200)
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["_time"] as? String == "x")
        #expect(object["time"] as? String != "x")
    }

    @Test(arguments: LogFormat.allCases)
    func `nothing in a value begins another line`(format: LogFormat) {
        let text = self.lines(format) { $0.error("one\ntwo", metadata: ["a\nb": "c\nd\u{1B}[2J"]) }
        #expect(text.filter { $0 == "\n" }.count == 1 && text.hasSuffix("\n"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `a value that is too long is cut`() {
        let text = self.lines(.json) {
            $0.info("long", metadata: ["value": "\(String(repeating: "x", count: 100_000))"])
        }
        #expect(text.utf8.count < 5000)
    }

    @Test func `the format follows the output where nothing else is said`() throws {
        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        defer { for descriptor in pipes { close(descriptor) } }
        #expect(LogFormat("auto", for: pipes[1]) == .json)
        #expect(LogFormat("text", for: pipes[1]) == .text)
        #expect(LogFormat("json", for: pipes[1]) == .json)
    }
}
