/// A foreground command at work, and the signs of life it gives.
struct RunningCommand {
    /// What there is to say of a command that still runs.
    enum Sign: Equatable {
        /// It has run long enough to be listed as a task.
        case becameTask
        /// Seconds since it began, and how many such signs came before.
        case heartbeat(seconds: Double, index: Int)
    }

    /// After so long the CLI lists a command as a task.
    private static let taskAge = Duration.seconds(3)
    /// How often the CLI tells that a tool still runs.
    private static let usualHeartbeat = 30_000

    let shell: Shell
    /// When it is stopped.
    let timeout: Duration
    /// Its task, once it has become one.
    var task: (id: String, runID: String)?
    private let startedAt: Duration
    /// Nil gives no signs.
    private let heartbeat: Duration?
    private var heartbeats = 0
    private var isListed = false

    /// A command that began at `now`; `heartbeat` is in milliseconds, 0 for no sign of life at all.
    init(_ shell: Shell, timeout: Duration, heartbeat: Int?, now: Duration) {
        self.shell = shell
        self.timeout = timeout
        self.startedAt = now
        self.heartbeat = heartbeat == 0 ? nil : .milliseconds(heartbeat ?? Self.usualHeartbeat)
    }

    var descriptors: [Int32] { self.shell.descriptors }

    /// When there is something to do for it.
    var deadline: Duration {
        guard let heartbeat = self.heartbeat else { return self.timeout }
        let next = self.startedAt + heartbeat * (self.heartbeats + 1)
        return min(self.timeout, next, self.isListed ? next : self.startedAt + Self.taskAge)
    }

    /// The sign that is due, if one is.
    mutating func sign(now: Duration) -> Sign? {
        guard let heartbeat = self.heartbeat else { return nil }
        let age = now - self.startedAt
        if !self.isListed, age >= Self.taskAge {
            self.isListed = true
            return .becameTask
        }
        guard age >= heartbeat * (self.heartbeats + 1) else { return nil }
        defer { self.heartbeats += 1 }
        return .heartbeat(seconds: (heartbeat * (self.heartbeats + 1)).fractionalSeconds, index: self.heartbeats)
    }
}
