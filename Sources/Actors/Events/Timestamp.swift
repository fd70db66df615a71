import FoundationEssentials

/// Writes times as clients see them: RFC 3339, UTC, milliseconds.
package enum Timestamp {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// A number for a new life of a log, different from those of lives before: tenths of a second since 2026.
    package static func epoch() -> UInt32 {
        let start = 1_767_225_600.0  // 2026-01-01T00:00:00Z
        return UInt32(clamping: Int((Date.now.timeIntervalSince1970 - start) * 10))
    }

    package static func now() -> String {
        Date.now.formatted(Self.style)
    }

    /// The wall-clock time of an instant to come.
    package static func of(_ instant: ContinuousClock.Instant, now: ContinuousClock.Instant) -> String {
        Date.now.addingTimeInterval((instant - now) / .seconds(1)).formatted(Self.style)
    }
}
