import FoundationEssentials
import Synchronization

/// Writes times as clients see them: RFC 3339, UTC, milliseconds.
package enum Timestamp {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// A number for a new life of a log, different from those of lives before: tenths of a second since 2026.
    package static func epoch() -> UInt32 {
        let start = 1_767_225_600.0  // 2026-01-01T00:00:00Z
        return UInt32(clamping: Int((Date.now.timeIntervalSince1970 - start) * 10))
    }

    /// The present, formatted at most once a second but for its milliseconds.
    package static func now() -> String {
        let milliseconds = Int((Date.now.timeIntervalSince1970 * 1000).rounded(.down))
        let second = milliseconds / 1000
        let prefix = Self.lastSecond.withLock { last in
            if last.second != second {
                let text = Date(timeIntervalSince1970: Double(second)).formatted(Self.style)
                // Cut before the dot: `2026-11-21T10:30:00.000Z`.
                last = (second, String(text.prefix(19)))
            }
            return last.prefix
        }
        let fraction = String(milliseconds % 1000)
        return "\(prefix).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)Z"
    }

    /// A day, or a time with or without fractions and in any zone, as `now` would write it; `nil` for anything else.
    package static func normal(_ text: String) -> String? {
        let isDay = text.utf8.count == 10 && !text.contains("T")
        let form = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))/.asciiOnlyDigits()
        guard let parts = (isDay ? text + "T00:00:00Z" : text).wholeMatch(of: form) else { return nil }
        let milliseconds = ((parts.2 ?? "") + "000").prefix(3)
        let hours = Int(parts.4 ?? "0") ?? 0
        let minutes = Int(parts.5 ?? "0") ?? 0
        guard hours < 24, minutes < 60, let local = Self.date("\(parts.1).\(milliseconds)Z") else { return nil }
        let offset = Double((hours * 60 + minutes) * 60)
        return local.addingTimeInterval(parts.3 == "-" ? offset : -offset).formatted(Self.style)
    }

    /// The time a while ago.
    package static func before(now duration: Duration) -> String {
        Date.now.addingTimeInterval(-(duration / .seconds(1))).formatted(Self.style)
    }

    /// A time that the CLI counts in seconds.
    package static func of(secondsSince1970 seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(Self.style)
    }

    /// A time of the wall clock, in milliseconds since 1970.
    package static func of(millisecondsSince1970 milliseconds: Int) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(Self.style)
    }

    /// The present, in milliseconds since 1970: for what must outlive the process.
    package static func millisecondsSince1970() -> Int {
        Int((Date.now.timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// What has passed since a time as `now` wrote it; 0 for anything else.
    package static func milliseconds(since text: String) -> Int {
        self.date(text).map { max(0, Int(Date.now.timeIntervalSince($0) * 1000)) } ?? 0
    }

    /// A time some while after one that `now` wrote; `nil` for anything else.
    package static func later(_ text: String, by duration: Duration) -> String? {
        guard let date = self.date(text) else { return nil }
        let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded()) + Int(duration / .milliseconds(1))
        return self.of(millisecondsSince1970: milliseconds)
    }

    /// What is left to a time as `now` wrote it, 0 when it has passed; `nil` for anything else.
    package static func remaining(until text: String) -> Duration? {
        self.date(text).map { .milliseconds(max(0, Int($0.timeIntervalSinceNow * 1000))) }
    }

    /// From one time as `now` wrote it to another, never below 0; `nil` for anything else.
    package static func between(_ start: String, _ end: String) -> Duration? {
        guard let start = self.date(start), let end = self.date(end) else { return nil }
        return .milliseconds(max(0, Int((end.timeIntervalSince(start) * 1000).rounded())))
    }

    private static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Self.style)
    }

    private static let lastSecond = Mutex<(second: Int, prefix: String)>((0, ""))

    /// The wall-clock time of an instant to come.
    package static func of(_ instant: ContinuousClock.Instant, now: ContinuousClock.Instant) -> String {
        Date.now.addingTimeInterval((instant - now) / .seconds(1)).formatted(Self.style)
    }
}
