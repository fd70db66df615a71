import Glibc

/// Making and removing in a workspace.
extension ConfinedDirectory {
    /// Makes a directory and those it is in, where they are missing.
    ///
    /// - Throws: `FileError`.
    package func makeDirectory(_ path: RelativePath) throws(FileError) {
        var directory = self.root
        for name in path.names {
            let isNew = try directory.makeDirectory(name, mode: 0o755)
            directory = try directory.open(name, O_RDONLY | O_DIRECTORY)
            if isNew { try directory.give(to: self.owner) }
        }
    }

    /// Begins a file that appears under its name when it is whole.
    ///
    /// What a server that was killed has left of uploads to that directory is removed.
    ///
    /// - Parameter path: its name; directories that are missing are made.
    /// - Returns: what takes its bytes.
    /// - Throws: `FileError`.
    package func beginUpload(_ path: RelativePath) throws(FileError) -> FileUpload {
        guard !path.isRoot else { throw FileError(errno: EISDIR) }
        try self.makeDirectory(path.parent)
        let directory = try self.directory(path.parent)
        UploadName.clearAll(in: directory)
        let before = try? directory.status(of: path.name)
        if let before, before.st_mode & S_IFMT == S_IFDIR { throw FileError(errno: EISDIR) }
        var room = self.limits.maximumFileBytes
        var isQuota = false
        if let quota = self.limits.maximumWorkspaceBytes {
            let replaced = before.map { FileEntry(path, $0).size } ?? 0
            let left = max(0, quota - (try self.usedBytes()) + replaced)
            (room, isQuota) = left < room ? (left, true) : (room, false)
        }
        return try FileUpload(
            path,
            in: directory,
            mode: before.map { FileEntry(path, $0) }.flatMap { $0.kind == .file ? $0.mode : nil } ?? 0o644,
            owner: self.owner,
            maximumBytes: room,
            isQuota: isQuota
        )
    }

    /// Removes a file, a link or a directory.
    ///
    /// - Parameters:
    ///   - path: its name.
    ///   - isRecursive: whether a directory goes with what is in it.
    /// - Throws: `FileError`.
    package func remove(_ path: RelativePath, isRecursive: Bool = false) throws(FileError) {
        guard !path.isRoot else { throw FileError(.pathRefused, "The workspace itself is not removed.") }
        let parent = try self.directory(path.parent)
        let isDirectory = try parent.status(of: path.name).st_mode & S_IFMT == S_IFDIR
        if isDirectory, isRecursive {
            var visits = self.limits.maximumVisited
            let directory = try parent.open(path.name, O_RDONLY | O_DIRECTORY)
            try Self.empty(directory, depth: path.names.count, &visits)
        }
        try parent.remove(path.name, isDirectory: isDirectory)
    }

    /// Removes all that is in a directory.
    ///
    /// - Parameters:
    ///   - directory: which stays.
    ///   - depth: how deep it lies.
    ///   - visits: how many names may still be looked at.
    /// - Throws: `FileError`; part of it may be gone then.
    static func empty(_ directory: Descriptor, depth: Int, _ visits: inout Int) throws(FileError) {
        guard depth < RelativePath.maximumDepth else {
            throw FileError(.quotaReached, "The directories lie deeper than one request removes.")
        }
        let found = try directory.names(limit: visits)
        guard !found.isTruncated, found.names.count < visits else {
            throw FileError(.quotaReached, "There is more in the directory than one request removes; ask again.")
        }
        visits -= found.names.count
        for name in found.names {
            guard let status = try? directory.status(of: name) else { continue }
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            if isDirectory {
                let inner = try directory.open(name, O_RDONLY | O_DIRECTORY)
                try Self.empty(inner, depth: depth + 1, &visits)
            }
            try directory.remove(name, isDirectory: isDirectory)
        }
    }
}
