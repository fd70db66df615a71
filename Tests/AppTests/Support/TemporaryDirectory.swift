import Foundation

/// A directory that goes when the test lets go of it.
final class TemporaryDirectory: Sendable {
    /// Short, since the CLI puts a socket in it whose path may have 107 bytes.
    let path: String

    init() throws {
        var template = Array("/tmp/troupe-e2e-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// Makes a directory in it, and gives its path.
    func directory(_ name: String) throws -> String {
        let path = "\(self.path)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// What is in a file below it; nil when there is none.
    func text(of name: String) -> String? {
        FileManager.default.contents(atPath: "\(self.path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a script of bash into it that can be run, and gives its path.
    func script(_ name: String, _ text: String) -> String {
        let path = "\(self.path)/\(name)"
        let contents = Data("#!/bin/bash\n\(text)\n".utf8)
        _ = FileManager.default.createFile(atPath: path, contents: contents, attributes: [.posixPermissions: 0o700])
        return path
    }
}
