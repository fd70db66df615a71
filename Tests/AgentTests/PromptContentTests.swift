import NIOCore
import TestSupport
import Testing

@testable import Agent

@Suite struct PromptContentTests {
    private static let png = MediaSamples.base64(MediaSamples.rgbPNG)
    private static let pdf = MediaSamples.base64(MediaSamples.pdf)

    static let accepted: [String] = [
        #""hello""#, #" "hello"  "#, #""\ud83d\ude00""#, #""\\ud83d""#,
        #"[{"type":"text","text":"x"}]"#,
        #"[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t","context":"c"}]"#,
        #"[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":null}]"#,
        #"[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"\#(pdf)"}}]"#,
    ]

    @Test(arguments: Self.accepted)
    func `good content stays as it is`(content: String) throws {
        #expect(try String(buffer: PromptContent(json(content)).bytes) == Self.trimmed(content))
    }

    @Test(arguments: MediaSamples.images.indices)
    func `an image of every kind is taken`(index: Int) throws {
        let sample = MediaSamples.images[index]
        let content = Self.image(MediaSamples.base64(sample.bytes), sample.format.rawValue)
        #expect(try PromptContent(json(content)).bytes == json(content))
    }

    @Test(arguments: [#"\/"#, #"\u002F"#])
    func `base64 may be escaped`(slash: String) throws {
        let plain = MediaSamples.base64(MediaSamples.jpeg)
        let escaped = plain.split(separator: "/", omittingEmptySubsequences: false).joined(separator: slash)
        try #require(escaped != plain)
        _ = try PromptContent(json(Self.image(escaped, "image/jpeg")))
    }

    @Test func `addresses are taken only where they may stand, and only whole ones`() throws {
        let limits = ContentLimits(allowsURLs: true)
        let image = #"[{"type":"image","source":{"type":"url","url":"https://example.com/x.png"}}]"#
        let document = #"[{"type":"document","source":{"type":"url","url":"http://example.com/x.pdf"},"title":"t"}]"#
        for content in [image, document] {
            #expect(try PromptContent(json(content), limits: limits).bytes == json(content))
            #expect(throws: ContentError.self) { try PromptContent(json(content)) }
        }
        for url in ["file:///etc/passwd", "https://x y", "", "https://\(String(repeating: "x", count: 9000))"] {
            let content = image.replacing("https://example.com/x.png", with: url)
            #expect(throws: ContentError.self) { try PromptContent(json(content), limits: limits) }
        }
    }

    @Test func `content is put on one line`() throws {
        let content = try PromptContent(json("\n[\r\n{\"type\":\n\"text\",\"text\":\"a\\nb\"}\n]\n"))
        #expect(content.bytes == json("[  {\"type\": \"text\",\"text\":\"a\\nb\"} ]"))
    }

    @Test func `cache control is taken and not handed on`() throws {
        let content =
            #"[ {"cache_control":{"type":"ephemeral"},"type":"text","text":"a\"\u00e9"},"#
            + #"{"type":"text","text":"b"}, {"type":"text","text":"c" ,"cache_control":null}]"#
        #expect(
            try PromptContent(json(content)).bytes
                == json(
                    #"[{"type":"text","text":"a\"\u00e9"},{"type":"text","text":"b"},{"type":"text","text":"c"}]"#
                )
        )
    }

    static let refused: [(content: String, code: ContentError.Code, pointer: String)] = [
        ("", .invalid, ""), ("{", .invalid, ""), ("[1,]", .invalid, ""), (#""a" "b""#, .invalid, ""),
        ("null", .invalid, ""), ("12", .invalid, ""), (#"{"type":"text","text":"x"}"#, .invalid, ""),
        (#""""#, .invalid, ""), (#"" \n\u0020\u2003""#, .invalid, ""), (#""x\ud83d""#, .invalid, ""),
        (#""\udE00x""#, .invalid, ""), (#""\ud83d\n""#, .invalid, ""), ("[]", .invalid, ""),
        ("[1]", .invalid, "/0"), (#"["text"]"#, .invalid, "/0"), ("[{}]", .invalid, "/0"),
        (#"[{"type":1}]"#, .invalid, "/0"), (#"[{"type":"text"}]"#, .invalid, "/0"),
        (#"[{"type":"text","text":""}]"#, .invalid, "/0/text"),
        (#"[{"type":"text","text":"\t"}]"#, .invalid, "/0/text"),
        (#"[{"type":"text","text":["x"]}]"#, .invalid, "/0/text"),
        (#"[{"type":"text","text":"x"},{"type":"text","text":"\udc00"}]"#, .invalid, "/1/text"),
        (#"[{"type":"text","text":"x","text":"y"}]"#, .invalid, "/0/text"),
        (#"[{"type":"text","text":"x","citations":[]}]"#, .invalid, "/0/citations"),
        (#"[{"type":"text","text":"x","a/b~c":1}]"#, .invalid, "/0/a~1b~0c"),
        (#"[{"type":"text","text":"x","cache_control":"ephemeral"}]"#, .invalid, "/0/cache_control"),
        (#"[{"type":"text","text":"x","cache_control":[{}]}]"#, .invalid, "/0/cache_control"),
        (#"[{"type":"tool_result","tool_use_id":"t"}]"#, .unsupportedType, "/0/type"),
        (#"[{"type":"image"}]"#, .invalid, "/0"), (#"[{"type":"image","source":"x"}]"#, .invalid, "/0/source"),
        (#"[{"type":"image","source":{}}]"#, .invalid, "/0/source"),
        (#"[{"type":"image","source":{"type":"url","url":"http://x/"}}]"#, .unsupportedType, "/0/source/type"),
        (#"[{"type":"image","source":{"type":"file","file_id":"f"}}]"#, .unsupportedType, "/0/source/type"),
        (#"[{"type":"image","source":{"type":"text","media_type":"text/plain"}}]"#, .unsupportedType, "/0/source/type"),
        (#"[{"type":"image","source":{"type":"base64","media_type":"image/png"}}]"#, .invalid, "/0/source"),
        (#"[{"type":"image","source":{"type":"base64","data":""}}]"#, .invalid, "/0/source"),
        (image(png, "image/svg+xml"), .unsupportedType, "/0/source/media_type"),
        (image(png, "image/jpeg"), .invalid, "/0/source/media_type"),
        (image(""), .corrupt, "/0/source/data"), (image("bm90IGFuIGltYWdl"), .corrupt, "/0/source/data"),
        (image(String(png.dropLast(4))), .corrupt, "/0/source/data"),
        (image(String(png.dropLast())), .corrupt, "/0/source/data"),
        (image("\\n" + png), .corrupt, "/0/source/data"),
        (image("data:image/png;base64," + png), .corrupt, "/0/source/data"),
        (
            #"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":null}}]"#, .invalid,
            "/0/source/data"
        ),
        (
            #"[{"type":"document","source":{"type":"url","url":"http://x/"}}]"#, .unsupportedType, "/0/source/type"
        ),
        (document("base64", "image/png", png), .unsupportedType, "/0/source/media_type"),
        (document("base64", "application/pdf", png), .corrupt, "/0/source/data"),
        (document("text", "text/html", "x"), .unsupportedType, "/0/source/media_type"),
        (document("text", "text/plain", ""), .invalid, "/0/source/data"),
        (document("text", "text/plain", "x", #","title":7"#), .invalid, "/0/title"),
        (document("text", "text/plain", "x", #","citations":{}"#), .invalid, "/0/citations"),
    ]

    @Test(arguments: Self.refused)
    func `bad content is refused, and says where`(content: String, code: ContentError.Code, pointer: String) throws {
        let error = #expect(throws: ContentError.self) { try PromptContent(json(content)) }
        #expect(error?.code == code)
        #expect(error?.pointer == pointer)
        #expect(error?.message.isEmpty == false)
    }

    @Test func `a long name is not repeated`() throws {
        let name = String(repeating: "n", count: 65)
        let error = #expect(throws: ContentError.self) {
            try PromptContent(json(#"[{"type":"text","text":"x","\#(name)":1}]"#))
        }
        #expect(error == ContentError(.invalid, at: "/0", "a field is unknown"))
    }

    @Test func `an image may be as large as the limit and no larger`() throws {
        let content = json(Self.image(Self.png))
        var limits = ContentLimits(maximumImageBase64Bytes: Self.png.utf8.count)
        _ = try PromptContent(content, limits: limits)
        limits.maximumImageBase64Bytes -= 1
        Self.expect(.tooLarge, "/0/source/data", content, limits)
        // Not even looked at: it would be corrupt.
        Self.expect(.tooLarge, "/0/source/data", json(Self.image(String(repeating: "?", count: 2000))), limits)
        let escaped = String(repeating: #"\u0041"#, count: limits.maximumImageBase64Bytes + 1)
        Self.expect(.tooLarge, "/0/source/data", json(Self.image(escaped)), limits)
    }

    @Test func `the limits are those of the API`() throws {
        let limits = ContentLimits.default
        #expect(limits.maximumImageBase64Bytes == 5_242_880)
        #expect(limits.maximumImages == 100)
        #expect(limits.maximumImageSide == 8000)
        #expect(limits.maximumDocumentBase64Bytes == 33_554_432)
    }

    @Test(arguments: [(8000, 8000, true), (8001, 1, false), (1, 8001, false), (1, 1, true)])
    func `an image may have so many pixels`(width: UInt32, height: UInt32, fits: Bool) throws {
        let bytes = MediaSamples.png(
            MediaSamples.header(width: width, height: height),
            MediaSamples.chunk("IDAT", [1]),
            MediaSamples.chunk("IEND", [])
        )
        let content = json(Self.image(MediaSamples.base64(bytes)))
        if fits {
            _ = try PromptContent(content)
        } else {
            Self.expect(.tooLarge, "/0/source/data", content, .default)
        }
    }

    @Test func `a prompt may have so many images`() throws {
        let block = Self.image(Self.png).dropFirst().dropLast()
        let hundred = Array(repeating: block, count: 100).joined(separator: ",")
        _ = try PromptContent(json("[\(hundred),{\"type\":\"text\",\"text\":\"x\"}]"))
        Self.expect(.tooLarge, "/100", json("[\(hundred),\(block)]"), .default)
    }

    @Test func `a document may be as large as the limit and no larger`() throws {
        let content = json(Self.document("base64", "application/pdf", Self.pdf))
        var limits = ContentLimits(maximumDocumentBase64Bytes: Self.pdf.utf8.count)
        _ = try PromptContent(content, limits: limits)
        limits.maximumDocumentBase64Bytes -= 1
        Self.expect(.tooLarge, "/0/source/data", content, limits)
    }

    @Test func `of the recorded prompts the one whose image is none is refused`() throws {
        let verdicts = try Transcript.input("image_input.jsonl").compactMap { line -> Bool? in
            guard let content = JSONObject(line)?.object("message")?.raw("content") else { return nil }
            return (try? PromptContent(content)) != nil
        }
        #expect(verdicts == [true, false, true])
    }

    @Test(arguments: [UInt64(11), 12])
    func `no garbage traps`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let seeds = Self.accepted + Self.refused.map(\.content)
        for content in seeds {
            for _ in 0..<60 {
                var bytes = Array(content.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    if Bool.random(using: &random) {
                        bytes[index] = Array(#"{}[]",:\u0dn"#.utf8).randomElement(using: &random) ?? 0
                    } else {
                        bytes[index] = UInt8.random(in: 0...255, using: &random)
                    }
                }
                guard let content = try? PromptContent(ByteBuffer(bytes: bytes)) else { continue }
                #expect(JSONText.isValue(content.bytes))
                #expect(content.bytes.readableBytesView.contains(0x0A) == false)
            }
        }
    }

    private static func expect(
        _ code: ContentError.Code,
        _ pointer: String,
        _ content: ByteBuffer,
        _ limits: ContentLimits
    ) {
        let error = #expect(throws: ContentError.self) { try PromptContent(content, limits: limits) }
        #expect(error?.code == code)
        #expect(error?.pointer == pointer)
    }

    private static func image(_ data: String, _ mediaType: String = "image/png") -> String {
        #"[{"type":"image","source":{"type":"base64","media_type":"\#(mediaType)","data":"\#(data)"}}]"#
    }

    private static func document(_ type: String, _ mediaType: String, _ data: String, _ more: String = "") -> String {
        #"[{"type":"document","source":{"type":"\#(type)","media_type":"\#(mediaType)","data":"\#(data)"}\#(more)}]"#
    }

    private static func trimmed(_ text: String) -> String {
        String(buffer: JSONText.trimmed(json(text)))
    }
}
