import Agent
import Glibc
package import NIOCore
import Synchronization

/// A file on its way: its bytes go beside its place under a name of our own, and it takes its place when it is whole.
///
/// One that is let go before that leaves nothing. All calls block; one caller at a time.
package final class FileUpload: Sendable {
    private struct State {
        var bytes = 0
        var isOver = false
    }

    package let path: RelativePath
    private let directory: Descriptor
    private let file: Descriptor
    private let temporaryName: String
    private let maximumBytes: Int
    private let isQuota: Bool
    private let state = Mutex(State())

    init(
        _ path: RelativePath,
        in directory: Descriptor,
        mode: UInt32,
        owner: HostUser?,
        maximumBytes: Int,
        isQuota: Bool
    ) throws(FileError) {
        let (name, file) = try UploadName.create(in: directory)
        self.path = path
        self.directory = directory
        self.file = file
        self.temporaryName = name
        self.maximumBytes = maximumBytes
        self.isQuota = isQuota
        try file.give(to: owner)
        guard fchmod(file.number, mode) == 0 else { throw FileError(errno: errno) }
    }

    deinit {
        if !self.state.withLock({ $0.isOver }) { try? self.directory.remove(self.temporaryName, isDirectory: false) }
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `FileError`, `file_too_large` or `quota_reached` with the first byte that is too much.
    package func write(_ bytes: ByteBuffer) throws(FileError) {
        let total = self.state.withLock { state in
            state.bytes += bytes.readableBytes
            return state.bytes
        }
        guard total <= self.maximumBytes else { throw self.tooLarge }
        var left = bytes
        while left.readableBytes > 0 {
            // Proof: the pointer is that of the buffer's readable bytes, whose count is given, for the call only.
            let count = unsafe left.withUnsafeReadableBytes { bytes in
                unsafe Glibc.write(self.file.number, bytes.baseAddress, bytes.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(errno: errno)
            }
            left.moveReaderIndex(forwardBy: count)
        }
    }

    /// Refuses a size that was announced, before anything of it is sent.
    ///
    /// - Throws: `file_too_large` or `quota_reached`.
    package func checkAnnounced(bytes: Int) throws(FileError) {
        guard bytes <= self.maximumBytes else { throw self.tooLarge }
    }

    /// Puts the file in its place, at once.
    ///
    /// - Parameter isNew: whether it must not replace one.
    /// - Returns: what is there now.
    /// - Throws: `FileError`, `file_exists` when it would replace one that it must not.
    package func commit(isNew: Bool = false) throws(FileError) -> FileEntry {
        let entry = FileEntry(self.path, try self.file.status())
        let directory = self.directory.number
        if isNew {
            // Proof: the call reads the texts while it lasts.
            guard unsafe linkat(directory, self.temporaryName, directory, self.path.name, 0) == 0 else {
                throw FileError(errno: errno)
            }
            return entry
        }
        // Proof: as above.
        guard unsafe renameat(directory, self.temporaryName, directory, self.path.name) == 0 else {
            throw FileError(errno: errno)
        }
        self.state.withLock { $0.isOver = true }
        return entry
    }

    private var tooLarge: FileError {
        self.isQuota
            ? FileError(.quotaReached, "The workspace may hold no more than it would with this file.")
            : FileError(.fileTooLarge, "A file may have \(self.maximumBytes) bytes.")
    }
}
