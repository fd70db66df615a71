package import Agent
import Glibc

/// A directory that nothing gets out of.
///
/// Holds the directory itself, not its name, and every path is resolved below it: by the kernel in one step where it can
/// (openat2 with `RESOLVE_BENEATH`), else name by name without following anything. No symbolic link is followed, wherever
/// it points and whenever it came to be there; what is no regular file is not opened. All calls block.
package struct ConfinedDirectory: Sendable {
    let root: Descriptor
    package let limits: FileLimits
    /// Whom what is made here belongs to.
    let owner: HostUser?
    private let resolvesInKernel: Bool

    /// Opens a directory; symbolic links in `path` itself are followed, for the server's operator may have such.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - limits: its bounds.
    ///   - owner: whom new files belong to; `nil` for the server's own user.
    /// - Throws: `FileError`.
    package init(path: String, limits: FileLimits = FileLimits(), owner: HostUser? = nil) throws(FileError) {
        self.init(try Descriptor.directory(at: path), limits: limits, owner: owner)
    }

    init(_ root: Descriptor, limits: FileLimits, owner: HostUser?, resolvesInKernel: Bool = true) {
        self.root = root
        self.limits = limits
        self.owner = owner
        self.resolvesInKernel = resolvesInKernel
    }

    /// Where it is on the host, all links resolved.
    package var path: String? { self.root.path }

    /// What a path names; of a symbolic link, the link.
    ///
    /// - Throws: `FileError`.
    package func status(_ path: RelativePath) throws(FileError) -> FileEntry {
        guard !path.isRoot else { return FileEntry(path, try self.root.status()) }
        return FileEntry(path, try self.directory(path.parent).status(of: path.name))
    }

    /// Opens a regular file for reading.
    ///
    /// - Throws: `FileError`.
    package func open(_ path: RelativePath) throws(FileError) -> ReadableFile {
        guard !path.isRoot else { throw FileError(errno: EISDIR) }
        let directory = try self.directory(path.parent)
        // Asked before it is opened, since opening a device or a pipe may do something; and after, since it may be
        // another by then.
        try Self.requireFile(directory.status(of: path.name))
        let file = try directory.open(path.name, O_RDONLY | O_NONBLOCK)
        let status = try file.status()
        try Self.requireFile(status)
        return ReadableFile(file, FileEntry(path, status))
    }

    /// Opens a directory below this one.
    func directory(_ path: RelativePath) throws(FileError) -> Descriptor {
        guard !path.isRoot else { return self.root }
        let flags = O_RDONLY | O_DIRECTORY
        if self.resolvesInKernel, let found = try self.root.openBeneath(path.description, flags) { return found }
        var directory = self.root
        for name in path.names { directory = try directory.open(name, flags) }
        return directory
    }

    private static func requireFile(_ status: stat) throws(FileError) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw FileError(errno: EISDIR)
        case S_IFLNK: throw FileError(errno: ELOOP)
        default: throw FileError(.notAFile, "It is a device, a pipe or a socket.")
        }
    }
}
