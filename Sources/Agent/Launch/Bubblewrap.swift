import Glibc
package import SystemPackage

/// Puts a child into a world of its own with bubblewrap: the machine is there to be read, but for homes and what else is
/// nobody's business, and only what the child works on can be written.
///
/// It has process ids of its own, so it can signal no process outside; the network is the machine's, since the API has to
/// be reached. From outside its processes are seen as any others, below the one that is bubblewrap's.
package struct Bubblewrap: Sendable, Equatable {
    /// The program `bwrap`.
    package let path: FilePath
    /// Files and directories of the server that no child may see.
    package var hidden: [FilePath]

    /// Hidden wherever they exist; what a child needs of them is put back.
    private static let privatePlaces = ["/tmp", "/var/tmp", "/home", "/root", "/run"]
    /// Where `/etc/resolv.conf` points on machines with systemd-resolved.
    private static let resolver: FilePath = "/run/systemd/resolve"

    package init(path: FilePath, hidden: [FilePath] = []) {
        self.path = path
        self.hidden = hidden
    }

    /// The command line after `bwrap`.
    ///
    /// - Parameters:
    ///   - command: what is to run in it.
    ///   - directory: where.
    ///   - writable: what it may write.
    ///   - home: hidden too, wherever it is.
    /// - Returns: options, then `command`.
    func arguments(
        _ command: [String],
        in directory: FilePath,
        writable: [FilePath],
        home: FilePath?
    ) -> [String] {
        var arguments = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL"]
        arguments += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        var places = Self.privatePlaces
        if let home = home?.string, !places.contains(where: { home == $0 || home.hasPrefix("\($0)/") }), home != "/" {
            places.append(home)
        }
        for place in places where Self.isDirectory(place) { arguments += ["--tmpfs", place] }
        let resolver = Self.resolver.string
        if Self.isDirectory(resolver) { arguments += ["--ro-bind", resolver, resolver] }
        let hidden = self.hidden.map(\.string)
        for path in hidden where Self.isDirectory(path) { arguments += ["--tmpfs", path] }
        if let program = command.first { arguments += ["--ro-bind", program, program] }
        for path in writable.map(\.string) { arguments += ["--bind-try", path, path] }
        // Also where they lie in what may be written.
        for path in hidden where !Self.isDirectory(path) && access(path, F_OK) == 0 {
            arguments += ["--ro-bind", "/dev/null", path]
        }
        return arguments + ["--chdir", directory.string, "--"] + command
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

extension AgentLaunch {
    /// The program to start: the CLI, or bubblewrap around it.
    var command: (executable: FilePath, arguments: [String]) {
        guard let bubblewrap else { return (self.executable, self.arguments) }
        // In it the CLI is where it really is, not where a link in somebody's home says.
        let program = realpath(self.executable.string, nil).map { path in
            defer { free(path) }
            return String(cString: path)
        }
        let writable =
            [self.workingDirectory] + self.addDirectories + self.writableDirectories
            + [self.stateDirectory, self.temporaryDirectory].compactMap(\.self)
        return (
            bubblewrap.path,
            bubblewrap.arguments(
                [program ?? self.executable.string] + self.arguments,
                in: self.workingDirectory,
                writable: writable,
                home: self.inheritedEnvironment["HOME"].map { FilePath($0) }
            )
        )
    }

    /// Where the CLI keeps what it must find again; in bubblewrap it is named, as the home is not there.
    var stateDirectory: FilePath? {
        if let configDirectory { return configDirectory }
        guard self.bubblewrap != nil else { return nil }
        if let named = self.inheritedEnvironment["CLAUDE_CONFIG_DIR"] { return FilePath(named) }
        return self.inheritedEnvironment["HOME"].map { FilePath($0).appending(".claude") }
    }
}
