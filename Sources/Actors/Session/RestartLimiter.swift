/// Says when a process that died may be started again, and when it is enough.
///
/// As a one-for-one supervisor in OTP: at most `intensity` restarts within `period`, each waiting twice as long as the
/// one before.
struct RestartLimiter: Sendable {
    /// Restarts allowed within `period`.
    let intensity: Int
    let period: Duration
    /// The first wait; it doubles with every restart within the period.
    let firstDelay: Duration

    private var restarts: [ContinuousClock.Instant] = []

    init(intensity: Int, period: Duration, firstDelay: Duration) {
        self.intensity = intensity
        self.period = period
        self.firstDelay = firstDelay
    }

    /// Counts a death and returns how long to wait, or `nil` when the limit is reached.
    mutating func processDied(at now: ContinuousClock.Instant) -> Duration? {
        self.restarts.removeAll { $0 < now - self.period }
        guard self.restarts.count < self.intensity else { return nil }
        defer { self.restarts.append(now) }
        return self.firstDelay * (1 << min(self.restarts.count, 10))
    }
}
