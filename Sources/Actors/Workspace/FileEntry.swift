import Glibc

/// One thing in a workspace, as it was at one moment.
package struct FileEntry: Sendable, Equatable {
    /// What it is.
    package enum Kind: String, Sendable {
        case file, directory, symlink
        /// A device, a pipe or a socket; such are shown and never opened.
        case other
    }

    package let path: RelativePath
    package let kind: Kind
    /// In bytes, of a file; 0 for anything else.
    package let size: Int
    /// Since 1970.
    package let modifiedMilliseconds: Int
    /// Differs when the content does: of inode, size and time, as other servers make it.
    package let entityTag: String
    let mode: UInt32

    init(_ path: RelativePath, _ status: stat) {
        self.path = path
        let type = status.st_mode & S_IFMT
        self.kind =
            switch type {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            default: .other
            }
        self.size = type == S_IFREG ? Int(status.st_size) : 0
        self.modifiedMilliseconds = status.st_mtim.tv_sec &* 1000 &+ status.st_mtim.tv_nsec / 1_000_000
        let time = String(
            UInt64(bitPattern: Int64(status.st_mtim.tv_sec)) &* 1_000_000_000 &+ UInt64(status.st_mtim.tv_nsec),
            radix: 36
        )
        self.entityTag = "\"\(String(status.st_ino, radix: 36))-\(String(self.size, radix: 36))-\(time)\""
        self.mode = status.st_mode & 0o777
    }
}

/// What a look into a workspace found.
package struct FileListing: Sendable, Equatable {
    /// In the order of their names, what is in a directory after it.
    package var entries: [FileEntry] = []
    /// There is more than was asked for, or more than one request may look at.
    package var isTruncated = false
    /// Names that are no UTF-8, which no client could say.
    package var unnamable = 0
}
