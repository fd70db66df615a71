import Glibc
import Subprocess
import SystemPackage

extension AgentLaunch {
    /// The process to start, with the directories it needs made and given to its user.
    ///
    /// - Throws: `AgentError` when its credential cannot be read, or it is to be somebody that this process may not make it.
    func configuration() throws(AgentError) -> Subprocess.Configuration {
        var environment = self.environment
        if let credential {
            environment.merge(try credential.read(self.inheritedEnvironment)) { _, read in read }
        }
        var platform = PlatformOptions()
        platform.processGroupID = 0
        if self.user != nil {
            guard HostUser.canBeOthers else {
                throw AgentError(.systemCall, "only a server that runs as root starts agents as another user")
            }
            // The server's own is not theirs to write, and their work is no place for it.
            guard self.configDirectory != nil else {
                throw AgentError(.systemCall, "an agent of another user needs a configuration directory of its own")
            }
        }
        // If one cannot be made, the child says so better than this could.
        for directory in [self.temporaryDirectory, self.stateDirectory].compactMap(\.self) {
            let isNew = directory.withPlatformString { mkdir($0, 0o700) } == 0
            if isNew, let user { _ = user.own(directory.string) }
        }
        let own = [self.command.executable.string] + self.command.arguments
        let command = self.user?.command(own) ?? own
        return Subprocess.Configuration(
            executable: .path(FilePath(command[0])),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(environment.map { Array("\($0.key)=\($0.value)\0".utf8) }),
            workingDirectory: self.workingDirectory,
            platformOptions: platform
        )
    }
}
