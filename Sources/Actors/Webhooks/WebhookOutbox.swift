import DequeModule

/// Every webhook, and every delivery that waits or can still be looked at; decides what is sent next.
///
/// No I/O and no clock: times are milliseconds since 1970, as they outlive the process. A delivery is *staged* with the
/// event it tells of, and sent when that is committed.
struct WebhookOutbox: Sendable {
    private struct Target {
        /// Oldest first.
        var pending: Deque<String> = []
        var done: Deque<String> = []
        var isCalling = false
        var dropped = 0
    }

    let limits: WebhookLimits
    private(set) var webhooks: [String: Webhook] = [:]
    private var deliveries: [String: Delivery] = [:]
    private var targets: [String: Target] = [:]
    /// Not yet committed.
    private var staged: Set<String> = []
    /// In all, oldest first; some may have gone.
    private var done: Deque<String> = []
    private var doneCount = 0
    /// Those that wait for their first or next call.
    private(set) var pendingCount = 0
    private var bytes = 0
    private var calls = 0
    /// What has left and is still in the store.
    private var removed: [String] = []

    init(limits: WebhookLimits) {
        self.limits = limits
    }

    subscript(delivery id: String) -> Delivery? { self.deliveries[id] }

    // MARK: Webhooks

    /// The one that its maker asked for with the same `Idempotency-Key`.
    func webhook(sameAs asked: Webhook) -> Webhook? {
        guard let key = asked.creation?.key else { return nil }
        return self.webhooks.values.first { $0.owner == asked.owner && $0.creation?.key == key }
    }

    /// Adds a webhook; false when its key, or the server, has as many as it may.
    mutating func add(_ webhook: Webhook) -> Bool {
        guard self.webhooks.count < self.limits.webhooks,
            self.webhooks.values.count(where: { $0.owner == webhook.owner }) < self.limits.perOwner
        else { return false }
        self.webhooks[webhook.id] = webhook
        return true
    }

    /// Removes a webhook and everything that was to be sent to it.
    ///
    /// - Returns: how many deliveries will never be sent now.
    @discardableResult
    mutating func remove(_ id: String) -> Int {
        self.webhooks[id] = nil
        guard let target = self.targets[id] else { return 0 }
        for delivery in Array(target.pending) + Array(target.done) { self.drop(delivery) }
        if self.targets[id]?.isCalling != true { self.targets[id] = nil }
        return target.pending.count
    }

    /// Events that were lost to a full outbox.
    func dropped(of target: String) -> Int { self.targets[target]?.dropped ?? 0 }

    /// Deliveries of a webhook or a job, newest first.
    func deliveries(of target: String) -> [Delivery] {
        guard let target = self.targets[target] else { return [] }
        return (Array(target.pending) + Array(target.done)).compactMap { self.deliveries[$0] }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    // MARK: Sending

    /// The webhooks that an event is for.
    ///
    /// - Parameters:
    ///   - type: the event's.
    ///   - session: what its session is filed under.
    ///   - maySee: whether a webhook's owner may see that session.
    /// - Returns: in no order.
    func takers(of type: String, session: String, where maySee: (Webhook) -> Bool) -> [Webhook] {
        self.webhooks.values.filter { $0.wants(type, of: session) && maySee($0) }
    }

    /// Takes a delivery, to be sent when it is released; `nil` when there is no room, which is counted.
    mutating func stage(_ delivery: Delivery) -> Delivery? {
        self.makeRoom(for: delivery.cost)
        var target = self.targets[delivery.target] ?? Target()
        defer { self.targets[delivery.target] = target }
        guard target.pending.count < self.limits.pendingPerTarget, self.pendingCount < self.limits.pending,
            self.bytes + delivery.cost <= self.limits.bytes
        else {
            target.dropped += 1
            return nil
        }
        target.pending.append(delivery.id)
        self.deliveries[delivery.id] = delivery
        self.staged.insert(delivery.id)
        self.pendingCount += 1
        self.bytes += delivery.cost
        return delivery
    }

    /// What staged deliveries tell of is committed.
    mutating func release(_ ids: [String]) {
        self.staged.subtract(ids)
    }

    /// What is to be sent now: the oldest that is due of each receiver that is not being called.
    mutating func takeDue(now: Int) -> [Delivery] {
        var due: [Delivery] = []
        for (id, target) in self.targets where !target.isCalling && !target.pending.isEmpty {
            guard self.calls < self.limits.calls else { break }
            let isDue: (String) -> Bool = { [deliveries, staged] in
                (deliveries[$0]?.dueAt ?? .max) <= now && !staged.contains($0)
            }
            guard let next = target.pending.first(where: isDue).flatMap({ self.deliveries[$0] }) else { continue }
            self.targets[id]?.isCalling = true
            self.calls += 1
            due.append(next)
        }
        return due
    }

    /// When something falls due that cannot be sent now; `nil` when only a call's end or news can bring anything.
    func nextDue(now: Int) -> Int? {
        guard self.calls < self.limits.calls else { return nil }
        return self.targets.values.lazy.filter { !$0.isCalling }.flatMap(\.pending)
            .compactMap { self.deliveries[$0] }.filter { !self.staged.contains($0.id) }.map(\.dueAt).min()
    }

    /// A call has ended.
    ///
    /// - Parameters:
    ///   - id: the delivery.
    ///   - target: the delivery's.
    ///   - outcome: `nil` when it was cut short by the server's own end.
    ///   - now: the present.
    ///   - chance: from -1 to 1.
    /// - Returns: the delivery as it is now; `nil` when it went away meanwhile.
    mutating func called(
        _ id: String,
        of target: String,
        _ outcome: WebhookOutcome?,
        now: Int,
        chance: Double
    ) -> Delivery? {
        self.calls -= 1
        self.targets[target]?.isCalling = false
        guard var delivery = self.deliveries[id] else {
            if self.webhooks[target] == nil, self.targets[target]?.pending.isEmpty == true {
                self.targets[target] = nil
            }
            return nil
        }
        guard let outcome else { return delivery }
        delivery.note(outcome, schedule: self.limits.schedule, now: now, chance: chance)
        self.deliveries[id] = delivery
        if delivery.state != .pending { self.close(delivery) }
        return delivery
    }

    /// Sends one that is done again.
    ///
    /// - Returns: the delivery, or `nil` when it waits already or there is no room.
    mutating func replay(_ id: String, now: Int) -> Delivery? {
        guard var delivery = self.deliveries[id], delivery.state != .pending,
            let target = self.targets[delivery.target], target.pending.count < self.limits.pendingPerTarget,
            self.pendingCount < self.limits.pending
        else { return nil }
        delivery.replay(now: now)
        self.deliveries[id] = delivery
        self.targets[delivery.target]?.done.removeAll { $0 == id }
        self.targets[delivery.target]?.pending.append(id)
        self.done.removeAll { $0 == id }
        self.doneCount -= 1
        self.pendingCount += 1
        return delivery
    }

    // MARK: The store

    /// Takes up what an earlier server left, oldest first.
    mutating func restore(webhooks: [Webhook], deliveries: [Delivery]) {
        for webhook in webhooks { self.webhooks[webhook.id] = webhook }
        for delivery in deliveries {
            self.deliveries[delivery.id] = delivery
            self.bytes += delivery.cost
            self.pendingCount += 1
            self.targets[delivery.target, default: Target()].pending.append(delivery.id)
            if delivery.state != .pending { self.close(delivery) }
        }
    }

    /// The ids of deliveries that have left since the last time, for the store.
    mutating func takeRemoved() -> [String] {
        defer { self.removed = [] }
        return self.removed
    }

    // MARK: Steps

    private mutating func close(_ delivery: Delivery) {
        self.targets[delivery.target]?.pending.removeAll { $0 == delivery.id }
        self.targets[delivery.target]?.done.append(delivery.id)
        self.done.append(delivery.id)
        self.pendingCount -= 1
        self.doneCount += 1
        if let target = self.targets[delivery.target], target.done.count > self.limits.donePerTarget,
            let oldest = target.done.first
        {
            self.drop(oldest)
        }
        while self.doneCount > self.limits.done, let oldest = self.done.popFirst() { self.drop(oldest) }
        if self.done.count > 2 * self.limits.done { self.done.removeAll { self.deliveries[$0] == nil } }
    }

    /// What is done leaves before anything that waits is refused.
    private mutating func makeRoom(for bytes: Int) {
        while self.bytes + bytes > self.limits.bytes, let oldest = self.done.popFirst() { self.drop(oldest) }
    }

    private mutating func drop(_ id: String) {
        guard let delivery = self.deliveries.removeValue(forKey: id) else { return }
        self.bytes -= delivery.cost
        self.staged.remove(id)
        self.removed.append(id)
        if delivery.state == .pending { self.pendingCount -= 1 } else { self.doneCount -= 1 }
        self.targets[delivery.target]?.pending.removeAll { $0 == id }
        self.targets[delivery.target]?.done.removeAll { $0 == id }
        // A job's target has no other reason to be.
        if self.webhooks[delivery.target] == nil, let target = self.targets[delivery.target], !target.isCalling,
            target.pending.isEmpty, target.done.isEmpty
        {
            self.targets[delivery.target] = nil
        }
    }
}
