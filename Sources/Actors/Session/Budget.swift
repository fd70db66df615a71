/// What a session may spend, and what it has.
///
/// Counted from the CLI's own numbers, turn by turn: its totals accumulate for each process (PROTOCOL §6.5).
package struct Budget: Sendable, Equatable, Codable {
    /// USD; `nil` for no limit.
    package var limitUSD: Double?
    /// Turns; `nil` for no limit.
    package var limitTurns: Int?
    package internal(set) var spentUSD = 0.0
    package internal(set) var spentTurns = 0

    package init(limitUSD: Double? = nil, limitTurns: Int? = nil) {
        self.limitUSD = limitUSD
        self.limitTurns = limitTurns
    }

    /// Whether nothing more may be spent.
    package var isReached: Bool {
        if let limitUSD, self.spentUSD >= limitUSD { return true }
        if let limitTurns, self.spentTurns >= limitTurns { return true }
        return false
    }

    /// What is left in USD, never below zero; `nil` for no limit.
    package var leftUSD: Double? {
        self.limitUSD.map { max(0, $0 - self.spentUSD) }
    }

    /// Counts a turn.
    mutating func spend(_ result: TurnResult?) {
        self.spentUSD += result?.costUSD ?? 0
        self.spentTurns += 1
    }
}
