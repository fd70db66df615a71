import TestSupport
import Testing

@testable import Agent

@Suite struct ImageFormatTests {
    @Test(arguments: MediaSamples.images.indices)
    func `a whole file is known by its first bytes and has its size`(index: Int) throws {
        let sample = MediaSamples.images[index]
        #expect(ImageFormat(startOf: sample.bytes) == sample.format)
        #expect(try sample.format.size(of: sample.bytes) == ImageSize(width: sample.width, height: sample.height))
    }

    @Test(arguments: MediaSamples.images.indices)
    func `a file cut off anywhere is refused`(index: Int) {
        let sample = MediaSamples.images[index]
        for length in 0..<sample.bytes.count {
            #expect(throws: MediaFlaw.self, "\(sample.name) cut to \(length)") {
                try sample.format.size(of: Array(sample.bytes.prefix(length)))
            }
        }
    }

    @Test(arguments: MediaSamples.images.indices)
    func `what stands after the end is let through`(index: Int) throws {
        let sample = MediaSamples.images[index]
        #expect(try sample.format.size(of: sample.bytes + [0, 0xFF, 0xD9]).width == sample.width)
    }

    @Test(arguments: MediaSamples.images.indices)
    func `a file of one kind is none of another`(index: Int) {
        let sample = MediaSamples.images[index]
        for format in ImageFormat.allCases where format != sample.format {
            #expect(throws: MediaFlaw.self) { try format.size(of: sample.bytes) }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `no damage and no garbage traps`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for sample in MediaSamples.images {
            for _ in 0..<500 {
                var bytes = sample.bytes
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes[index] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &random) ?? 0
                    case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                    default: if bytes.count > 1 { bytes.remove(at: index) }
                    }
                }
                for format in ImageFormat.allCases { _ = try? format.size(of: bytes) }
                try? PDFFile.check(bytes)
            }
        }
        for _ in 0..<500 {
            let noise = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            for sample in MediaSamples.images {
                _ = try? sample.format.size(of: sample.bytes.prefix(Int.random(in: 0...40, using: &random)) + noise)
            }
        }
    }
}
