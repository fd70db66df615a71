/// Reads a file's bytes from front to back, and throws where they end too early.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position: Int
    let end: Int
    /// The kind of file, for the flaw's message.
    private let kind: String

    init(_ bytes: [UInt8], of kind: String) {
        self.init(bytes, 0..<bytes.count, kind)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, _ kind: String) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
        self.kind = kind
    }

    var remaining: Int { self.end - self.position }

    /// Moves over `count` bytes and returns where they lie; `count` must not be negative.
    mutating func take(_ count: Int) throws(MediaFlaw) -> Range<Int> {
        guard count <= self.remaining else { throw MediaFlaw("the \(self.kind) ends too early") }
        let start = self.position
        self.position += count
        return start..<self.position
    }

    mutating func skip(_ count: Int) throws(MediaFlaw) {
        _ = try self.take(count)
    }

    /// Moves over `count` bytes and returns a reader of them alone, which copies nothing.
    mutating func part(_ count: Int) throws(MediaFlaw) -> ByteReader {
        try ByteReader(self.bytes, self.take(count), self.kind)
    }

    mutating func byte() throws(MediaFlaw) -> UInt8 {
        try self.bytes[self.take(1).lowerBound]
    }

    /// Reads an unsigned number of `count` bytes, at most seven, the highest first.
    mutating func bigEndian(_ count: Int) throws(MediaFlaw) -> Int {
        try self.bytes[self.take(count)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads an unsigned number of `count` bytes, at most seven, the lowest first.
    mutating func littleEndian(_ count: Int) throws(MediaFlaw) -> Int {
        try self.bytes[self.take(count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads four ASCII letters, or whatever stands in their place.
    mutating func tag() throws(MediaFlaw) -> String {
        try String(decoding: self.bytes[self.take(4)], as: UTF8.self)
    }

    /// Moves to the next `byte` and returns how many bytes lay before it.
    mutating func skip(to byte: UInt8) throws(MediaFlaw) -> Int {
        guard let index = self.bytes[self.position..<self.end].firstIndex(of: byte) else {
            throw MediaFlaw("the \(self.kind) ends too early")
        }
        defer { self.position = index }
        return index - self.position
    }

    /// The checksum of the bytes in `range`, which must have been read.
    func crc32(_ range: Range<Int>) -> UInt32 {
        CRC32.checksum(self.bytes[range])
    }
}
