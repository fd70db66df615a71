/// A GIF (GIF89a specification), walked over block by block.
struct GIFFile {
    /// The screen, or what its frames take up if that is more.
    let size: ImageSize

    init(_ bytes: [UInt8]) throws(MediaFlaw) {
        guard bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) else {
            throw MediaFlaw("this is no GIF")
        }
        var reader = ByteReader(bytes, of: "GIF")
        try reader.skip(6)
        var size = try ImageSize(width: reader.littleEndian(2), height: reader.littleEndian(2))
        let flags = try reader.byte()
        try reader.skip(2)
        try Self.skipColourTable(flags, &reader)
        var frames = 0
        while true {
            switch try reader.byte() {
            case 0x21:
                try reader.skip(1)
                _ = try Self.skipSubBlocks(&reader)
            case 0x2C:
                let frame = try Self.readFrame(&reader)
                size = try ImageSize(width: max(size.width, frame.width), height: max(size.height, frame.height))
                frames += 1
            case 0x3B:
                guard frames > 0 else { throw MediaFlaw("the GIF has no image data") }
                self.size = size
                return
            default:
                throw MediaFlaw("the GIF has an unknown block")
            }
        }
    }

    /// Moves past one image and returns how far it reaches.
    private static func readFrame(_ reader: inout ByteReader) throws(MediaFlaw) -> ImageSize {
        let (left, top) = try (reader.littleEndian(2), reader.littleEndian(2))
        let size = try ImageSize(width: reader.littleEndian(2), height: reader.littleEndian(2))
        try Self.skipColourTable(reader.byte(), &reader)
        guard try (1...8).contains(reader.byte()) else { throw MediaFlaw("a frame of the GIF is broken") }
        guard try Self.skipSubBlocks(&reader) > 0 else { throw MediaFlaw("a frame of the GIF has no data") }
        return try ImageSize(width: left + size.width, height: top + size.height)
    }

    private static func skipColourTable(_ flags: UInt8, _ reader: inout ByteReader) throws(MediaFlaw) {
        guard flags & 0x80 != 0 else { return }
        try reader.skip(3 << (Int(flags & 0x07) + 1))
    }

    /// Moves past sub-blocks and the empty one that ends them, and returns how many bytes they held.
    private static func skipSubBlocks(_ reader: inout ByteReader) throws(MediaFlaw) -> Int {
        var total = 0
        while true {
            let length = Int(try reader.byte())
            guard length > 0 else { return total }
            try reader.skip(length)
            total += length
        }
    }
}
