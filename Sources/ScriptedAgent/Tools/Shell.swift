import Glibc

/// A `/bin/bash -c` in a session of its own, as the CLI runs its Bash tool: a kill of the agent's process group misses it.
///
/// Limits: the first `maximumKeptBytes` of each stream are kept, the rest is read and dropped.
final class Shell {
    private static let maximumKeptBytes = 1 << 20

    let processID: pid_t
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    /// The exit code, or 128 and the signal's number; nil while it runs.
    private(set) var exitCode: Int32?
    private var outputDescriptor: Int32
    private var errorDescriptor: Int32

    /// Starts the command; nil when the system refuses.
    init?(command: String, environment: [String] = []) {
        guard let outputEnds = PipeEnds(), let errorEnds = PipeEnds() else { return nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outputEnds.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorEnds.writing, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(Self.setSessionFlag))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            close(outputEnds.writing)
            close(errorEnds.writing)
        }
        self.outputDescriptor = outputEnds.reading
        self.errorDescriptor = errorEnds.reading
        var processID = pid_t()
        let arguments = ["/bin/bash", "-c", command]
        let inherited = Environment.inherited + ["CLAUDECODE=1"] + environment
        let status = Self.withStrings(arguments) { arguments in
            Self.withStrings(inherited) { environment in
                posix_spawn(&processID, "/bin/bash", &actions, &attributes, arguments, environment)
            }
        }
        self.processID = processID
        guard status == 0 else {
            self.closeDescriptors()
            return nil
        }
    }

    deinit {
        self.closeDescriptors()
    }

    /// `POSIX_SPAWN_SETSID` of glibc, which the overlay does not have.
    private static let setSessionFlag: Int32 = 0x80

    private static func withStrings<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the array has at least its final nil") }
            return body(base)
        }
    }

    /// What to wait on for its output.
    var descriptors: [Int32] {
        [self.outputDescriptor, self.errorDescriptor].filter { $0 >= 0 }
    }

    /// Reads what has come and notices the end; whether the command has ended.
    func update() -> Bool {
        if self.exitCode == nil {
            var status: Int32 = 0
            if waitpid(self.processID, &status, WNOHANG) == self.processID {
                let signal = status & 0x7F
                self.exitCode = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            }
        }
        Self.drain(&self.outputDescriptor, into: &self.output)
        Self.drain(&self.errorDescriptor, into: &self.errors)
        return self.exitCode != nil
    }

    /// Kills the command and what it started in its session.
    func kill() {
        guard self.exitCode == nil else { return }
        Glibc.kill(-self.processID, SIGKILL)
        Glibc.kill(self.processID, SIGKILL)
        var status: Int32 = 0
        waitpid(self.processID, &status, 0)
        self.exitCode = 137
        self.closeDescriptors()
    }

    private static func drain(_ descriptor: inout Int32, into kept: inout [UInt8]) {
        guard descriptor >= 0 else { return }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else {
                if count == 0 {
                    close(descriptor)
                    descriptor = -1
                }
                return
            }
            kept.append(contentsOf: chunk[..<min(count, Self.maximumKeptBytes - kept.count)])
        }
    }

    private func closeDescriptors() {
        for descriptor in self.descriptors { close(descriptor) }
        self.outputDescriptor = -1
        self.errorDescriptor = -1
    }
}
