/// The bounds of what is done with the files of a workspace.
package struct FileLimits: Sendable, Equatable {
    /// Bytes of one uploaded file.
    package var maximumFileBytes = 10 << 20
    /// Bytes that a whole workspace may hold when something is uploaded; `nil` for as many as the disk has.
    package var maximumWorkspaceBytes: Int?
    /// Names looked at by one request: a listing stops there, a removal refuses.
    package var maximumVisited = 100_000

    package init() {}
}
