import Glibc

/// A program that runs for one prompt: started with pipes, never waited for without need.
///
/// Used by one thread.
final class AdapterChild {
    let pid: pid_t
    /// Non-blocking; -1 once all is written.
    private(set) var input: Int32
    /// Non-blocking, as is `errors`.
    let output: Int32
    let errors: Int32
    private var unwritten: ArraySlice<UInt8>

    /// Starts it in this process's directory and with its environment.
    ///
    /// - Parameters:
    ///   - path: the program.
    ///   - arguments: behind its name.
    ///   - input: what it reads.
    ///
    /// `nil` when it cannot be started; `errno` says why.
    init?(_ path: String, _ arguments: [String], input: String) {
        var ends = [Int32](repeating: -1, count: 6)
        for pair in 0..<3 {
            var pipe: [Int32] = [-1, -1]
            guard Glibc.pipe(&pipe) == 0 else {
                for descriptor in ends where descriptor >= 0 { close(descriptor) }
                return nil
            }
            for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            ends[pair * 2] = pipe[0]
            ends[pair * 2 + 1] = pipe[1]
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[3], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[5], STDERR_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, path, &actions, nil, &words, environ)
        for end in [ends[0], ends[3], ends[5]] { close(end) }
        guard failure == 0 else {
            for end in [ends[1], ends[2], ends[4]] { close(end) }
            errno = failure
            return nil
        }
        self.pid = pid
        (self.input, self.output, self.errors) = (ends[1], ends[2], ends[4])
        self.unwritten = Array(input.utf8)[...]
        for end in [ends[1], ends[2], ends[4]] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
        self.write()
    }

    deinit {
        if self.input >= 0 { close(self.input) }
        close(self.output)
        close(self.errors)
    }

    /// Writes what it takes now, and closes its input behind the last of it.
    func write() {
        while self.input >= 0 {
            guard !self.unwritten.isEmpty else { return self.closeInput() }
            let count = self.unwritten.withUnsafeBytes { Glibc.write(self.input, $0.baseAddress, $0.count) }
            if count > 0 {
                self.unwritten = self.unwritten.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // It reads no more.
                self.closeInput()
            }
        }
    }

    /// Tells it to stop.
    func interrupt() {
        kill(self.pid, SIGINT)
    }

    /// How it ended, as a shell has it; `nil` while it runs.
    func exitCode(isWaiting: Bool = false) -> Int32? {
        var status: Int32 = 0
        while true {
            let found = waitpid(self.pid, &status, isWaiting ? 0 : WNOHANG)
            if found == self.pid { break }
            if found == 0 { return nil }
            // It was waited for by somebody else.
            if errno != EINTR { return 1 }
        }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    private func closeInput() {
        close(self.input)
        self.input = -1
        self.unwritten = []
    }
}
