import Foundation

/// How long, how many, and which seed: `TROUPE_SOAK_SECONDS`, `TROUPE_SOAK_SESSIONS`, `TROUPE_SOAK_SEED`.
struct SoakSettings: Sendable {
    /// From the first request to the last check, about.
    let seconds: Int
    let sessions: Int
    let seed: UInt64

    init() {
        func number(_ name: String) -> UInt64? {
            ProcessInfo.processInfo.environment["TROUPE_SOAK_\(name)"].flatMap { UInt64($0) }
        }
        self.seconds = number("SECONDS").map { max(20, Int(clamping: $0)) } ?? 60
        self.sessions = number("SESSIONS").map { max(8, Int(clamping: $0)) } ?? 200
        self.seed = number("SEED") ?? 20_261_121
    }

    /// Of the time, what is not settling and checking, which take longer the more was done.
    var load: Duration { .seconds(self.seconds) * 0.55 }
    /// Deaths of the server during the load.
    var kills: Int { max(3, self.seconds / 20) }

    /// What repeats the same choices; when each comes is up to the machine.
    var repetition: String {
        "TROUPE_SOAK_SEED=\(self.seed) TROUPE_SOAK_SECONDS=\(self.seconds) TROUPE_SOAK_SESSIONS=\(self.sessions) "
            + "swift test --filter SoakTests"
    }
}
