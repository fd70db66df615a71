package import Storage
import Synchronization

/// The usage of all sessions of this server's life, by day, session and model, where nothing is stored.
package final class UsageLedger: Sendable {
    /// Rows kept; the oldest days leave for more.
    private static let maximumRows = 50_000

    private let rows = Mutex<[String: UsageEntry]>([:])

    package init() {}

    /// Adds what a turn used.
    package func add(_ entries: [UsageEntry]) {
        self.rows.withLock { rows in
            for entry in entries {
                let key = "\(entry.day) \(entry.session) \(entry.model)"
                if rows[key] == nil { rows[key] = entry } else { rows[key]?.add(entry) }
            }
            guard rows.count > Self.maximumRows else { return }
            for key in rows.keys.sorted().prefix(Self.maximumRows / 10) { rows[key] = nil }
        }
    }

    /// Its rows, ordered by day, session and model.
    package func entries(from: String?, through: String?, session: String?) -> [UsageEntry] {
        let rows = self.rows.withLock { Array($0.values) }
        return rows.filter { row in
            (from.map { row.day >= $0 } ?? true) && (through.map { row.day <= $0 } ?? true)
                && (session.map { row.session == $0 } ?? true)
        }.sorted { ($0.day, $0.session, $0.model) < ($1.day, $1.session, $1.model) }
    }
}

extension UsageEntry {
    /// The same under another name of its session.
    func named(_ session: String) -> UsageEntry {
        UsageEntry(
            day: self.day,
            session: session,
            model: self.model,
            turns: self.turns,
            inputTokens: self.inputTokens,
            outputTokens: self.outputTokens,
            cacheReadInputTokens: self.cacheReadInputTokens,
            cacheCreationInputTokens: self.cacheCreationInputTokens,
            costUSD: self.costUSD
        )
    }

    /// A turn's share of each model; one without numbers counts as a turn all the same.
    static func of(_ result: TurnResult?, session: String, model: String?, day: String) -> [UsageEntry] {
        let shares = result?.models ?? []
        let whole = TurnResult.ModelShare(
            model: model ?? "unknown",
            usage: result?.usage ?? TurnResult.Usage(),
            costUSD: result?.costUSD ?? 0
        )
        // The turn counts for the model that did most of it.
        let sorted = shares.sorted { $0.costUSD > $1.costUSD }
        return (sorted.isEmpty ? [whole] : sorted).enumerated().map { place, share in
            UsageEntry(
                day: day,
                session: session,
                model: share.model,
                turns: place == 0 ? 1 : 0,
                inputTokens: share.usage.inputTokens,
                outputTokens: share.usage.outputTokens,
                cacheReadInputTokens: share.usage.cacheReadInputTokens,
                cacheCreationInputTokens: share.usage.cacheCreationInputTokens,
                costUSD: share.costUSD
            )
        }
    }
}
