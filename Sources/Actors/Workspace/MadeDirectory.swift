import Glibc

/// A directory that the server has made for a session: its place, and which one it was.
///
/// Kept with the session, so that what is removed with it one day is that and nothing else.
package struct MadeDirectory: Sendable, Equatable, Codable {
    /// Where it was made, all links resolved.
    let parent: String
    let name: String
    private let device: UInt64
    private let inode: UInt64

    /// - Parameters:
    ///   - name: its name.
    ///   - parent: where it was made, all links resolved.
    ///   - directory: itself.
    /// - Throws: `FileError`.
    init(_ name: String, in parent: String, _ directory: Descriptor) throws(FileError) {
        let status = try directory.status()
        self.parent = parent
        self.name = name
        self.device = UInt64(status.st_dev)
        self.inode = UInt64(status.st_ino)
    }

    package var path: String { "\(self.parent)/\(self.name)" }

    /// Removes it with all that is in it; blocks for as long as that takes.
    ///
    /// No symbolic link is followed, neither on the way to it nor in it, and another directory in its place stays.
    ///
    /// - Throws: `FileError`; part of it may be gone then.
    func remove() throws(FileError) {
        let parent = try Descriptor.directory(at: self.parent)
        let directory = try parent.open(self.name, O_RDONLY | O_DIRECTORY)
        let status = try directory.status()
        guard parent.path == self.parent, UInt64(status.st_dev) == self.device, UInt64(status.st_ino) == self.inode
        else { throw FileError(.pathRefused, "Another directory is in its place.") }
        var visits = Int.max
        try ConfinedDirectory.empty(directory, depth: 0, &visits)
        try parent.remove(self.name, isDirectory: true)
    }
}
