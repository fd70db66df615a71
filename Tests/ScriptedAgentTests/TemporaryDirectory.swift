import Glibc

@testable import ScriptedAgent

/// A directory that goes when the test lets go of it.
final class TemporaryDirectory: Sendable {
    /// Where it is.
    let path: String

    init() {
        var template = Array("/tmp/scripted-agent-test-XXXXXX".utf8CString)
        mkdtemp(&template)
        self.path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    deinit {
        guard self.path.hasPrefix("/tmp/scripted-agent-test-") else { return }
        Self.remove(self.path)
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in Files.names(in: path) { Self.remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
