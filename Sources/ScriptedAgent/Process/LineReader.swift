import Glibc

/// Reads a descriptor and cuts what comes into lines at `0x0A`.
struct LineReader {
    private let descriptor: Int32
    private var tail: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)
    /// Whether the writer has closed its end.
    private(set) var isAtEnd = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// One read; the whole lines it completed, without their newlines.
    ///
    /// At the end an unfinished line is dropped.
    mutating func read() -> [[UInt8]] {
        let count = self.chunk.withUnsafeMutableBytes { Glibc.read(self.descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else {
            if count == 0 || (errno != EINTR && errno != EAGAIN) { self.isAtEnd = true }
            return []
        }
        var lines: [[UInt8]] = []
        var start = 0
        while start < count {
            guard let end = self.chunk[start..<count].firstIndex(of: 0x0A) else {
                self.tail.append(contentsOf: self.chunk[start..<count])
                break
            }
            lines.append(self.tail + self.chunk[start..<end])
            self.tail.removeAll(keepingCapacity: true)
            start = end + 1
        }
        return lines
    }
}
