import Glibc

/// Looking around in a workspace.
extension ConfinedDirectory {
    private struct Walk {
        let pattern: GlobPattern?
        let isRecursive: Bool
        let limit: Int
        /// Whether files on their way are listed.
        let hasUploads: Bool
        /// Names that may still be looked at.
        var visits: Int
        var listing = FileListing()
    }

    /// What is in a directory, without files that are still on their way.
    ///
    /// - Parameters:
    ///   - path: the directory.
    ///   - isRecursive: whether what is in its directories is listed too; those behind symbolic links are not.
    ///   - pattern: lists only what it matches.
    ///   - limit: entries at most.
    /// - Returns: the entries in order.
    /// - Throws: `FileError`.
    package func list(
        _ path: RelativePath = .root,
        isRecursive: Bool = false,
        matching pattern: GlobPattern? = nil,
        limit: Int
    ) throws(FileError) -> FileListing {
        try self.list(path, isRecursive: isRecursive, matching: pattern, limit: limit, hasUploads: false)
    }

    private func list(
        _ path: RelativePath,
        isRecursive: Bool,
        matching pattern: GlobPattern?,
        limit: Int,
        hasUploads: Bool
    ) throws(FileError) -> FileListing {
        var walk = Walk(
            pattern: pattern,
            isRecursive: isRecursive,
            limit: limit,
            hasUploads: hasUploads,
            visits: self.limits.maximumVisited
        )
        try Self.walk(self.directory(path), path, within: path.names.count, &walk)
        return walk.listing
    }

    /// The bytes of all files; at least those of the first names, if there are more than may be looked at.
    func usedBytes() throws(FileError) -> Int {
        let limit = self.limits.maximumVisited
        let listing = try self.list(.root, isRecursive: true, matching: nil, limit: limit, hasUploads: true)
        return listing.entries.reduce(0) { $0 + $1.size }
    }

    private static func walk(
        _ directory: Descriptor,
        _ path: RelativePath,
        within base: Int,
        _ walk: inout Walk
    ) throws(FileError) {
        let found = try directory.names(limit: walk.visits)
        walk.listing.unnamable += found.unnamable
        if found.isTruncated { walk.listing.isTruncated = true }
        walk.visits -= found.names.count
        for name in found.names {
            // It may have gone since.
            guard let status = try? directory.status(of: name),
                let below = try? RelativePath(names: path.names + [name])
            else { continue }
            let entry = FileEntry(below, status)
            if entry.kind == .file, UploadName.isOne(name) {
                guard !UploadName.clear(name, in: directory), walk.hasUploads else { continue }
            }
            if walk.pattern?.matches(below.names.dropFirst(base)) ?? true {
                guard walk.listing.entries.count < walk.limit else {
                    walk.listing.isTruncated = true
                    return
                }
                walk.listing.entries.append(entry)
            }
            guard walk.isRecursive, entry.kind == .directory else { continue }
            guard walk.visits > 0, below.names.count < RelativePath.maximumDepth else {
                walk.listing.isTruncated = true
                continue
            }
            // One that may not be read, or has become something else, is listed and passed over.
            guard let next = try? directory.open(name, O_RDONLY | O_DIRECTORY) else { continue }
            try Self.walk(next, below, within: base, &walk)
            if walk.listing.isTruncated, walk.listing.entries.count >= walk.limit { return }
        }
    }
}
