/// A WebP (RFC 9649), walked over chunk by chunk.
struct WebPFile {
    let size: ImageSize

    init(_ bytes: [UInt8]) throws(MediaFlaw) {
        var file = ByteReader(bytes, of: "WebP")
        guard try file.tag() == "RIFF" else { throw MediaFlaw("this is no WebP") }
        var reader = try file.part(file.littleEndian(4))
        guard try reader.tag() == "WEBP" else { throw MediaFlaw("this is no WebP") }
        let first = try Self.readChunk(&reader)
        var data = first.data
        switch first.tag {
        case "VP8 ", "VP8L": self.size = try Self.readImage(first.tag, &data)
        case "VP8X": self.size = try Self.readExtended(&data, &reader)
        default: throw MediaFlaw("the WebP begins with an unknown chunk")
        }
    }

    /// Reads the canvas from a VP8X chunk, and walks over the chunks after it.
    private static func readExtended(
        _ data: inout ByteReader,
        _ reader: inout ByteReader
    ) throws(MediaFlaw) -> ImageSize {
        let isAnimation = try data.byte() & 0x02 != 0
        try data.skip(3)
        let canvas = try ImageSize(width: data.littleEndian(3) + 1, height: data.littleEndian(3) + 1)
        var images = 0
        while reader.remaining > 0 {
            var chunk = try Self.readChunk(&reader)
            switch chunk.tag {
            case "VP8 ", "VP8L":
                guard try Self.readImage(chunk.tag, &chunk.data) == canvas, images == 0, !isAnimation else {
                    throw MediaFlaw("the WebP's image does not fit its canvas")
                }
                images += 1
            case "ANMF":
                guard isAnimation else { throw MediaFlaw("the WebP has a frame but is no animation") }
                try Self.readFrame(&chunk.data, canvas)
                images += 1
            default: break
            }
        }
        guard images > 0 else { throw MediaFlaw("the WebP has no image data") }
        return canvas
    }

    /// Walks over one frame of an animation.
    private static func readFrame(_ data: inout ByteReader, _ canvas: ImageSize) throws(MediaFlaw) {
        let (left, top) = try (data.littleEndian(3) * 2, data.littleEndian(3) * 2)
        let size = try ImageSize(width: data.littleEndian(3) + 1, height: data.littleEndian(3) + 1)
        try data.skip(4)
        guard left + size.width <= canvas.width, top + size.height <= canvas.height else {
            throw MediaFlaw("a frame of the WebP does not fit its canvas")
        }
        var hasImage = false
        while data.remaining > 0 {
            var chunk = try Self.readChunk(&data)
            guard chunk.tag == "VP8 " || chunk.tag == "VP8L" else { continue }
            guard try Self.readImage(chunk.tag, &chunk.data) == size else {
                throw MediaFlaw("a frame of the WebP is not of the size it says")
            }
            hasImage = true
        }
        guard hasImage else { throw MediaFlaw("a frame of the WebP has no image data") }
    }

    private static func readChunk(_ reader: inout ByteReader) throws(MediaFlaw) -> (tag: String, data: ByteReader) {
        let tag = try reader.tag()
        let length = try reader.littleEndian(4)
        let data = try reader.part(length)
        try reader.skip(length & 1)
        return (tag, data)
    }

    /// The size a bitstream says it has (RFC 6386, section 9.1; RFC 9649, section 3.4).
    private static func readImage(_ tag: String, _ data: inout ByteReader) throws(MediaFlaw) -> ImageSize {
        guard tag == "VP8 " else {
            guard try data.byte() == 0x2F else { throw MediaFlaw("the WebP's image data are broken") }
            let bits = try data.littleEndian(4)
            guard bits >> 29 == 0, data.remaining > 0 else { throw MediaFlaw("the WebP's image data are broken") }
            return try ImageSize(width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
        }
        let frame = try data.littleEndian(3)
        let isShownKeyFrame = frame & 0x11 == 0x10
        guard isShownKeyFrame, try data.bigEndian(3) == 0x9D012A else {
            throw MediaFlaw("the WebP's image data are broken")
        }
        let (width, height) = try (data.littleEndian(2) & 0x3FFF, data.littleEndian(2) & 0x3FFF)
        guard case 1...data.remaining = frame >> 5 else { throw MediaFlaw("the WebP's image data are cut off") }
        return try ImageSize(width: width, height: height)
    }
}
