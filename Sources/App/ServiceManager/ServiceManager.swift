import Foundation

/// The service manager the server runs under, if any: it is told what state the server is in.
struct ServiceManager: Sendable {
    private let socket: NotifySocket?
    /// How often it wants to hear that the server is alive; half of what it allows, as sd_watchdog_enabled(3) advises.
    let keepAlive: Duration?

    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`.
    ///   - pid: ours; a watchdog that is meant for another process is not ours to feed.
    init(_ environment: [String: String], pid: Int32 = getpid()) {
        self.socket = NotifySocket(environment)
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        let allowed = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        self.keepAlive = isOurs && allowed > 0 && self.socket != nil ? .microseconds(allowed / 2) : nil
    }

    func tell(_ message: NotifyMessage) {
        self.socket?.send(message)
    }
}
