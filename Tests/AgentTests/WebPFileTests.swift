import Testing

@testable import Agent

@Suite struct WebPFileTests {
    /// A byte to change, and what that breaks.
    static let changes: [(String, [UInt8], at: Int, to: UInt8)] = [
        ("a size beyond the file", MediaSamples.lossyWebP, 4, 35),
        ("a size short of its chunk", MediaSamples.lossyWebP, 4, 33),
        ("another form", MediaSamples.lossyWebP, 8, 0x58),
        ("an unknown first chunk", MediaSamples.lossyWebP, 12, 0x57),
        ("a chunk beyond the file", MediaSamples.lossyWebP, 16, 23),
        ("a frame that is no key frame", MediaSamples.lossyWebP, 20, 0x31),
        ("a hidden frame", MediaSamples.lossyWebP, 20, 0x20),
        ("a partition beyond the data", MediaSamples.lossyWebP, 21, 2),
        ("no start code", MediaSamples.lossyWebP, 23, 0),
        ("no width", MediaSamples.lossyWebP, 26, 0),
        ("no height", MediaSamples.lossyWebP, 28, 0),
        ("no signature", MediaSamples.losslessWebP, 20, 0x2E),
        ("an unknown version", MediaSamples.losslessWebP, 24, 0x20),
        ("a canvas wider than the image", MediaSamples.alphaWebP, 24, 1),
        ("an image in an animation", MediaSamples.alphaWebP, 20, 0x12),
        ("a frame in no animation", MediaSamples.animatedWebP, 20, 0x10),
        ("a frame beside the canvas", MediaSamples.animatedWebP, 52, 1),
        ("a frame larger than its image", MediaSamples.animatedWebP, 58, 1),
        ("a frame without image", MediaSamples.animatedWebP, 68, 0x57),
    ]

    @Test(arguments: Self.changes.indices)
    func `one wrong byte can break it`(index: Int) throws {
        let (_, bytes, place, value) = Self.changes[index]
        var damaged = bytes
        try #require(damaged[place] != value)
        damaged[place] = value
        #expect(throws: MediaFlaw.self) { try WebPFile(damaged) }
    }

    @Test func `sizes are read as they are written`() throws {
        var lossy = MediaSamples.lossyWebP
        // The two highest bits are a scale.
        lossy.replaceSubrange(26..<30, with: [0x02, 0x41, 0x03, 0x82])
        #expect(try WebPFile(lossy).size == ImageSize(width: 0x102, height: 0x203))
        var lossless = MediaSamples.losslessWebP
        lossless.replaceSubrange(21..<25, with: [0xFF, 0xFF, 0xFF, 0x0F])
        #expect(try WebPFile(lossless).size == ImageSize(width: 16384, height: 16384))
    }
}
