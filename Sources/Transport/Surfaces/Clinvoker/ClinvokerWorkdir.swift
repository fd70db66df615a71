import Actors
import Foundation

/// Where clinvoker's clients may have work done: its own rules, before those of the server.
///
/// What must not be (`--workspace-root`, a key's roots) is for the session's own check; here is only told what clients are
/// used to be told.
struct ClinvokerWorkdir: Sendable {
    /// Nobody works at or below these (001 §12.3).
    private static let blocked = [
        "/etc", "/var/run", "/var/lock", "/root", "/sys", "/proc", "/dev", "/usr/bin", "/usr/sbin", "/bin", "/sbin",
        "/boot", "/lib", "/lib64", "/usr/lib", "/usr/lib64",
    ]

    /// Those of them that hold for this server.
    private let blocked: [String]

    /// - Parameter own: where the server's sessions work that name no directory: it, and all around it, is not blocked.
    init(own: String) {
        self.blocked = Self.blocked.filter { !Self.isInside(own, $0) }
    }

    /// Looks at a directory.
    ///
    /// - Parameters:
    ///   - path: as the client wrote it.
    ///   - caller: who asks; one that may work in some directories only is not told which others exist.
    /// - Returns: the path, cleaned.
    /// - Throws: `ClinvokerTask.Refusal`.
    func check(_ path: String, for caller: Caller) throws(ClinvokerTask.Refusal) -> String {
        guard path.hasPrefix("/") else {
            throw ClinvokerTask.Refusal(message: "invalid work directory: must be an absolute path")
        }
        let clean = URL(filePath: path, directoryHint: .notDirectory).standardizedFileURL.path
        try self.checkBlocked(clean, path)
        guard caller.may(.settings) else { return clean }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: clean, isDirectory: &isDirectory) else {
            throw ClinvokerTask.Refusal(message: "work directory does not exist: \(path)")
        }
        guard isDirectory.boolValue else {
            throw ClinvokerTask.Refusal(message: "work directory is not a directory: \(path)")
        }
        try self.checkBlocked(URL(filePath: clean).resolvingSymlinksInPath().path, path)
        return clean
    }

    /// What the session's own check refused.
    static func notAllowed(_ path: String) -> String {
        "work directory not allowed: \(path) (not in allowed paths)"
    }

    private func checkBlocked(_ path: String, _ asked: String) throws(ClinvokerTask.Refusal) {
        guard !self.blocked.contains(where: { Self.isInside(path, $0) }) else {
            throw ClinvokerTask.Refusal(message: "work directory not allowed: \(asked) (blocked path)")
        }
    }

    private static func isInside(_ path: String, _ prefix: String) -> Bool {
        path == prefix || path.hasPrefix("\(prefix)/")
    }
}
