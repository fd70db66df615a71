import Synchronization

/// The last bytes of a child's stderr.
final class StderrTail: Sendable {
    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    init(limit: Int) {
        self.limit = limit
    }

    func append(_ chunk: UnsafeRawBufferPointer) {
        self.bytes.withLock { bytes in
            bytes.append(contentsOf: chunk.suffix(self.limit))
            if bytes.count > 2 * self.limit { bytes.removeFirst(bytes.count - self.limit) }
        }
    }

    /// The tail as text; a character that the limit cut becomes U+FFFD.
    var text: String { self.bytes.withLock { String(decoding: $0.suffix(self.limit), as: UTF8.self) } }
}
