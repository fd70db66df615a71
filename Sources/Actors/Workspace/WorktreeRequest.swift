/// A git worktree that a session works in, made with it and removed with it if nothing in it would be lost.
package struct WorktreeRequest: Sendable, Equatable, Codable {
    /// Absolute: the directory that `.git` is in.
    package var repository: String
    /// Checked out if it exists, else made; `nil` for one named after the session.
    package var branch: String?
    /// The directory of the repository's history, which work in the worktree writes to; known once it is made.
    package internal(set) var commonDirectory: String?

    package init(repository: String, branch: String? = nil) {
        self.repository = repository
        self.branch = branch
    }
}
