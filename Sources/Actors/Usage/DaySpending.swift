import Storage
import Synchronization

/// What each key's sessions have spent today (UTC), for the budgets of keys.
package final class DaySpending: Sendable {
    private struct State {
        var day = ""
        var spent: [String: Double] = [:]
    }

    private let limits: @Sendable (String) -> KeyLimits?
    private let state = Mutex(State())

    /// - Parameter limits: of a key, as they are now.
    init(limits: @escaping @Sendable (String) -> KeyLimits?) {
        self.limits = limits
    }

    /// Counts what a session of a key has spent; entries of other days than today are left out.
    func add(_ entries: [UsageEntry], of owner: String, today: String) {
        let cost = entries.reduce(0) { $0 + ($1.day == today ? $1.costUSD : 0) }
        self.state.withLock { state in
            Self.turn(&state, to: today)
            state.spent[owner, default: 0] += cost
        }
    }

    /// Refuses a prompt of a key that has spent what it may.
    func check(_ owner: String?, today: String) throws(SessionError) {
        guard let owner, let limit = self.limits(owner)?.usdPerDay else { return }
        let spent = self.state.withLock { state in
            Self.turn(&state, to: today)
            return state.spent[owner] ?? 0
        }
        guard spent >= limit else { return }
        let wait = Timestamp.remaining(until: "\(today)T23:59:59.999Z") ?? .seconds(1)
        throw SessionError(
            .keyBudgetReached,
            "This key's sessions have spent what they may today; the day ends at midnight UTC.",
            retryAfter: wait
        )
    }

    private static func turn(_ state: inout State, to day: String) {
        guard state.day != day else { return }
        state = State(day: day)
    }
}
