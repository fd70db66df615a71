import GRDB
import SystemPackage

extension StorageError {
    /// What went wrong while the file at `path` was opened, read or written.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError: self.init(sqlite: error, path: path)
        case is CancellationError: self.init(.unavailable, "Reading \(path) was cancelled.")
        default: self.init(.unavailable, "The database at \(path) cannot be used (\(error)).")
        }
    }

    /// A system call on `path` that failed.
    init(_ errno: Errno, path: String) {
        if errno == .noSpace {
            self = .full(path: path)
        } else {
            self.init(.unavailable, "\(path) cannot be used (\(errno)): look at its permissions and its file system.")
        }
    }

    /// A file that SQLite, or our check of it, finds damaged.
    static func corrupt(path: String, reason: String) -> StorageError {
        StorageError(
            .corrupt,
            "The database at \(path) is damaged or no database (\(reason)): stop the server, move the file and those "
                + "beside it that end in -wal and -shm away, and start again; nothing was deleted."
        )
    }

    private static func full(path: String) -> StorageError {
        StorageError(.full, "The disk that holds \(path) is full: make room, and what waits is written.")
    }

    private init(sqlite error: DatabaseError, path: String) {
        let reason = error.message ?? "\(error.extendedResultCode)"
        switch error.resultCode {
        case .SQLITE_FULL:
            self = .full(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.locked, "Another program holds a lock on \(path): end it or wait for it.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
            self = .corrupt(path: path, reason: reason)
        default:
            self.init(.unavailable, "The database at \(path) cannot be used (\(reason)).")
        }
    }
}
