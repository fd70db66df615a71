import Agent
import Glibc
import SystemPackage

/// Finds or makes the directory that a new session works in, and takes away what was made for it.
///
/// Blocks for the moment that directories take, and suspends while git runs.
package struct WorkspaceSetup: Sendable {
    /// A session's options with its directories found, and what was made of them.
    struct Place {
        var options: SessionOptions
        /// Its own directory was made just now.
        var isNew = false
    }

    let policy: WorkspacePolicy
    /// Where sessions work that nothing else is said for.
    let defaultDirectory: String
    /// Closes git in, as it does agents.
    var bubblewrap: Bubblewrap?

    /// Settles where a session works.
    ///
    /// - Parameters:
    ///   - options: what its client asked for; `id` must be set.
    ///   - owner: the directory's name between the root and the session's, where it gets one of its own.
    /// - Returns: the options with real directories in them, all of which exist and may be worked in.
    /// - Throws: `SessionError`: `scope_required`, `workspace_refused`, `worktree_failed`.
    func prepare(_ options: SessionOptions, owner: String?) async throws(SessionError) -> Place {
        try options.checkConfinement()
        var isNew = false
        var options = options
        let confinement = options.confinement
        var added: [String] = []
        for directory in options.addDirectories { added.append(try self.policy.admit(directory, confinement)) }
        options.addDirectories = added
        if let worktree = options.worktree, worktree.commonDirectory == nil {
            guard options.workingDirectory == nil else {
                throw SessionError(.workspaceRefused, "A session works in cwd or in a worktree, not in both.")
            }
            try await self.add(worktree, to: &options, owner)
            isNew = true
        } else if let directory = options.workingDirectory {
            options.workingDirectory = try self.policy.admit(directory, confinement)
        } else if let name = options.directoryName {
            (options.workingDirectory, options.madeDirectory) = try self.makeDirectory(named: name, confinement)
            isNew = options.madeDirectory != nil
        } else if self.policy.makesSessionDirectories {
            (options.workingDirectory, options.madeDirectory) = try self.makeDirectory(for: options, owner)
            isNew = options.madeDirectory != nil
        } else if let roots = self.policy.roots(for: confinement) {
            let isStandardInside = (try? self.policy.admit(self.defaultDirectory, confinement)) != nil
            options.workingDirectory = try self.policy.admit(
                isStandardInside ? self.defaultDirectory : roots[0],
                confinement
            )
        }
        return Place(options: options, isNew: isNew)
    }

    /// Takes back what `prepare` made for a session that came to nothing, or that has ended.
    ///
    /// A worktree goes if nothing in it would be lost; a directory of its own stays, unless it is empty.
    func discard(_ place: Place) async {
        let options = place.options
        guard place.isNew, let directory = options.workingDirectory else { return }
        if let worktree = options.worktree, worktree.commonDirectory != nil {
            _ = await self.git(worktree.repository, at: directory, options.confinement).removeIfClean()
        } else {
            // Fails on one with something in it. Proof: the call reads the text while it lasts.
            _ = unsafe rmdir(directory)
        }
    }

    /// Removes what was made for a session that is forgotten; away from its caller, as it may be large.
    ///
    /// - Throws: `FileError`; part of it may be gone then.
    @concurrent func remove(_ directory: MadeDirectory) async throws(FileError) {
        try directory.remove()
    }

    // MARK: Steps

    private func add(
        _ worktree: WorktreeRequest,
        to options: inout SessionOptions,
        _ owner: String?
    ) async throws(SessionError) {
        let confinement = options.confinement
        var worktree = worktree
        worktree.repository = try self.policy.admit(worktree.repository, confinement)
        let path: String
        do {
            // A repository may keep its history elsewhere, and what is there would be written to.
            let asked = self.git(worktree.repository, at: worktree.repository, confinement)
            worktree.commonDirectory = try self.policy.admit(await asked.commonDirectory().string, confinement)
            let place = try self.place(for: options, owner, beside: worktree.repository)
            path = "\(place.path)/\(place.name)"
            let git = self.git(worktree.repository, at: path, confinement)
            try await git.add(branch: worktree.branch, newBranch: "troupe/\(place.name)")
        } catch let error as SessionError {
            throw error
        } catch let error as AgentError {
            throw SessionError(.worktreeFailed, "The worktree could not be made: \(error.detail).")
        } catch {
            throw SessionError(.worktreeFailed, "The worktree could not be made.")
        }
        options.worktree = worktree
        options.workingDirectory = try self.policy.admit(path, confinement)
    }

    private func git(_ repository: String, at path: String, _ confinement: SessionConfinement?) -> GitWorktree {
        var git = GitWorktree(repository: FilePath(repository), path: FilePath(path))
        git.user = confinement?.user
        git.bubblewrap = self.bubblewrap
        return git
    }

    /// `ROOT/<owner>/<session>`, nobody's business but its owner's.
    private func makeDirectory(
        for options: SessionOptions,
        _ owner: String?
    ) throws(SessionError) -> (path: String, made: MadeDirectory?) {
        let place = try self.place(for: options, owner, beside: nil)
        do throws(FileError) {
            let (own, isNew) = try self.directory(place.name, in: place.directory, options.confinement)
            guard let path = own.path else { throw FileError(.fileUnavailable, "") }
            return (path, isNew ? try MadeDirectory(place.name, in: place.path, own) : nil)
        } catch {
            throw SessionError(.workspaceRefused, "No directory could be made for the session: \(error.code.rawValue).")
        }
    }

    /// `ROOT/<name>`, which may be there already.
    private func makeDirectory(
        named name: String,
        _ confinement: SessionConfinement?
    ) throws(SessionError) -> (String, MadeDirectory?) {
        guard (try? RelativePath(names: [name])) != nil else { throw WorkspacePolicy.refusal }
        let root = self.policy.roots(for: confinement)?.first ?? self.defaultDirectory
        let base = try self.policy.open(root, confinement)
        do throws(FileError) {
            let (own, isNew) = try self.directory(name, in: base.directory, confinement)
            guard let path = own.path else { throw FileError(.fileUnavailable, "") }
            return (path, isNew ? try MadeDirectory(name, in: base.path, own) : nil)
        } catch {
            throw SessionError(.workspaceRefused, "No directory could be made for the session: \(error.code.rawValue).")
        }
    }

    /// Where a session's own directory goes, and its name there.
    private func place(
        for options: SessionOptions,
        _ owner: String?,
        beside repository: String?
    ) throws(SessionError) -> (directory: Descriptor, path: String, name: String) {
        let confinement = options.confinement
        // Ids are letters, digits, `_` and `-`; so are those of keys.
        guard let id = options.id, Identifier.isAcceptable(id), Identifier.isAcceptable(owner ?? "shared") else {
            throw WorkspacePolicy.refusal
        }
        let base: (directory: Descriptor, path: String)
        let folder: String
        if let root = self.policy.roots(for: confinement)?.first {
            (base, folder) = (try self.policy.open(root, confinement), owner ?? "shared")
        } else if let repository {
            let path = FilePath(repository)
            let parent = path.removingLastComponent().string
            base = try self.policy.open(parent, confinement)
            folder = "\(path.lastComponent?.string ?? "").worktrees"
        } else {
            (base, folder) = (try self.policy.open(self.defaultDirectory, confinement), owner ?? "shared")
        }
        do throws(FileError) {
            let (directory, _) = try self.directory(folder, in: base.directory, confinement)
            guard let path = directory.path else { throw FileError(.fileUnavailable, "") }
            return (directory, path, id)
        } catch {
            throw SessionError(.workspaceRefused, "No directory could be made for the session: \(error.code.rawValue).")
        }
    }

    /// A directory in another, made if it is missing; a symbolic link in its place is refused.
    private func directory(
        _ name: String,
        in directory: Descriptor,
        _ confinement: SessionConfinement?
    ) throws(FileError) -> (Descriptor, isNew: Bool) {
        let isNew = try directory.makeDirectory(name, mode: 0o700)
        let own = try directory.open(name, O_RDONLY | O_DIRECTORY)
        if isNew { try own.give(to: confinement?.user) }
        return (own, isNew)
    }
}
