import Glibc

/// A TLS connection whose client says whatever it likes inside it: `openssl s_client` with pipes.
final class TLSPipe {
    private let pid: pid_t
    private var input: Int32
    private let output: Int32
    /// What has come.
    private(set) var received: [UInt8] = []
    private(set) var receivedBytes = 0
    /// Whether the server has ended the connection.
    private(set) var isEnded = false
    /// What the client has taken of what was sent.
    private(set) var sentBytes = 0

    /// Connects; the handshake goes on by itself.
    init(port: Int, protocols: String = "h2") throws {
        var toClient: [Int32] = [0, 0], fromClient: [Int32] = [0, 0]
        pipe(&toClient)
        pipe(&fromClient)
        for descriptor in toClient + fromClient { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toClient[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromClient[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let words = [
            Programs.openssl, "s_client", "-quiet", "-connect", "127.0.0.1:\(port)", "-alpn", protocols,
        ]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, Programs.openssl, &actions, nil, &arguments, nil)
        Glibc.close(toClient[0])
        Glibc.close(fromClient[1])
        (self.input, self.output, self.pid) = (toClient[1], fromClient[0], pid)
        guard status == 0 else { throw ChildProcess.CannotStart(path: Programs.openssl, reason: status) }
        _ = fcntl(self.input, F_SETFL, O_NONBLOCK)
        _ = fcntl(self.output, F_SETFL, O_NONBLOCK)
    }

    deinit {
        self.close()
        Glibc.close(self.output)
        kill(self.pid, SIGKILL)
        var status: Int32 = 0
        waitpid(self.pid, &status, 0)
    }

    var text: String { String(decoding: self.received, as: UTF8.self) }

    /// Sends all of it, unless the connection ends before.
    @discardableResult
    func send(_ bytes: [UInt8], within limit: Duration = .seconds(20)) async throws -> Bool {
        var rest = bytes[...]
        let deadline = ContinuousClock.now + limit
        while !rest.isEmpty {
            let piece = Array(rest.prefix(1 << 16))
            let count = write(self.input, piece, piece.count)
            if count > 0 {
                rest = rest.dropFirst(count)
                self.sentBytes += count
            }
            if count < 0, errno != EAGAIN { return false }
            self.pull()
            if self.isEnded { return false }
            guard count < 0 else { continue }
            guard ContinuousClock.now < deadline else { throw Timeout("room to send in", after: limit) }
            try await Task.sleep(for: .milliseconds(1))
        }
        return true
    }

    /// Takes what has come.
    func pull() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !self.isEnded {
            let count = Glibc.read(self.output, &chunk, chunk.count)
            if count > 0 {
                self.receivedBytes += count
                if self.received.count < 1 << 20 { self.received += chunk[..<count] }
            } else if count == 0 || errno != EAGAIN {
                self.isEnded = true
            } else {
                return
            }
        }
    }

    /// Reads until the server ends the connection.
    func readToEnd(within limit: Duration = .seconds(20)) async throws {
        try await waitUntil("end of a TLS connection", within: limit) {
            self.pull()
            return self.isEnded
        }
    }

    /// Reads until `isEnough` holds or the connection ends.
    func read(within limit: Duration = .seconds(20), until isEnough: (TLSPipe) -> Bool) async throws {
        try await waitUntil("answer over TLS", within: limit) {
            self.pull()
            return self.isEnded || isEnough(self)
        }
    }

    func close() {
        guard self.input >= 0 else { return }
        Glibc.close(self.input)
        self.input = -1
    }
}
