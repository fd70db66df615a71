import NIOCore

/// Plaintext on its way to the peer: what was written and is not encrypted yet.
///
/// Small writes are put together into full records, large ones encrypted where they lie. The bound is the owner's, by
/// ``byteCount``.
struct TLSWriteQueue {
    /// How the encryption of one buffer's worth ended.
    struct Chunk {
        /// Belongs to the ciphertext this chunk has made.
        let promise: EventLoopPromise<Void>?
        let outcome: Outcome
    }

    /// What to do after a chunk.
    enum Outcome: Equatable {
        /// Write the chunk; there may be more.
        case encrypted
        /// Write what there is, and come back when something was read.
        case needsInput
        case failed(TLSError)
    }

    private struct Write {
        var bytes: ByteBuffer
        let promise: EventLoopPromise<Void>?
    }

    /// Seven records fill a buffer of 128 KiB, the power of two that `ByteBuffer` rounds up to.
    private static let chunkBytes = 7 * TLSConnection.recordBytes

    private var writes: [Write] = []
    private var head = 0
    /// Bytes of plaintext waiting.
    private(set) var byteCount = 0

    /// Whether nothing waits, not even an empty write with a promise.
    var isEmpty: Bool { self.head == self.writes.count }

    /// Adds a write at the end.
    mutating func append(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        self.byteCount += bytes.readableBytes
        self.writes.append(Write(bytes: bytes, promise: promise))
    }

    /// Encrypts the next writes, up to what makes one buffer of ciphertext.
    mutating func encryptChunk(with connection: TLSConnection) -> Chunk {
        var promise: EventLoopPromise<Void>?
        var room = Self.chunkBytes
        connection.reserveOutput(forPlaintextBytes: min(self.byteCount, room))
        self.dropWritten(into: &promise)
        while room > 0, !self.isEmpty {
            switch self.encryptRecord(with: connection) {
            case .wrote(let count):
                self.consume(count)
                self.dropWritten(into: &promise)
                room -= TLSConnection.recordBytes
            case .needsInput:
                return Chunk(promise: promise, outcome: .needsInput)
            case .failed(let error):
                return Chunk(promise: promise, outcome: .failed(error))
            }
        }
        return Chunk(promise: promise, outcome: .encrypted)
    }

    /// Empties the queue and returns the promises that will never be kept.
    mutating func removeAll() -> [EventLoopPromise<Void>] {
        let promises = self.writes[self.head...].compactMap(\.promise)
        self = TLSWriteQueue()
        return promises
    }

    private func encryptRecord(with connection: TLSConnection) -> TLSConnection.WriteOutcome {
        let first = self.writes[self.head].bytes
        if first.readableBytes >= TLSConnection.recordBytes || self.head + 1 == self.writes.count {
            return first.withUnsafeReadableBytes { bytes in
                connection.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(TLSConnection.recordBytes)))
            }
        }
        let capacity = min(self.byteCount, TLSConnection.recordBytes)
        return withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { scratch in
            var filled = 0
            for write in self.writes[self.head...] where filled < capacity {
                write.bytes.withUnsafeReadableBytes { bytes in
                    let count = min(bytes.count, capacity - filled)
                    scratch[filled...].copyBytes(from: bytes.prefix(count))
                    filled += count
                }
            }
            return connection.write(UnsafeRawBufferPointer(rebasing: scratch[..<filled]))
        }
    }

    private mutating func consume(_ count: Int) {
        self.byteCount -= count
        var rest = count
        var index = self.head
        while rest > 0 {
            let taken = min(rest, self.writes[index].bytes.readableBytes)
            self.writes[index].bytes.moveReaderIndex(forwardBy: taken)
            rest -= taken
            index += 1
        }
    }

    /// Lets go of writes that are encrypted to the last byte; one promise will stand for all of theirs.
    private mutating func dropWritten(into promise: inout EventLoopPromise<Void>?) {
        while !self.isEmpty, self.writes[self.head].bytes.readableBytes == 0 {
            if let kept = self.writes[self.head].promise {
                if let promise {
                    promise.futureResult.cascade(to: kept)
                } else {
                    promise = kept
                }
            }
            self.head += 1
        }
        if self.isEmpty {
            self.writes = []
            self.head = 0
        }
    }
}
