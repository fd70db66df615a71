import Foundation

/// A directory of the server's own for its agents' temporary files, gone with it.
struct TemporaryDirectory: Sendable {
    let path: String

    /// - Throws: `Failure` when none can be made.
    init() throws {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/troupe-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure("cannot make a directory in \(parent): \(String(cString: strerror(errno))); set TMPDIR")
        }
        // Agents of other users go through it, each to a directory of its own whose name it is told; none can list it.
        if geteuid() == 0 { chmod(template, 0o711) }
        self.path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
