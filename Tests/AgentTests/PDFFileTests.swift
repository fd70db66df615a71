import Testing

@testable import Agent

@Suite struct PDFFileTests {
    @Test func `a whole one is taken`() throws {
        try PDFFile.check(MediaSamples.pdf)
        try PDFFile.check(MediaSamples.pdf + [UInt8](repeating: 0, count: 1018))
    }

    @Test func `one cut off before its end mark is refused`() {
        // The last byte is a newline after the mark.
        for length in 0..<MediaSamples.pdf.count - 1 {
            #expect(throws: MediaFlaw.self) { try PDFFile.check(Array(MediaSamples.pdf.prefix(length))) }
        }
    }

    @Test func `an end mark too far from the end is none`() {
        #expect(throws: MediaFlaw.self) { try PDFFile.check(MediaSamples.pdf + [UInt8](repeating: 0, count: 1019)) }
        #expect(throws: MediaFlaw.self) { try PDFFile.check([0x20] + MediaSamples.pdf) }
    }
}
