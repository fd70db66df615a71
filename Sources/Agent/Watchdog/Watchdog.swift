import Glibc

/// The process that ends the children of a server that died.
///
/// The server holds the other end of its stdin and tells it lines: `+<pid> <start time>` for a child that began,
/// `-<pid> <start time>` for one that is gone. When the pipe closes, whatever the reason, all that is left goes.
package enum Watchdog {
    /// From the end of the pipe to the end of the attempts.
    static let limit = Duration.seconds(5)
    /// From SIGTERM, which lets the CLI end its own tools, to SIGKILL.
    static let terminateGrace = Duration.seconds(1)

    /// The body of the hidden subcommand; returns the exit code, 1 if something could not be ended.
    ///
    /// Blocks its thread for the life of the server. `ownerPrefix` is what the server's marks begin with
    /// (`OwnerMark.ownPrefix`).
    package static func run(ownerPrefix: String, input: Int32 = 0) -> Int32 {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        // Fails if it leads a session already, which is as good.
        _ = setsid()
        return self.endAll(self.readUntilEnd(input), ownerPrefix: ownerPrefix) ? 0 : 1
    }

    /// Follows the server's lines until the pipe closes; returns the children that are left.
    private static func readUntilEnd(_ input: Int32) -> [Int32: UInt64] {
        var children = WatchedChildren()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return children.startTimes }
            children.receive(buffer[..<count])
        }
    }

    static func endAll(_ children: [Int32: UInt64], ownerPrefix: String) -> Bool {
        let registered = children.compactMap { pid, startTime -> ProcessEntry? in
            ProcessTree.entry(pid).flatMap { $0.startTime == startTime ? $0 : nil }
        }
        var set = SweepSet(registered)
        let clock = ContinuousClock()
        let start = clock.now
        var asked: Set<Int32> = []
        while true {
            let alive = set.look { $0.hasPrefix(ownerPrefix) }
            if alive.isEmpty { return true }
            let age = clock.now - start
            if age > self.limit { return false }
            if age > self.terminateGrace {
                set.send(SIGKILL, to: alive)
            } else {
                set.send(SIGTERM, to: alive.filter { asked.insert($0.pid).inserted })
            }
            usleep(20_000)
        }
    }
}

/// What the server has told its watchdog.
struct WatchedChildren {
    private(set) var startTimes: [Int32: UInt64] = [:]
    private var tail: [UInt8] = []

    /// Takes the next bytes of the pipe; lines that mean nothing are ignored.
    mutating func receive(_ bytes: some Sequence<UInt8>) {
        self.tail += bytes
        while let newline = self.tail.firstIndex(of: 0x0A) {
            self.apply(String(decoding: self.tail[..<newline], as: UTF8.self))
            self.tail.removeFirst(newline + 1)
        }
    }

    /// The line for a child that began or is gone.
    static func line(pid: Int32, startTime: UInt64, isGone: Bool) -> String {
        "\(isGone ? "-" : "+")\(pid) \(startTime)\n"
    }

    private mutating func apply(_ line: String) {
        let fields = line.dropFirst().split(separator: " ")
        guard fields.count == 2, let pid = Int32(fields[0]), let startTime = UInt64(fields[1]) else { return }
        switch line.first {
        case "+": self.startTimes[pid] = startTime
        case "-": if self.startTimes[pid] == startTime { self.startTimes[pid] = nil }
        default: break
        }
    }
}
