import Agent
import CLinux
import Glibc

/// An open file or directory, closed with the last who holds it.
final class Descriptor: Sendable {
    let number: Int32

    /// Takes what a system call returned, the error if it failed.
    init(_ number: Int32) throws(FileError) {
        guard number >= 0 else { throw FileError(errno: errno) }
        self.number = number
    }

    deinit { close(self.number) }

    /// Opens a directory of the host.
    static func directory(at path: String) throws(FileError) -> Descriptor {
        // Proof: the call reads the text while it lasts.
        try Descriptor(unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }

    /// Opens one name in this directory; a symbolic link is refused.
    func open(_ name: String, _ flags: Int32, mode: mode_t = 0) throws(FileError) -> Descriptor {
        // Proof: as above.
        try Descriptor(unsafe openat(self.number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode))
    }

    /// Opens a path below this directory in one step of the kernel; `nil` where the kernel has no such step.
    func openBeneath(_ path: String, _ flags: Int32) throws(FileError) -> Descriptor? {
        for _ in 0..<8 {
            // Proof: as above.
            let number = unsafe troupe_open_beneath(self.number, path, flags)
            if number < 0 {
                // Something was renamed meanwhile, and the kernel would rather look again (openat2(2)).
                if errno == EAGAIN || errno == EINTR { continue }
                if errno == ENOSYS || errno == EPERM { return nil }
            }
            return try Descriptor(number)
        }
        throw FileError(.fileUnavailable, "The directories change too fast to be followed.")
    }

    /// What it is.
    func status() throws(FileError) -> stat {
        var status = stat()
        // Proof: the call fills the value while it lasts.
        guard unsafe fstat(self.number, &status) == 0 else { throw FileError(errno: errno) }
        return status
    }

    /// What one name in this directory is; of a symbolic link, the link.
    func status(of name: String) throws(FileError) -> stat {
        var status = stat()
        // Proof: as above.
        guard unsafe fstatat(self.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw FileError(errno: errno)
        }
        return status
    }

    /// Makes a directory in this one; false when something of that name is there.
    func makeDirectory(_ name: String, mode: mode_t) throws(FileError) -> Bool {
        // Proof: the call reads the text while it lasts.
        if unsafe mkdirat(self.number, name, mode) == 0 { return true }
        guard errno == EEXIST else { throw FileError(errno: errno) }
        return false
    }

    /// Removes one name from this directory, a directory if it is empty.
    func remove(_ name: String, isDirectory: Bool) throws(FileError) {
        // Proof: as above.
        guard unsafe unlinkat(self.number, name, isDirectory ? AT_REMOVEDIR : 0) == 0 else {
            throw FileError(errno: errno)
        }
    }

    /// Gives it to another user.
    func give(to owner: HostUser?) throws(FileError) {
        guard let owner else { return }
        guard fchown(self.number, owner.userID, owner.groupID) == 0 else { throw FileError(errno: errno) }
    }

    /// Where the kernel says that it is, all symbolic links resolved; `nil` where there is no `/proc`.
    var path: String? {
        var bytes = [CChar](repeating: 0, count: 4096)
        // Proof: the array lives for the call, and its size is given.
        let count = unsafe readlink("/proc/self/fd/\(self.number)", &bytes, bytes.count)
        guard count > 0, count < bytes.count, bytes[0] == CChar(bitPattern: UInt8(ascii: "/")) else { return nil }
        return String(validating: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in this directory in their order, at most `limit`, and how many are no UTF-8.
    func names(limit: Int) throws(FileError) -> (names: [String], unnamable: Int, isTruncated: Bool) {
        // A descriptor of its own, since the reading of it has a place that all who share one would share.
        let own = try self.open(".", O_RDONLY | O_DIRECTORY)
        var names: [String] = []
        var unnamable = 0
        // Proof: the stream is closed before its descriptor's copy is forgotten; each entry is read before the next call.
        guard let stream = unsafe fdopendir(dup(own.number)) else { throw FileError(errno: errno) }
        defer { unsafe closedir(stream) }
        // Proof: as above.
        while let entry = unsafe readdir(stream) {
            // Proof: the kernel's name ends with a NUL within the array (readdir(3)).
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                unnamable += 1
                continue
            }
            if name == "." || name == ".." { continue }
            guard names.count < limit else { return (names.sorted(), unnamable, true) }
            names.append(name)
        }
        return (names.sorted(), unnamable, false)
    }
}
