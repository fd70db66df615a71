import Testing

@testable import Agent

@Suite struct PNGFileTests {
    private static let data = MediaSamples.chunk("IDAT", [0x78, 0x9C, 1])
    private static let end = MediaSamples.chunk("IEND", [])

    @Test(arguments: [MediaSamples.rgbPNG, MediaSamples.palettePNG])
    func `any change of any byte is found`(png: [UInt8]) {
        for index in png.indices {
            for bit in 0..<8 {
                var damaged = png
                damaged[index] ^= 1 << UInt8(bit)
                #expect(throws: MediaFlaw.self, "bit \(bit) of byte \(index)") { try PNGFile(damaged) }
            }
        }
    }

    static let broken: [(String, [UInt8])] = [
        ("no header", MediaSamples.png(data, end)),
        ("something before the header", MediaSamples.png(MediaSamples.chunk("tEXt", []), header(), data, end)),
        ("two headers", MediaSamples.png(header(), header(), data, end)),
        ("no data", MediaSamples.png(header(), end)),
        ("empty data", MediaSamples.png(header(), MediaSamples.chunk("IDAT", []), end)),
        ("data torn apart", MediaSamples.png(header(), data, MediaSamples.chunk("tEXt", []), data, end)),
        ("a palette after the data", MediaSamples.png(header(), data, MediaSamples.chunk("PLTE", [1, 2, 3]), end)),
        ("a palette of a bad length", MediaSamples.png(header(), MediaSamples.chunk("PLTE", [1, 2]), data, end)),
        ("no palette", MediaSamples.png(header(colourType: 3), data, end)),
        ("an end with content", MediaSamples.png(header(), data, MediaSamples.chunk("IEND", [1]))),
        ("an unknown critical chunk", MediaSamples.png(header(), MediaSamples.chunk("ABCD", []), data, end)),
        ("no width", MediaSamples.png(header(width: 0), data, end)),
        ("no height", MediaSamples.png(header(height: 0), data, end)),
        ("a depth its colours cannot have", MediaSamples.png(header(depth: 4), data, end)),
        ("a colour type there is not", MediaSamples.png(header(colourType: 5), data, end)),
        ("an unknown compression", MediaSamples.png(header(rest: [1, 0, 0]), data, end)),
        ("a header too long", MediaSamples.png(header(rest: [0, 0, 0, 0]), data, end)),
    ]

    @Test(arguments: Self.broken)
    func `chunks with right checksums can be wrong all the same`(name: String, bytes: [UInt8]) {
        #expect(throws: MediaFlaw.self) { try PNGFile(bytes) }
    }

    @Test func `chunks that may be passed over are`() throws {
        let bytes = MediaSamples.png(
            Self.header(width: 70_000),
            MediaSamples.chunk("abCd", [1]),
            Self.data,
            Self.data,
            MediaSamples.chunk("tIME", []),
            Self.end
        )
        #expect(try PNGFile(bytes).size == ImageSize(width: 70_000, height: 1))
    }

    private static func header(
        width: UInt32 = 1,
        height: UInt32 = 1,
        depth: UInt8 = 8,
        colourType: UInt8 = 2,
        rest: [UInt8] = [0, 0, 0]
    ) -> [UInt8] {
        MediaSamples.header(width: width, height: height, depth: depth, colourType: colourType, rest: rest)
    }
}
