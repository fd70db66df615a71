import Glibc
package import NIOCore

/// A regular file that is open for reading, as it was when it was opened.
package struct ReadableFile: Sendable {
    private let file: Descriptor
    package let entry: FileEntry

    init(_ file: Descriptor, _ entry: FileEntry) {
        self.file = file
        self.entry = entry
    }

    /// Reads from a place; blocking.
    ///
    /// - Parameters:
    ///   - count: bytes at most.
    ///   - offset: from the beginning.
    /// - Returns: the bytes; none at the end of the file.
    /// - Throws: `FileError`.
    package func read(_ count: Int, at offset: Int) throws(FileError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var result = 0
        repeat {
            // Proof: the pointer is that of the buffer's own room, whose size is given, for the call only.
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
                result = unsafe pread(self.file.number, room.baseAddress, min(count, room.count), off_t(offset))
                return max(0, result)
            }
        } while result < 0 && errno == EINTR
        guard result >= 0 else { throw FileError(errno: errno) }
        return buffer
    }
}
