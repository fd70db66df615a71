/// A PDF, looked at from both ends.
enum PDFFile {
    /// Where readers look for the end mark (PDF Reference 1.7, appendix H, note 18).
    private static let tailBytes = 1024

    /// Throws unless `bytes` begin and end as a PDF does.
    static func check(_ bytes: [UInt8]) throws(MediaFlaw) {
        guard bytes.starts(with: "%PDF-".utf8) else { throw MediaFlaw("the data do not begin as a PDF does") }
        let mark = Array("%%EOF".utf8)
        let tail = bytes.suffix(Self.tailBytes)
        let hasMark = tail.indices.contains { tail[$0...].starts(with: mark) }
        guard hasMark else { throw MediaFlaw("the PDF has no end") }
    }
}
