import FoundationEssentials

/// Writes times as clients see them: RFC 3339, UTC, milliseconds.
package enum Timestamp {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    package static func now() -> String {
        Date.now.formatted(Self.style)
    }

    /// The wall-clock time of an instant to come.
    package static func of(_ instant: ContinuousClock.Instant, now: ContinuousClock.Instant) -> String {
        Date.now.addingTimeInterval((instant - now) / .seconds(1)).formatted(Self.style)
    }
}
