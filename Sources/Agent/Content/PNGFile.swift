/// A PNG (W3C PNG specification, third edition), walked over chunk by chunk.
struct PNGFile {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Where in the order of chunks the walk is.
    private enum Phase {
        case start, beforeData, data, afterData
    }

    let size: ImageSize

    init(_ bytes: [UInt8]) throws(MediaFlaw) {
        guard bytes.starts(with: Self.signature) else { throw MediaFlaw("this is no PNG") }
        var reader = ByteReader(bytes, of: "PNG")
        try reader.skip(Self.signature.count)
        var size: ImageSize?
        var needsPalette = false
        var dataBytes = 0
        var phase = Phase.start
        while true {
            let length = try reader.bigEndian(4)
            let start = reader.position
            let type = try reader.tag()
            var data = try reader.part(length)
            let checksum = reader.crc32(start..<reader.position)
            guard try reader.bigEndian(4) == Int(checksum) else { throw MediaFlaw("a chunk's checksum is wrong") }
            switch (type, phase) {
            case ("IHDR", .start):
                let colourType: Int
                (size, colourType) = try Self.readHeader(&data)
                needsPalette = colourType == 3
                phase = .beforeData
            case (_, .start), ("IHDR", _): throw MediaFlaw("the PNG does not begin with its one IHDR chunk")
            case ("PLTE", .beforeData):
                guard (3...768).contains(length), length % 3 == 0 else { throw MediaFlaw("the palette is broken") }
                needsPalette = false
            case ("IDAT", .beforeData), ("IDAT", .data):
                guard !needsPalette else { throw MediaFlaw("the palette is missing") }
                phase = .data
                dataBytes += length
            case ("PLTE", _), ("IDAT", _): throw MediaFlaw("the PNG's chunks are out of order")
            case ("IEND", _):
                guard let size, dataBytes > 0, length == 0 else { throw MediaFlaw("the PNG has no image data") }
                self.size = size
                return
            case (_, .data): phase = .afterData
            default: break
            }
            // A decoder may pass over what it does not know only if the first letter is a small one.
            let isCritical = type.utf8.first.map { $0 & 0x20 == 0 } ?? true
            guard !isCritical || ["IHDR", "PLTE", "IDAT"].contains(type) else {
                throw MediaFlaw("the PNG has an unknown critical chunk")
            }
        }
    }

    private static func readHeader(_ data: inout ByteReader) throws(MediaFlaw) -> (ImageSize, colourType: Int) {
        let size = try ImageSize(width: data.bigEndian(4), height: data.bigEndian(4))
        let (depth, colourType) = try (Int(data.byte()), Int(data.byte()))
        let depths: [Int: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
        let (compression, filter, interlace) = try (data.byte(), data.byte(), data.byte())
        guard depths[colourType]?.contains(depth) == true, compression == 0, filter == 0, interlace <= 1,
            data.remaining == 0
        else { throw MediaFlaw("the PNG's header is broken") }
        return (size, colourType)
    }
}
