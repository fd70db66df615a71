/// Where the session works, and what it may do there.
extension Session {
    /// Its files, as far as the API shows them.
    ///
    /// Looks anew each time, for its directory may have been moved, or may be allowed no more.
    ///
    /// - Throws: `SessionError`, `workspace_refused`.
    package func files() throws(SessionError) -> ConfinedDirectory {
        try self.plan.workspace.files(in: self.plan.workingDirectory(self.options), self.options.confinement)
    }

    /// The worktree that was made for it, if it is over for good.
    var finishedWorktree: SessionOptions? {
        self.isEnded && self.options.worktree != nil ? self.options : nil
    }

    /// Whether this, or something in it, is where it works or may.
    func works(in directory: String) -> Bool {
        ([self.plan.workingDirectory(self.options)] + self.options.addDirectories).contains {
            $0 == directory || $0.hasPrefix("\(directory)/")
        }
    }

    /// Whether `@path` and `/command` in its prompts mean anything.
    var mayCompose: Bool { self.options.confinement?.mayCompose ?? true }

    /// Whether it may have settings of its own.
    var mayUseSettings: Bool { self.options.confinement?.mayUseSettings ?? true }
}
