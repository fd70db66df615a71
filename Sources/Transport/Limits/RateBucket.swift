/// A quota that fills again by itself: so many at once, as many again within a minute; decides only.
///
/// The generic cell rate algorithm (ITU-T I.371, Annex A): all it keeps is when it would be full again, so that a full one
/// need not be kept at all.
struct RateBucket: Equatable {
    /// What its quota refers to.
    static let window: Duration = .seconds(60)

    /// When it is full again; anything in the past stands for full.
    private(set) var fullAt: ContinuousClock.Instant

    /// A full one.
    init(now: ContinuousClock.Instant) {
        self.fullAt = now
    }

    /// Takes `cost` if it is there.
    ///
    /// - Parameters:
    ///   - cost: more than the quota counts as the whole quota, so that nothing is impossible for ever.
    ///   - quota: per minute, and the most that can be taken at once.
    ///   - now: the instant.
    /// - Returns: what is left, or when to come back.
    mutating func take(_ cost: Int = 1, of quota: Int, now: ContinuousClock.Instant) -> RateDecision {
        let price = Self.window / quota * min(cost, quota)
        let base = max(self.fullAt, now)
        let due = base + price - Self.window
        if due <= now { self.fullAt = base + price }
        return self.state(of: quota, now: now, retryAfter: due <= now ? nil : due - now)
    }

    /// What is left, without taking anything.
    func state(of quota: Int, now: ContinuousClock.Instant, retryAfter: Duration? = nil) -> RateDecision {
        let debt = max(.zero, self.fullAt - now)
        let left = (Self.window - debt) / (Self.window / quota)
        // A hair's breadth under a whole one is the division's, not the client's.
        return RateDecision(quota: quota, remaining: max(0, Int(left + 1e-6)), reset: debt, retryAfter: retryAfter)
    }
}
