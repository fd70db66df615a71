import Glibc
import Subprocess
package import SystemPackage

/// The CLI's executable on this machine.
package struct AgentExecutable: Sendable, Equatable {
    /// Absolute.
    package let path: FilePath

    /// Takes `explicit` if given (a path, or a name to look up), else looks for `claude`, along `searchPath` as in PATH.
    ///
    /// Throws `executable_not_found`.
    package static func locate(
        explicit: String? = nil,
        searchPath: String = AgentEnvironment.ofServer()["PATH"] ?? ""
    ) throws(AgentError) -> AgentExecutable {
        let name = explicit ?? "claude"
        if name.contains("/") {
            guard self.isExecutable(name) else {
                throw AgentError(.executableNotFound, "\(name) is not an executable file")
            }
            return AgentExecutable(path: self.absolute(name))
        }
        for directory in searchPath.split(separator: ":") where self.isExecutable("\(directory)/\(name)") {
            return AgentExecutable(path: self.absolute("\(directory)/\(name)"))
        }
        throw AgentError(.executableNotFound, "there is no \(name) on PATH")
    }

    /// What the executable prints when asked with `--version`, without white space around it.
    ///
    /// Throws `executable_failed` if it exits with an error or has not answered after `timeout`.
    package func version(timeout: Duration = .seconds(10)) async throws(AgentError) -> String {
        let answer = await withTaskGroup(of: Result<String, AgentError>.self) { group in
            group.addTask { await self.askVersion() }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return .failure(AgentError(.executableFailed, "\(self.path) --version took more than \(timeout)"))
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(AgentError(.executableFailed, "nothing was run"))
        }
        return try answer.get()
    }

    private func askVersion() async -> Result<String, AgentError> {
        do {
            let result = try await Subprocess.run(
                .path(self.path),
                arguments: ["--version"],
                output: .string(limit: 4096),
                error: .discarded
            )
            guard result.terminationStatus.isSuccess else {
                return .failure(AgentError(.executableFailed, "\(self.path) --version: \(result.terminationStatus)"))
            }
            let words = result.standardOutput.split { $0.isWhitespace || $0.isNewline }
            return .success(words.joined(separator: " "))
        } catch {
            return .failure(AgentError(.executableFailed, "\(self.path) --version failed", cause: error))
        }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return access(path, X_OK) == 0 && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private static func absolute(_ path: String) -> FilePath {
        if path.hasPrefix("/") { return FilePath(path) }
        guard let resolved = realpath(path, nil) else { return FilePath(path) }
        defer { free(resolved) }
        return FilePath(String(cString: resolved))
    }
}
