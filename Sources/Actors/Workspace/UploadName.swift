import Glibc

/// The names that files have while they are uploaded: a prefix and 13 digits of base 36, as many as 64 bits need.
///
/// Whoever writes one holds a lock on it (flock(2)), which the kernel takes from a process that is killed: one without was
/// left by a server that is no more.
enum UploadName {
    private static let prefix = ".troupe-upload-"
    private static let digits = 13
    /// Names of one directory that are looked at when it is cleared.
    private static let maximumVisited = 10_000

    /// A new one.
    static func make() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 36)
        return Self.prefix + String(repeating: "0", count: Self.digits - digits.utf8.count) + digits
    }

    /// Whether a name is of this form.
    static func isOne(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(Self.prefix.utf8.count)
        return name.hasPrefix(Self.prefix) && digits.count == Self.digits
            && digits.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
    }

    /// Makes a file of such a name, locked.
    ///
    /// - Throws: `FileError`.
    static func create(in directory: Descriptor) throws(FileError) -> (name: String, file: Descriptor) {
        for _ in 0..<8 {
            let name = Self.make()
            let file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            // Somebody who clears up may have come between the two calls; a file system without locks is never cleared.
            let isLocked = flock(file.number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
            if isLocked, try file.status().st_nlink > 0 { return (name, file) }
        }
        throw FileError(.fileUnavailable, "The file could not be begun.")
    }

    /// Removes such a file if nobody writes it any more.
    ///
    /// - Returns: whether it is gone.
    static func clear(_ name: String, in directory: Descriptor) -> Bool {
        // Asked before it is opened, since it may be a pipe or a device; a link is not followed.
        guard Self.isOne(name), let status = try? directory.status(of: name), status.st_mode & S_IFMT == S_IFREG,
            let file = try? directory.open(name, O_RDONLY | O_NONBLOCK), flock(file.number, LOCK_EX | LOCK_NB) == 0
        else { return false }
        return (try? directory.remove(name, isDirectory: false)) != nil
    }

    /// Removes those of a directory that nobody writes any more.
    static func clearAll(in directory: Descriptor) {
        // One that cannot be read is not cleared; what is done in it says so itself.
        guard let found = try? directory.names(limit: Self.maximumVisited) else { return }
        for name in found.names { _ = Self.clear(name, in: directory) }
    }
}
