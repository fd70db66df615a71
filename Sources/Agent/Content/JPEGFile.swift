/// A JPEG (ITU-T T.81, annex B), walked over marker by marker.
struct JPEGFile {
    let size: ImageSize

    init(_ bytes: [UInt8]) throws(MediaFlaw) {
        var reader = ByteReader(bytes, of: "JPEG")
        guard try reader.bigEndian(2) == 0xFFD8 else { throw MediaFlaw("this is no JPEG") }
        var size: ImageSize?
        var scans = 0
        var marker = try Self.readMarker(&reader)
        while true {
            switch marker {
            case 0xD9:
                guard let size, scans > 0 else { throw MediaFlaw("the JPEG has no image data") }
                self.size = size
                return
            case 0xC0, 0xC1, 0xC2:
                guard size == nil else { throw MediaFlaw("the JPEG has two frames") }
                var segment = try Self.readSegment(&reader)
                size = try Self.readFrame(&segment)
                marker = try Self.readMarker(&reader)
            case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                throw MediaFlaw("this is a kind of JPEG that few programs read (SOF\(marker - 0xC0))")
            case 0xDA:
                guard size != nil else { throw MediaFlaw("the JPEG's image data come before its frame") }
                var segment = try Self.readSegment(&reader)
                try Self.readScan(&segment)
                marker = try Self.skipEntropyCodedData(&reader)
                scans += 1
            case 0xC4, 0xCC, 0xDB...0xFE:
                _ = try Self.readSegment(&reader)
                marker = try Self.readMarker(&reader)
            default:
                throw MediaFlaw("the JPEG has a marker where none may be")
            }
        }
    }

    /// Reads a marker's code, which any number of 0xFF may come before.
    private static func readMarker(_ reader: inout ByteReader) throws(MediaFlaw) -> UInt8 {
        guard try reader.byte() == 0xFF else { throw MediaFlaw("a marker is missing in the JPEG") }
        var code: UInt8
        repeat { code = try reader.byte() } while code == 0xFF
        return code
    }

    private static func readSegment(_ reader: inout ByteReader) throws(MediaFlaw) -> ByteReader {
        let length = try reader.bigEndian(2)
        guard length >= 2 else { throw MediaFlaw("a segment of the JPEG is too short") }
        return try reader.part(length - 2)
    }

    private static func readFrame(_ segment: inout ByteReader) throws(MediaFlaw) -> ImageSize {
        let precision = try segment.byte()
        let height = try segment.bigEndian(2)
        let width = try segment.bigEndian(2)
        let components = Int(try segment.byte())
        guard precision == 8, (1...4).contains(components), segment.remaining == 3 * components else {
            throw MediaFlaw("the JPEG's frame is broken")
        }
        return try ImageSize(width: width, height: height)
    }

    private static func readScan(_ segment: inout ByteReader) throws(MediaFlaw) {
        let components = Int(try segment.byte())
        guard (1...4).contains(components), segment.remaining == 2 * components + 3 else {
            throw MediaFlaw("a scan of the JPEG is broken")
        }
    }

    /// Moves past a scan's data and the marker after them, and returns that marker's code.
    ///
    /// Among the data 0xFF is followed by zero, or is a restart marker.
    private static func skipEntropyCodedData(_ reader: inout ByteReader) throws(MediaFlaw) -> UInt8 {
        var count = 0
        while true {
            count += try reader.skip(to: 0xFF)
            let code = try Self.readMarker(&reader)
            switch code {
            case 0x00: count += 1
            case 0xD0...0xD7: break
            default:
                guard count > 0 else { throw MediaFlaw("a scan of the JPEG has no data") }
                return code
            }
        }
    }
}
