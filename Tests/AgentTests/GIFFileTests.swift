import Testing

@testable import Agent

@Suite struct GIFFileTests {
    private static let screen = Array("GIF89a".utf8) + [2, 0, 1, 0, 0, 0, 0]
    private static let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0]
    private static let data: [UInt8] = [2, 1, 0x44, 0]
    private static let comment: [UInt8] = [0x21, 0xFE, 2, 0x3B, 0x3B, 0]
    private static let end: [UInt8] = [0x3B]

    @Test func `frames and extensions are walked over`() throws {
        let large: [UInt8] = [0x2C, 3, 0, 0, 1, 2, 0, 1, 0, 0x80, 1, 2, 3, 4, 5, 6]
        let parts = [Self.screen, Self.comment, Self.frame, Self.data, large, Self.data, Self.end]
        #expect(try GIFFile(Array(parts.joined())).size == ImageSize(width: 5, height: 257))
    }

    static let broken: [(String, [[UInt8]])] = [
        ("no frame", [screen, comment, end]), ("no data", [screen, frame, [2, 0], end]),
        ("no end", [screen, frame, data]), ("an unknown block", [screen, [0x2D], frame, data, end]),
        ("a code size too large", [screen, frame, [9, 1, 0x44, 0], end]),
        ("an empty screen", [Array("GIF87a".utf8) + [0, 0, 1, 0, 0, 0, 0], frame, data, end]),
        ("an empty frame", [screen, [0x2C, 0, 0, 0, 0, 2, 0, 0, 0, 0], data, end]),
        ("a colour table that takes the rest", [Array("GIF89a".utf8) + [2, 0, 1, 0, 0x87, 0, 0], frame, data, end]),
    ]

    @Test(arguments: Self.broken)
    func `what is out of order is refused`(name: String, parts: [[UInt8]]) {
        #expect(throws: MediaFlaw.self) { try GIFFile(Array(parts.joined())) }
    }
}
