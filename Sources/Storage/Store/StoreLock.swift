import Glibc
import SystemPackage

/// The right to be the only server on a database, until it is released or the process is gone.
///
/// A lock of the kernel on an open file (flock(2)): nothing is left stuck by a process that is killed. The file stays.
final class StoreLock: Sendable {
    private let descriptor: FileDescriptor

    /// Takes the lock on the database at `path`, without waiting, by means of a file beside it.
    init(besideDatabase path: String) throws(StorageError) {
        let file = path + ".lock"
        let opened = Result {
            try FileDescriptor.open(
                FilePath(file),
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: [.ownerReadWrite]
            )
        }
        switch opened {
        case .success(let descriptor): self.descriptor = descriptor
        case .failure(let error): throw StorageError(error, path: file)
        }
        guard flock(self.descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 else { return }
        let reason = Errno(rawValue: errno)
        guard reason == .wouldBlock else { throw StorageError(reason, path: file) }
        throw StorageError(
            .locked,
            "Another server uses the database at \(path): stop it, or give this one a directory of its own."
        )
    }

    deinit {
        // A child that was forked and has not yet become another program shares the lock, but does not keep it so.
        flock(self.descriptor.rawValue, LOCK_UN)
        // A descriptor that cannot be closed is closed (close(2)): nothing is left to do.
        try? self.descriptor.close()
    }
}
