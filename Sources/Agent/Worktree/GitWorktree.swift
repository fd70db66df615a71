import Glibc
import Subprocess
package import SystemPackage

/// A worktree of a git repository: the files of one branch in a directory of their own (git-worktree(1)).
///
/// The repository's hooks are not run. What its configuration makes of files when they are written (filters) is, by the
/// user and in the confinement that its agents have.
package struct GitWorktree: Sendable {
    /// The directory that `.git` is in.
    package let repository: FilePath
    /// Where its files are.
    package let path: FilePath
    /// Runs as; `nil` for the server's user.
    package var user: HostUser?
    /// Closes git in, as it does agents.
    package var bubblewrap: Bubblewrap?
    /// How long one call of git may take.
    package var timeout: Duration = .seconds(120)

    package init(repository: FilePath, path: FilePath) {
        self.repository = repository
        self.path = path
    }

    /// Where the repository keeps its history: its own `.git`, or that of the repository it is itself a worktree of.
    ///
    /// - Throws: `git_failed` when it is no repository.
    package func commonDirectory() async throws(AgentError) -> FilePath {
        FilePath(try await self.git(["rev-parse", "--path-format=absolute", "--git-common-dir"]))
    }

    /// Makes it.
    ///
    /// - Parameters:
    ///   - branch: is checked out if it exists, else made from the repository's head; `nil` for `newBranch`.
    ///   - newBranch: the name of a branch that is made when none is named.
    /// - Throws: `git_failed`, with git's own words in short.
    package func add(branch: String?, newBranch: String) async throws(AgentError) {
        let name = branch ?? newBranch
        do {
            _ = try await self.git(["check-ref-format", "--branch", name])
        } catch {
            throw AgentError(.gitFailed, "that is no name of a branch")
        }
        let exists = (try? await self.git(["show-ref", "--verify", "--quiet", "refs/heads/\(name)"])) != nil
        let path = self.path.string
        _ = try await self.git(
            exists ? ["worktree", "add", "--", path, name] : ["worktree", "add", "-b", name, "--", path]
        )
    }

    /// Removes it, unless there is work in it that is in no commit.
    ///
    /// - Returns: whether it is gone.
    package func removeIfClean() async -> Bool {
        (try? await self.git(["worktree", "remove", "--", self.path.string])) != nil
    }

    /// Runs git and returns what it printed.
    private func git(_ arguments: [String]) async throws(AgentError) -> String {
        let result = await withTaskGroup(of: Result<String, AgentError>.self) { group in
            group.addTask { await self.run(arguments) }
            group.addTask {
                try? await Task.sleep(for: self.timeout)
                return .failure(AgentError(.gitFailed, "git took more than \(self.timeout)"))
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(AgentError(.gitFailed, "nothing was run"))
        }
        return try result.get()
    }

    private func run(_ arguments: [String]) async -> Result<String, AgentError> {
        guard let git = try? AgentExecutable.locate(explicit: "git").path else {
            return .failure(AgentError(.gitFailed, "there is no git on this machine"))
        }
        let inherited = AgentEnvironment.ofServer()
        let environment: [Environment.Key: String] = [
            "PATH": inherited["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0",
            // Nothing above the directory is its repository, and nobody's own settings count.
            "GIT_CEILING_DIRECTORIES": self.repository.removingLastComponent().string, "HOME": "/nonexistent",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        var command = [git.string, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]
        // The server's own user may look after what belongs to others; git asks for that to be said.
        if self.user == nil { command += ["-c", "safe.directory=*"] }
        command += ["-C", self.repository.string] + arguments
        if let bubblewrap {
            command =
                [bubblewrap.path.string]
                + bubblewrap.arguments(
                    command,
                    in: self.repository,
                    writable: [self.repository, self.path.removingLastComponent()],
                    home: inherited["HOME"].map { FilePath($0) }
                )
        }
        var platform = PlatformOptions()
        platform.processGroupID = 0
        command = self.user?.command(command) ?? command
        do {
            let result = try await Subprocess.run(
                .path(FilePath(command[0])),
                arguments: Arguments(Array(command.dropFirst())),
                environment: .custom(environment),
                platformOptions: platform,
                output: .string(limit: 64 << 10),
                error: .string(limit: 64 << 10)
            )
            guard result.terminationStatus.isSuccess else {
                return .failure(AgentError(.gitFailed, self.complaint(result.standardError)))
            }
            return .success(String(result.standardOutput.prefix { !$0.isNewline }))
        } catch {
            return .failure(AgentError(.gitFailed, "git could not be run", cause: error))
        }
    }

    /// The first line that git complained with, without the paths of the host.
    private func complaint(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        let line = lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.first ?? "git failed"
        return String(line.prefix(200))
            .replacing(self.path.string, with: "the worktree")
            .replacing(self.repository.string, with: "the repository")
    }
}
