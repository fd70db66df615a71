import Glibc

/// A process of the benchmark with pipes to its stdin and from its stdout; its stderr goes to a file.
///
/// Whoever starts one calls `end()`.
final class ChildProcess {
    let pid: pid_t
    /// Our end of its stdin; -1 once closed.
    private(set) var input: Int32
    /// Our end of its stdout.
    let output: Int32
    private var hasEnded = false

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: its path.
    ///   - arguments: those after its name.
    ///   - environment: the whole of it.
    ///   - directory: where it works.
    ///   - log: the file its stderr is written to.
    /// - Throws: `BenchmarkError` when it cannot be started.
    init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        directory: String,
        log: String
    ) throws(BenchmarkError) {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw BenchmarkError("no more descriptors: \(String(cString: strerror(errno)))")
        }
        // Another child that held the writing end would keep this one from seeing the end of its input.
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The benchmark blocks the signals it looks at itself; its children must not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var strings = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in strings + variables { free(string) } }
        var pid: pid_t = 0
        // On the one thread of the benchmark: a child starts where its parent is.
        let home = open(".", O_RDONLY | O_CLOEXEC)
        chdir(directory)
        defer {
            fchdir(home)
            close(home)
        }
        let failure = posix_spawn(&pid, executable, &actions, &attributes, &strings, &variables)
        close(toChild[0])
        close(fromChild[1])
        guard failure == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw BenchmarkError("cannot start \(executable): \(String(cString: strerror(failure)))")
        }
        self.pid = pid
        self.input = toChild[1]
        self.output = fromChild[0]
    }

    /// Writes a line to its stdin; the newline is added.
    func write(line: String) throws(BenchmarkError) {
        try Descriptor.write(Array((line + "\n").utf8), to: self.input)
    }

    /// Closes its stdin and waits; after `patience` it is told to stop, after as long again killed.
    func end(patience: Double = 0.5, signal first: Int32 = SIGTERM) {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        close(self.input)
        close(self.output)
        self.input = -1
        if self.isGone(after: patience) { return }
        kill(self.pid, first)
        if self.isGone(after: max(patience, 20)) { return }
        kill(self.pid, SIGKILL)
        _ = self.isGone(after: 5)
    }

    /// Whether it has ended within that many seconds.
    private func isGone(after seconds: Double) -> Bool {
        let deadline = Monotonic.now + UInt64(seconds * 1e9)
        repeat {
            var status: Int32 = 0
            let result = waitpid(self.pid, &status, WNOHANG)
            if result == self.pid || result < 0 { return true }
            usleep(2000)
        } while Monotonic.now < deadline
        return false
    }
}
