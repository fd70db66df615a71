import Foundation
import Metrics
package import NIOCore
package import Storage
import Synchronization

/// The webhooks of all keys and what is to be sent to them: filled by the sessions' own steps, emptied by the sender.
///
/// With a store, what is to be sent is written in the transaction of the event it tells of, so that neither a crash nor a
/// slow receiver loses it. At least once, not exactly once: a crash in the middle of a call sends it again.
package final class WebhookDesk: Sendable {
    /// What one step of a session has for the outside.
    struct Staged {
        /// Given back when the step is committed.
        let ids: [String]
        let rows: [StoredRow]
    }

    private struct State {
        var outbox: WebhookOutbox
        /// Whether the key behind a webhook may (still) see the sessions of another.
        var maySee: @Sendable (_ owner: String?, _ sessionOwner: String?) -> Bool = { $0 == $1 }
        /// How other systems tell of the end of a job, by their names.
        var wordings: [String: @Sendable (Job) -> ByteBuffer] = [:]

        /// What a job's hook is told; `nil` for the event as it is.
        func words(of job: Job, for hook: JobHook) -> String? {
            hook.wording.flatMap { self.wordings[$0] }.map { String(buffer: $0(job)) }
        }
    }

    private let state: Mutex<State>
    /// Wakes the sender.
    private let signal = WakeSignal()
    private let metrics: WebhookMetrics
    private let store: Store?
    /// Makes the calls, and knows which may be made.
    package let caller: any WebhookCaller

    /// - Parameters:
    ///   - limits: its bounds.
    ///   - store: what survives a restart; `nil` when nothing does.
    ///   - caller: makes the calls.
    ///   - metrics: what is counted of them.
    package init(
        limits: WebhookLimits = WebhookLimits(),
        store: Store? = nil,
        caller: any WebhookCaller = NoWebhookCaller(),
        metrics: WebhookMetrics = WebhookMetrics()
    ) {
        self.state = Mutex(State(outbox: WebhookOutbox(limits: limits)))
        self.store = store
        self.caller = caller
        self.metrics = metrics
    }

    /// Takes up what an earlier server left; once, before anything is sent.
    ///
    /// - Throws: `StorageError` when the store cannot be read.
    package func restore() async throws(StorageError) {
        guard let store else { return }
        let decoder = JSONDecoder()
        func read<Value: Decodable>(_ row: StoredRow) -> Value? {
            row.body.flatMap { try? decoder.decode(Value.self, from: Data($0.readableBytesView)) }
        }
        let webhooks: [Webhook] = try await store.rows(.webhook).compactMap(read)
        let deliveries: [Delivery] = try await store.rows(.delivery).compactMap(read)
        let removed = self.state.withLock { state in
            state.outbox.restore(webhooks: webhooks, deliveries: deliveries)
            return state.outbox.takeRemoved()
        }
        self.write(Self.deletions(removed))
        self.signal.wake()
    }

    /// Whose sessions a webhook's key may see, asked for every event: a key that is revoked learns nothing more.
    package func decideSight(_ maySee: @escaping @Sendable (_ owner: String?, _ sessionOwner: String?) -> Bool) {
        self.state.withLock { $0.maySee = maySee }
    }

    /// How the end of a job is told to those whose hook names this wording; before anything is sent.
    package func wordJobs(as wording: String, by words: @escaping @Sendable (Job) -> ByteBuffer) {
        self.state.withLock { $0.wordings[wording] = words }
    }

    // MARK: Clients

    /// Those of a key, newest first.
    package func webhooks(of owner: String?) -> [Webhook] {
        self.state.withLock { state in
            state.outbox.webhooks.values.filter { $0.owner == owner }
                .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        }
    }

    /// One of a key's.
    ///
    /// - Throws: `SessionError` when the key has none of that id.
    package func webhook(_ id: String, of owner: String?) throws(SessionError) -> Webhook {
        guard let webhook = self.state.withLock({ $0.outbox.webhooks[id] }), webhook.owner == owner else {
            throw SessionError(.webhookNotFound, "There is no webhook of that id.")
        }
        return webhook
    }

    /// Events that a webhook's full outbox has lost.
    package func dropped(of webhook: String) -> Int { self.state.withLock { $0.outbox.dropped(of: webhook) } }

    /// Adds a webhook; returns when it will survive the server.
    ///
    /// - Returns: the webhook, or the one that was made for the same `Idempotency-Key` before.
    /// - Throws: `SessionError` when its key has as many as it may, or the `Idempotency-Key` stood for something else.
    @discardableResult
    package func add(_ webhook: Webhook) async throws(SessionError) -> Webhook {
        let (known, isAdded) = self.state.withLock { state in
            let known = state.outbox.webhook(sameAs: webhook)
            return (known, known == nil && state.outbox.add(webhook))
        }
        if let known, let creation = webhook.creation {
            guard known.creation == creation else { throw creation.conflict }
            // The first request may still be waiting for it.
            await self.written([StoredRow(.webhook, id: known.id, body: Self.body(known))])
            return known
        }
        guard isAdded else {
            throw SessionError(.webhookLimit, "No more webhooks can be made; delete one that is not needed.")
        }
        await self.written([StoredRow(.webhook, id: webhook.id, body: Self.body(webhook))])
        return webhook
    }

    /// Removes a webhook of a key, and what was to be sent to it; returns when the next server would not send it either.
    ///
    /// - Throws: `SessionError` when the key has none of that id.
    package func remove(_ id: String, of owner: String?) async throws(SessionError) {
        _ = try self.webhook(id, of: owner)
        let (waited, removed) = self.state.withLock { state in
            let waited = state.outbox.remove(id)
            return (waited, state.outbox.takeRemoved())
        }
        self.metrics.settled.increment(.withdrawn, by: waited)
        await self.written([StoredRow(.webhook, id: id, body: nil)] + Self.deletions(removed))
    }

    /// What was sent and is to be sent to a webhook, or for a job; newest first.
    package func deliveries(of target: String) -> [Delivery] {
        self.state.withLock { $0.outbox.deliveries(of: target) }
    }

    /// Sends one that is done again; returns when that will survive the server.
    ///
    /// - Throws: `SessionError` when there is none of that id, or it waits.
    package func replay(_ id: String, of target: String) async throws(SessionError) -> Delivery {
        let found = self.state.withLock { state -> (Delivery?, isKnown: Bool) in
            guard let delivery = state.outbox[delivery: id], delivery.target == target else { return (nil, false) }
            return (state.outbox.replay(id, now: Timestamp.millisecondsSince1970()), true)
        }
        guard found.isKnown else { throw SessionError(.deliveryNotFound, "There is no delivery of that id.") }
        guard let delivery = found.0 else {
            throw SessionError(.deliveryPending, "The delivery is still to be sent, or too many are.")
        }
        await self.written([StoredRow(.delivery, id: id, body: Self.body(delivery))])
        self.signal.wake()
        return delivery
    }

    // MARK: Sessions

    /// Takes what webhooks, and the jobs that ended, are to be told of a step's events.
    ///
    /// - Parameters:
    ///   - events: of the step, numbered.
    ///   - session: whose they are.
    ///   - hooks: of jobs, by the place of the event that tells of their end.
    /// - Returns: what goes into the step's transaction.
    func stage(_ events: [Event], of session: Session, hooks: [Int: (job: Job, hook: JobHook)]) -> Staged {
        self.state.withLock { state in
            guard !hooks.isEmpty || !state.outbox.webhooks.isEmpty else { return Staged(ids: [], rows: []) }
            let now = Timestamp.millisecondsSince1970()
            var staged: [Delivery] = []
            for (place, event) in events.enumerated() where event.kind == .durable {
                let maySee = state.maySee
                let takers = state.outbox.takers(of: event.type, session: session.storageID) {
                    maySee($0.owner, session.owner)
                }
                let targets =
                    takers.map { ($0.id, JobHook(url: $0.url, secret: $0.secret, owner: $0.owner), String?.none) }
                    + [hooks[place]].compactMap { hooked in
                        hooked.map { ($0.job.id, $0.hook, state.words(of: $0.job, for: $0.hook)) }
                    }
                guard !targets.isEmpty else { continue }
                let body = Self.body(of: event, limit: state.outbox.limits.bodyBytes)
                for (target, hook, words) in targets {
                    let delivery = Delivery(
                        target: target,
                        hook: hook,
                        type: event.type,
                        session: session.id,
                        body: words ?? body,
                        now: now
                    )
                    if let taken = state.outbox.stage(delivery) {
                        staged.append(taken)
                    } else {
                        self.metrics.settled.increment(.dropped)
                    }
                }
            }
            return Staged(
                ids: staged.map(\.id),
                rows: Self.deletions(state.outbox.takeRemoved())
                    + staged.map { StoredRow(.delivery, id: $0.id, body: Self.body($0)) }
            )
        }
    }

    /// The step is committed: what was staged may be sent.
    func release(_ staged: Staged) {
        guard !staged.ids.isEmpty else { return }
        self.state.withLock { $0.outbox.release(staged.ids) }
        self.signal.wake()
    }

    // MARK: The sender

    /// What is to be sent now, and how long to wait for more; `nil` for as long as nothing is new.
    func takeDue() -> (due: [Delivery], wait: Duration?) {
        self.signal.lookedAgain()
        return self.state.withLock { state in
            let now = Timestamp.millisecondsSince1970()
            let due = state.outbox.takeDue(now: now)
            return (due, state.outbox.nextDue(now: now).map { .milliseconds(max(0, $0 - now)) })
        }
    }

    /// Whether a delivery is still wanted: not when the key it was for is gone.
    func isWanted(_ delivery: Delivery) -> Bool {
        guard let owner = delivery.owner else { return true }
        return self.state.withLock(\.maySee)(owner, owner)
    }

    /// A call has ended; `nil` when it was cut short.
    ///
    /// - Returns: the delivery as it is now.
    func called(_ delivery: Delivery, _ outcome: WebhookOutcome?) -> Delivery? {
        let (changed, removed) = self.state.withLock { state in
            let changed = state.outbox.called(
                delivery.id,
                of: delivery.target,
                outcome,
                now: Timestamp.millisecondsSince1970(),
                chance: .random(in: -1...1)
            )
            return (changed, state.outbox.takeRemoved())
        }
        if let outcome {
            self.metrics.called(outcome, changed?.state)
            let isKept = changed.map { !removed.contains($0.id) } ?? false
            let row = isKept ? changed.map { [StoredRow(.delivery, id: $0.id, body: Self.body($0))] } : nil
            self.write((row ?? []) + Self.deletions(removed))
        }
        self.signal.wake()
        return changed
    }

    /// Takes what waits into its gauge.
    func measure() {
        self.metrics.waiting.record(self.state.withLock(\.outbox.pendingCount))
    }

    /// Returns when something is new, time has passed, or the task is cancelled.
    func waitForNews(atMost wait: Duration?) async {
        await self.signal.wait(until: wait.map { .now + $0 })
    }

    // MARK: Steps

    private func write(_ rows: [StoredRow]) {
        guard let store, !rows.isEmpty else { return }
        var batch = StoreBatch()
        batch.rows = rows
        store.write(batch) { _ in }
    }

    private func written(_ rows: [StoredRow]) async {
        guard let store, !rows.isEmpty else { return }
        var batch = StoreBatch()
        batch.rows = rows
        await withCheckedContinuation { continuation in
            store.write(batch) { _ in continuation.resume() }
        }
    }

    private static func deletions(_ deliveries: [String]) -> [StoredRow] {
        deliveries.map { StoredRow(.delivery, id: $0, body: nil) }
    }

    private static func body(_ value: some Encodable) -> ByteBuffer {
        // Strings and numbers, which can always be written.
        ByteBuffer(bytes: (try? JSONEncoder().encode(value)) ?? Data())
    }

    /// The envelope, or one without data for an event that is too large: its id says where to read it.
    private static func body(of event: Event, limit: Int) -> String {
        guard event.envelope.readableBytes > limit else { return String(buffer: event.envelope) }
        return String(buffer: Envelope.withoutData(event.envelope))
    }
}
