import Synchronization

/// Holds every caller to its rates: the one place that requests, commands of sockets and wrong keys are counted in.
package final class RateLimiter: Sendable {
    private struct Name: Hashable {
        let caller: String
        let routeClass: RouteClass
    }

    private struct State {
        var limits: RateLimits
        var requests: RateTable<Name>
        var failures: RateTable<AddressBlock>
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - limits: in force until others are set.
    ///   - maximumCallers: of which it keeps count, about 100 bytes each; those who have used the least are forgotten first.
    package init(_ limits: RateLimits, maximumCallers: Int = 20_000) {
        self.state = Mutex(
            State(
                limits: limits,
                requests: RateTable(maximumCount: maximumCallers),
                failures: RateTable(maximumCount: maximumCallers)
            )
        )
    }

    /// Other limits from now on; what was used stays used.
    package func set(_ limits: RateLimits) {
        self.state.withLock { $0.limits = limits }
    }

    /// Counts one request or command.
    ///
    /// - Parameters:
    ///   - caller: a key's id, or a client's address.
    ///   - routeClass: what it asks for.
    ///   - ownQuota: of the key itself, in place of the server's; for `work` only (`KeyLimits.requestsPerMinute`).
    ///   - cost: how many it counts for.
    ///   - now: the instant.
    /// - Returns: the decision; `nil` where there is no limit.
    func admit(
        _ caller: String,
        _ routeClass: RouteClass,
        ownQuota: Int? = nil,
        cost: Int = 1,
        now: ContinuousClock.Instant = .now
    ) -> RateDecision? {
        self.state.withLock { state in
            let own = routeClass == .work ? ownQuota : nil
            guard let quota = own ?? state.limits.quota(routeClass), quota > 0 else { return nil }
            let name = Name(caller: caller, routeClass: routeClass)
            var bucket = state.requests.bucket(name, now: now)
            let decision = bucket.take(cost, of: quota, now: now)
            if decision.isAdmitted { state.requests.set(name, bucket, now: now) }
            return decision
        }
    }

    /// Counts a wrong key.
    ///
    /// A right one is never refused for it: it costs the same to look at, and its holder may sit behind the same address.
    ///
    /// - Returns: when to come back, if there were too many; `nil` while a plain 401 will do.
    func failed(_ address: AddressBlock, now: ContinuousClock.Instant = .now) -> Duration? {
        self.state.withLock { state in
            guard let quota = state.limits.failures, quota > 0 else { return nil }
            var bucket = state.failures.bucket(address, now: now)
            let decision = bucket.take(of: quota, now: now)
            if decision.isAdmitted { state.failures.set(address, bucket, now: now) }
            return decision.retryAfter
        }
    }

    /// Callers and addresses it keeps count of.
    var count: Int { self.state.withLock { $0.requests.count + $0.failures.count } }
}
