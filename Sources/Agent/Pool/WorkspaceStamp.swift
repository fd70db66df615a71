import Glibc
import SystemPackage

/// Tells whether files have changed that a process reads when it starts, and keeps for its first turn.
///
/// Seen with 2.1.329: instructions and the state of the repository are as of `initialize`, settings are read again. Not
/// noticed are files that `CLAUDE.md` imports, and edits of the working tree, which the CLI would list as of its start too.
struct WorkspaceStamp: Equatable {
    /// One file at one moment; all zero for none.
    private struct Version: Equatable {
        var inode: UInt64 = 0
        var size: Int = 0
        var seconds: Int = 0
        var nanoseconds: Int = 0
    }

    private static let instructions = ["CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md"]
    /// Written by checkouts and commits.
    private static let repository = [".git/HEAD", ".git/logs/HEAD"]
    private static let configuration = ["CLAUDE.md", ".credentials.json"]

    private let versions: [Version]

    /// Looks at the files of a launch now: some dozens of calls of stat(2).
    init(of launch: AgentLaunch) {
        var paths: [FilePath] = []
        var directory = launch.workingDirectory
        while true {
            paths += (Self.instructions + Self.repository).map { directory.appending($0) }
            if !directory.removeLastComponent() { break }
        }
        let environment = launch.environment
        let home = environment["HOME"].map { FilePath($0).appending(".claude") }
        if let configuration = environment["CLAUDE_CONFIG_DIR"].map({ FilePath($0) }) ?? home {
            paths += Self.configuration.map { configuration.appending($0) }
        }
        self.versions = paths.map(Self.version)
    }

    private static func version(_ path: FilePath) -> Version {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return Version() }
        return Version(
            inode: UInt64(status.st_ino),
            size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }
}
