/// Where sessions may work.
///
/// A directory is judged by where it really is: it is opened, and the kernel says where that was, so no link can be put in
/// between the question and the answer.
package struct WorkspacePolicy: Sendable, Equatable {
    /// Directories that every session has to be in, but for those of keys with roots of their own; empty for anywhere.
    package var roots: [String] = []
    /// The same for sessions without the scope `settings`, where `roots` says nothing.
    package var strictRoots: [String] = []
    /// Whether a session that names no directory gets one of its own.
    package var makesSessionDirectories = false
    /// Whether it goes when the session is forgotten.
    package var removesSessionDirectories = false
    /// The bounds of what is done with files over the API.
    package var files = FileLimits()

    package init() {}

    /// The roots that hold for a session; `nil` for anywhere.
    package func roots(for confinement: SessionConfinement?) -> [String]? {
        if let own = confinement?.roots, !own.isEmpty { return own }
        if !self.roots.isEmpty { return self.roots }
        guard let confinement, !confinement.mayUseSettings, !self.strictRoots.isEmpty else { return nil }
        return self.strictRoots
    }

    /// Where a directory really is, if a session may work there.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - confinement: the session's.
    /// - Returns: the path with all links resolved.
    /// - Throws: `SessionError`, `workspace_refused`: there is no such directory, or it is not in the roots; which of the
    ///   two is not said.
    package func admit(_ path: String, _ confinement: SessionConfinement?) throws(SessionError) -> String {
        try self.open(path, confinement).path
    }

    /// Opens a directory that a session may work in.
    ///
    /// - Throws: `SessionError`, `workspace_refused`.
    func open(
        _ path: String,
        _ confinement: SessionConfinement?
    ) throws(SessionError) -> (directory: Descriptor, path: String) {
        guard path.hasPrefix("/"), !path.utf8.contains(0), let directory = try? Descriptor.directory(at: path),
            let real = directory.path
        else { throw Self.refusal }
        guard let roots = self.roots(for: confinement) else { return (directory, real) }
        let isInside = roots.contains { root in
            guard let root = (try? Descriptor.directory(at: root))?.path else { return false }
            return root == "/" || real == root || real.hasPrefix("\(root)/")
        }
        guard isInside else { throw Self.refusal }
        return (directory, real)
    }

    /// The files of a session's directory.
    ///
    /// - Throws: `SessionError`, `workspace_refused`.
    package func files(
        in path: String,
        _ confinement: SessionConfinement?
    ) throws(SessionError) -> ConfinedDirectory {
        ConfinedDirectory(try self.open(path, confinement).directory, limits: self.files, owner: confinement?.user)
    }

    static let refusal = SessionError(
        .workspaceRefused,
        "There is no such directory that the session may work in."
    )
}
