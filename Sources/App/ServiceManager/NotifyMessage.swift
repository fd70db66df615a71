import Foundation

/// What a service is in, as its manager wants to hear it (sd_notify(3)).
enum NotifyMessage: Sendable, Equatable {
    /// It serves.
    case ready(status: String)
    /// It reads its configuration again; `ready` follows. The time is that of CLOCK_MONOTONIC.
    case reloading(microseconds: UInt64)
    /// It has begun to stop.
    case stopping(status: String)
    /// It is alive, and what it does.
    case alive(status: String)
    /// What it does.
    case status(String)

    /// Assignments, one a line.
    var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(Self.line(status))"
        case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
        case .stopping(let status): "STOPPING=1\nSTATUS=\(Self.line(status))"
        case .alive(let status): "WATCHDOG=1\nSTATUS=\(Self.line(status))"
        case .status(let status): "STATUS=\(Self.line(status))"
        }
    }

    /// `reloading` at this moment.
    static var reloadingNow: NotifyMessage {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return .reloading(microseconds: UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000)
    }

    private static func line(_ text: String) -> String {
        text.replacing("\n", with: " ")
    }
}
