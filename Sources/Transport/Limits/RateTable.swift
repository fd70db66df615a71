/// The buckets of many callers, a bounded number of them; decides only.
///
/// A full bucket says nothing and is dropped. When too many are not full, those nearest to it go: who is forgotten has used
/// the least, and a flood of callers cannot make the table grow.
struct RateTable<Key: Hashable & Sendable>: Sendable {
    private let maximumCount: Int
    private var buckets: [Key: RateBucket] = [:]

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    var count: Int { self.buckets.count }

    func bucket(_ key: Key, now: ContinuousClock.Instant) -> RateBucket {
        self.buckets[key] ?? RateBucket(now: now)
    }

    mutating func set(_ key: Key, _ bucket: RateBucket, now: ContinuousClock.Instant) {
        if self.buckets[key] == nil, self.buckets.count >= self.maximumCount { self.makeRoom(now: now) }
        self.buckets[key] = bucket
    }

    /// Drops what is full, and a quarter at least, so that this is seldom needed.
    private mutating func makeRoom(now: ContinuousClock.Instant) {
        self.buckets = self.buckets.filter { $0.value.fullAt > now }
        let goal = self.maximumCount * 3 / 4
        guard self.buckets.count > goal else { return }
        let order = self.buckets.sorted { $0.value.fullAt < $1.value.fullAt }
        for (key, _) in order.prefix(self.buckets.count - goal) { self.buckets[key] = nil }
    }
}
