import Foundation
import NIOCore
import SystemPackage
import Testing

@testable import Agent

@Suite struct LineFramerTests {
    /// Separators of other systems inside strings, CRLF, empty lines, a line of 40 bytes, a truncated end.
    static let input = Array(
        "{\"a\":1}\n\n{\"s\":\"x\u{2028}y\u{85}z\"}\r\n\r\n{\"long\":\"\(String(repeating: "é", count: 15))\"}\nend"
            .utf8
    )

    @Test(arguments: 1...Self.input.count)
    func `lines are the same whatever the chunk size`(size: Int) throws {
        let chunks = stride(from: 0, to: Self.input.count, by: size).map {
            Array(Self.input[$0..<min($0 + size, Self.input.count)])
        }
        try self.expectUsualLines(chunks)
    }

    @Test func `lines are the same whatever the single cut`() throws {
        for cut in 0...Self.input.count {
            try self.expectUsualLines([Array(Self.input[..<cut]), Array(Self.input[cut...])])
        }
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 20, 100])
    func `a line over the limit goes to a file and the next is fine again`(size: Int) throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let limit = 8
        let lines = ["12345678", "123456789", "a", String(repeating: "x", count: 50), "b", "1234567"]
        let input = Array(lines.joined(separator: "\n").utf8) + [0x0A]
        var framer = LineFramer(maximumLineBytes: limit, spillDirectory: directory.path)
        var framed: [FramedLine] = []
        for start in stride(from: 0, to: input.count, by: size) {
            framer.append(ByteBuffer(bytes: input[start..<min(start + size, input.count)]), to: &framed)
        }
        let isCut = framer.finish()
        #expect(isCut == false)
        try #require(framed.count == lines.count)
        for (line, expected) in zip(framed, lines) {
            switch line {
            case .line(let bytes):
                #expect(expected.utf8.count <= limit)
                #expect(String(buffer: bytes) == expected)
            case .spilled(let path, let count, let prefix):
                #expect(expected.utf8.count > limit)
                #expect(count == expected.utf8.count)
                #expect(String(buffer: prefix) == expected)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == expected)
            }
        }
        #expect(try directory.contents.count == 2)
    }

    @Test func `a spilled line that never ends leaves no file`() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        var framer = LineFramer(maximumLineBytes: 4, spillDirectory: directory.path)
        var framed: [FramedLine] = []
        framer.append(ByteBuffer(string: "123456"), to: &framed)
        #expect(try directory.contents.count == 1)
        let isCut = framer.finish()
        #expect(isCut)
        #expect(framed.isEmpty)
        #expect(try directory.contents.isEmpty)
    }

    @Test func `a spill that cannot be written costs the line and nothing else`() throws {
        var framer = LineFramer(maximumLineBytes: 4, spillDirectory: "/nonexistent")
        var framed: [FramedLine] = []
        framer.append(ByteBuffer(string: "123456\nok\n"), to: &framed)
        #expect(framed == [.spilled(path: "", bytes: 6, prefix: ByteBuffer(string: "123456")), .line(json("ok"))])
    }

    @Test func `a spilled line becomes a marker that is JSON`() throws {
        let text = "{\"text\":\"" + String(repeating: "ü", count: 2000)
        let line = try #require(AgentLine(.spilled(path: "/x", bytes: 99, prefix: ByteBuffer(string: text))))
        #expect(line.kind == .spilled(path: "/x", bytes: 99))
        #expect(line.eventType == "agent.spilled")
        let marker = try #require(JSONObject(line.bytes))
        #expect(marker.bool("truncated") == true)
        #expect(marker.int("bytes") == 99)
        #expect(try #require(marker.string("prefix")).hasPrefix("{\"text\":\"üü"))
        #expect(line.bytes.readableBytes < 1200)
    }

    private func expectUsualLines(_ chunks: [[UInt8]]) throws {
        var framer = LineFramer(spillDirectory: "/nonexistent")
        var framed: [FramedLine] = []
        for chunk in chunks { framer.append(ByteBuffer(bytes: chunk), to: &framed) }
        let expected = Self.input.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
        #expect(framed == expected.map { .line(ByteBuffer(bytes: $0)) })
        #expect(framed.compactMap { AgentLine($0) }.map(\.kind) == [.message, .message, .message])
        let isCut = framer.finish()
        #expect(isCut)
    }
}

/// A directory of its own under the system's, removed by who made it.
struct TemporaryDirectory {
    let path: FilePath

    init() throws {
        self.path = FilePath("/tmp/agent-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: self.path.string, withIntermediateDirectories: true)
    }

    var contents: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: self.path.string) }
    }

    func remove() { try? FileManager.default.removeItem(atPath: self.path.string) }
}
