/// What one session used of one model on one day.
///
/// Written, it is added to what is stored for the three.
package struct UsageEntry: Sendable, Equatable {
    /// `YYYY-MM-DD`, UTC.
    package let day: String
    package let session: String
    package let model: String
    package var turns: Int
    package var inputTokens: Int
    package var outputTokens: Int
    package var cacheReadInputTokens: Int
    package var cacheCreationInputTokens: Int
    package var costUSD: Double

    package init(
        day: String,
        session: String,
        model: String,
        turns: Int = 0,
        inputTokens: Int = 0,
        outputTokens: Int = 0,
        cacheReadInputTokens: Int = 0,
        cacheCreationInputTokens: Int = 0,
        costUSD: Double = 0
    ) {
        self.day = day
        self.session = session
        self.model = model
        self.turns = turns
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadInputTokens = cacheReadInputTokens
        self.cacheCreationInputTokens = cacheCreationInputTokens
        self.costUSD = costUSD
    }

    /// Whether both count the same session, model and day.
    func isSameRow(as other: UsageEntry) -> Bool {
        self.day == other.day && self.session == other.session && self.model == other.model
    }

    /// Adds what another entry of the same row counts; a sum too large for `Int` stays at its end.
    package mutating func add(_ other: UsageEntry) {
        self.turns.addClamped(other.turns)
        self.inputTokens.addClamped(other.inputTokens)
        self.outputTokens.addClamped(other.outputTokens)
        self.cacheReadInputTokens.addClamped(other.cacheReadInputTokens)
        self.cacheCreationInputTokens.addClamped(other.cacheCreationInputTokens)
        self.costUSD += other.costUSD
    }
}

extension Int {
    fileprivate mutating func addClamped(_ other: Int) {
        let (sum, overflow) = self.addingReportingOverflow(other)
        self = overflow ? (other < 0 ? .min : .max) : sum
    }
}
