import Testing

@testable import Agent

@Suite struct JPEGFileTests {
    private static let start: [UInt8] = [0xFF, 0xD8]
    private static let frame: [UInt8] = [0xFF, 0xC2, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0]
    private static let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
    private static let end: [UInt8] = [0xFF, 0xD9]

    @Test func `scans, restarts, stuffed and filling bytes are walked over`() throws {
        let bytes: [[UInt8]] = [
            Self.start, [0xFF, 0xE0, 0, 4, 0xFF, 0xD9], [0xFF, 0xFF], Self.frame, [0xFF, 0xC4, 0, 2], Self.scan,
            [1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF, 0xD7, 4], Self.scan, [5, 0xFF], Self.end,
        ]
        #expect(try JPEGFile(Array(bytes.joined())).size == ImageSize(width: 3, height: 2))
    }

    static let broken: [(String, [[UInt8]])] = [
        ("no frame", [start, scan, [1], end]), ("no scan", [start, frame, end]),
        ("an empty scan", [start, frame, scan, end]), ("only restarts", [start, frame, scan, [0xFF, 0xD0], end]),
        ("two frames", [start, frame, frame, scan, [1], end]), ("no end", [start, frame, scan, [1, 2, 3]]),
        ("another start", [start, start, frame, scan, [1], end]),
        ("the end inside a segment", [start, frame, scan, [1], [0xFF, 0xE0, 0, 4], end]),
        ("a segment shorter than its length", [start, [0xFF, 0xE0, 0, 1], frame, scan, [1], end]),
        ("bytes between segments", [start, [1], frame, scan, [1], end]),
        ("a restart outside a scan", [start, [0xFF, 0xD0], frame, scan, [1], end]),
        ("no height", [start, [0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 3, 1, 1, 0x11, 0], scan, [1], end]),
        ("no width", [start, [0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 0, 1, 1, 0x11, 0], scan, [1], end]),
        ("components missing", [start, [0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 3, 3, 1, 0x11, 0], scan, [1], end]),
        ("a lossless frame", [start, [0xFF, 0xC3, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0], scan, [1], end]),
        ("a broken scan", [start, frame, [0xFF, 0xDA, 0, 8, 2, 1, 0, 0, 63, 0], [1], end]),
    ]

    @Test(arguments: Self.broken)
    func `what is out of order is refused`(name: String, parts: [[UInt8]]) {
        #expect(throws: MediaFlaw.self) { try JPEGFile(Array(parts.joined())) }
    }
}
