import Foundation

/// A program a test has started; what it prints goes to files, so that it never waits for the test.
final class ChildProcess {
    /// How it ended.
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// Why it could not be started.
    struct CannotStart: Error {
        let path: String
        let reason: Int32
    }

    let pid: Int32
    private let directory: TemporaryDirectory
    private let outputPath: String
    private let errorsPath: String
    private var exit: Exit?

    /// Starts a program with nothing on its stdin and nothing in its environment but this.
    init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        directory: TemporaryDirectory
    ) throws {
        let name = "\(directory.path)/\(UUID().uuidString.prefix(8))"
        (self.directory, self.outputPath, self.errorsPath) = (directory, "\(name).out", "\(name).err")
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, self.outputPath, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, self.errorsPath, flags, 0o600)
        Self.keepOwnFiles()
        // Inherited would be what threads of libdispatch block, and the SIGINT that a shell's background jobs ignore.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var argumentPointers: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + variables { free(pointer) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, path, &actions, &attributes, &argumentPointers, &variables)
        guard status == 0 else { throw CannotStart(path: path, reason: status) }
        self.pid = pid
    }

    deinit {
        guard self.exit == nil else { return }
        kill(self.pid, SIGKILL)
        var status: Int32 = 0
        waitpid(self.pid, &status, 0)
    }

    /// All it has printed.
    var output: String { Self.text(self.outputPath) }
    /// All it has complained of.
    var errors: String { Self.text(self.errorsPath) }

    /// Whether it has not ended; one that has is reaped.
    var isRunning: Bool {
        guard self.exit == nil else { return false }
        var status: Int32 = 0
        guard waitpid(self.pid, &status, WNOHANG) == self.pid else { return true }
        self.exit = status & 0x7F == 0 ? .code((status >> 8) & 0xFF) : .signal(status & 0x7F)
        return false
    }

    func signal(_ number: Int32) {
        if self.isRunning { kill(self.pid, number) }
    }

    /// Waits for its end.
    func waitForExit(within limit: Duration = .seconds(20)) async throws -> Exit {
        try await waitFor("end of process \(self.pid)", within: limit) { self.isRunning ? nil : self.exit }
    }

    /// NIO's sockets, the stub's among them, are not close-on-exec, and a server that inherited one would keep it open.
    private static func keepOwnFiles() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
