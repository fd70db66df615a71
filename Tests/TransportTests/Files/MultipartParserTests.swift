import NIOCore
import Testing

@testable import Transport

/// `MultipartParser`.
@Suite struct MultipartParserTests {
    private struct Part: Equatable {
        let name: String
        let fileName: String?
        let text: String
    }

    private static let form = """
        --B0undary\r
        Content-Disposition: form-data; name="path"\r
        \r
        some/where\r
        --B0undary\r
        content-disposition: form-data; filename="a \\"b\\".txt"; name=file\r
        Content-Type: text/plain\r
        \r
        first\r
        --B0undaryNot quite\r
        --B0undar\r
        \r\n-\r
        --B0undary \t\r
        Content-Disposition: form-data; name="file"; filename="empty"\r
        \r
        \r
        --B0undary\r
        Content-Disposition: form-data; name="file"; filename="nothing"\r
        \r
        --B0undary--\r
        what comes after is nobody's
        """
    private static let parts = [
        Part(name: "path", fileName: nil, text: "some/where"),
        Part(name: "file", fileName: #"a "b".txt"#, text: "first\r\n--B0undaryNot quite\r\n--B0undar\r\n\r\n-"),
        Part(name: "file", fileName: "empty", text: ""), Part(name: "file", fileName: "nothing", text: ""),
    ]

    private static func read(_ text: String, _ size: Int, boundary: String = "B0undary") throws -> [Part] {
        var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\(boundary)")
        var parts: [Part] = []
        var current: MultipartHeaders?
        var bytes = ByteBuffer()
        var body = ByteBuffer(string: text)
        while body.readableBytes > 0 {
            let piece = body.readSlice(length: min(size, body.readableBytes)) ?? ByteBuffer()
            for event in try parser.receive(piece) {
                switch event {
                case .began(let headers): (current, bytes) = (headers, ByteBuffer())
                case .bytes(let more): bytes.writeImmutableBuffer(more)
                case .ended:
                    let headers = try #require(current)
                    parts.append(
                        Part(name: headers.name, fileName: headers.fileName, text: String(buffer: bytes))
                    )
                case .finished: break
                }
            }
        }
        try parser.finish()
        return parts
    }

    @Test(arguments: [1, 2, 3, 5, 7, 11, 13, 64, 10_000])
    func `a form is the same however its bytes are cut`(size: Int) throws {
        // "--B0undaryNot quite" is a boundary with rubbish behind it, which is no boundary in a body of ours.
        let text = Self.form.replacing("--B0undaryNot", with: "--B0undarNot")
        let expected = Self.parts.map {
            Part(name: $0.name, fileName: $0.fileName, text: $0.text.replacing("--B0undaryNot", with: "--B0undarNot"))
        }
        #expect(try Self.read(text, size) == expected)
    }

    @Test(arguments: [1, 7, 10_000]) func `a boundary with rubbish behind it is refused`(size: Int) {
        #expect(throws: Problem.self) { try Self.read(Self.form, size) }
    }

    @Test(arguments: [1, 7, 10_000])
    func `what is cut or has no boundary is refused`(size: Int) {
        for text in [
            "", "--B", "--B\r\n", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B\r\n", "no form at all",
            "--B\r\n\r\nx\r\n--B--", "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
            "--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--", String(repeating: "x", count: 5000),
            "--B\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\nx\r\n--B--",
            "--B\r\n\(String(repeating: "x", count: 90_000))", "--B\(String(repeating: " ", count: 100))\r\n",
        ] {
            #expect(throws: Problem.self, "\(text.prefix(40))") { try Self.read(text, size, boundary: "B") }
        }
    }

    @Test(arguments: [
        nil, "", "multipart/form-data", "multipart/mixed; boundary=b", "application/json",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\(String(repeating: "b", count: 71))", "multipart/form-data; boundary=\"a \"",
    ])
    func `a type without a boundary is refused`(type: String?) {
        #expect(throws: Problem.self) { try MultipartParser(contentType: type) }
    }

    @Test func `it keeps no more than a boundary of what it has read`() throws {
        var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\"B\"")
        _ = try parser.receive(ByteBuffer(string: "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n"))
        var given = 0
        for _ in 0..<64 {
            let events = try parser.receive(ByteBuffer(repeating: 0x0D, count: 10_000))
            for case .bytes(let bytes) in events { given += bytes.readableBytes }
        }
        #expect(given >= 640_000 - 8)
    }
}
