/// Decides when a call that failed is made again: later and later, about an hour in all, then never.
package struct RetrySchedule: Sendable, Equatable {
    /// From each try to the next; one more try than there are of these.
    package var delays: [Duration] = [.seconds(10), .seconds(120), .seconds(600), .seconds(2700)]
    /// The share of a delay by which it is made shorter or longer, so that a receiver that comes back is not met by all
    /// at once.
    package var jitter = 0.2

    package init() {}

    /// The pause before the next try.
    ///
    /// - Parameters:
    ///   - attempts: how many have been made, at least one.
    ///   - chance: from -1 to 1.
    /// - Returns: `nil` when there is none.
    package func delay(after attempts: Int, chance: Double) -> Duration? {
        guard self.delays.indices.contains(attempts - 1) else { return nil }
        return self.delays[attempts - 1] * (1 + self.jitter * min(max(chance, -1), 1))
    }
}
