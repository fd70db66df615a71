import Glibc
import SystemPackage

extension AgentLine {
    /// The same line, with the file of one that was too long moved to `directory`, which is made if it is missing.
    ///
    /// Stays where it is if there is no directory, or if it cannot be moved.
    func withFile(in directory: FilePath?) -> AgentLine {
        guard let directory, case .spilled(let path, _) = self.kind, let name = FilePath(path).lastComponent else {
            return self
        }
        _ = directory.withPlatformString { mkdir($0, 0o700) }
        let destination = directory.appending(name)
        return rename(path, destination.string) == 0 ? self.moved(to: destination.string) : self
    }
}
