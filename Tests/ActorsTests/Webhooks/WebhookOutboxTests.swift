import Testing

@testable import Actors

@Suite struct WebhookOutboxTests {
    private static func webhook(_ events: [String] = ["*"], owner: String? = nil, session: String? = nil) -> Webhook {
        Webhook(
            owner: owner,
            url: "http://receiver.example/",
            events: events,
            session: session,
            storageID: session,
            secret: "s"
        )
    }

    private static func delivery(_ target: String, at now: Int = 0, bytes: Int = 10) -> Delivery {
        Delivery(
            target: target,
            hook: JobHook(url: "http://receiver.example/", secret: "s"),
            type: "turn.ended",
            session: "s1",
            body: String(repeating: "x", count: bytes),
            now: now
        )
    }

    private static let ok = WebhookOutcome(status: 204, tookMs: 1)
    private static let broken = WebhookOutcome(status: 500, failure: .status, tookMs: 1)

    private static func outbox(_ adjust: (inout WebhookLimits) -> Void = { _ in }) -> WebhookOutbox {
        var limits = WebhookLimits()
        adjust(&limits)
        return WebhookOutbox(limits: limits)
    }

    /// A delivery that may be sent.
    private static func put(_ outbox: inout WebhookOutbox, _ target: String, at now: Int = 0) throws -> String {
        let found = outbox.stage(Self.delivery(target, at: now))
        let staged = try #require(found)
        outbox.release([staged.id])
        return staged.id
    }

    // MARK: Who gets what

    @Test(arguments: [
        (["turn.ended"], "turn.ended", true), (["turn."], "turn.ended", true), (["turn"], "turn.started", true),
        (["*"], "agent.assistant", true), (["job.", "approval.requested"], "approval.requested", true),
        (["turn.ended"], "turn.started", false), (["approval."], "turn.ended", false), (["ended"], "turn.ended", false),
    ])
    func `a webhook gets the types it asked for`(events: [String], type: String, wants: Bool) {
        #expect(Self.webhook(events).wants(type, of: "s1") == wants)
    }

    @Test func `a webhook of one session gets that one's, and of no session that its key may not see`() {
        var outbox = Self.outbox()
        let mine = Self.webhook(owner: "k1")
        let one = Self.webhook(owner: "k1", session: "s1")
        let other = Self.webhook(owner: "k2")
        for webhook in [mine, one, other] { #expect(outbox.add(webhook) == true) }
        func takers(_ session: String) -> Set<String> {
            Set(outbox.takers(of: "turn.ended", session: session) { $0.owner == "k1" }.map(\.id))
        }
        #expect(takers("s1") == [mine.id, one.id])
        #expect(takers("s2") == [mine.id])
    }

    @Test func `a key and the server have so many webhooks and no more`() {
        var outbox = Self.outbox {
            $0.perOwner = 2
            $0.webhooks = 3
        }
        let first = Self.webhook(owner: "k1")
        #expect(outbox.add(first) == true)
        #expect(outbox.add(Self.webhook(owner: "k1")) == true)
        #expect(outbox.add(Self.webhook(owner: "k1")) == false)
        #expect(outbox.add(Self.webhook(owner: "k2")) == true)
        #expect(outbox.add(Self.webhook(owner: "k3")) == false)
        outbox.remove(first.id)
        #expect(outbox.add(Self.webhook(owner: "k3")) == true)
    }

    // MARK: Sending

    @Test func `what is staged is not sent before it is released`() throws {
        var outbox = Self.outbox()
        let found = outbox.stage(Self.delivery("w1"))
        let staged = try #require(found)
        #expect(outbox.takeDue(now: 100).isEmpty && outbox.nextDue(now: 100) == nil)
        outbox.release([staged.id])
        #expect(outbox.nextDue(now: 100) == 0)
        #expect(outbox.takeDue(now: 100).map(\.id) == [staged.id])
        #expect(outbox.takeDue(now: 100).isEmpty)
    }

    @Test func `one call at a time to a receiver, in order, and others go on beside it`() throws {
        var outbox = Self.outbox()
        let first = try Self.put(&outbox, "w1")
        let second = try Self.put(&outbox, "w1")
        let other = try Self.put(&outbox, "w2")
        #expect(Set(outbox.takeDue(now: 1).map(\.id)) == [first, other])
        #expect(outbox.takeDue(now: 1).isEmpty)
        _ = outbox.called(first, of: "w1", Self.ok, now: 2, chance: 0)
        #expect(outbox.takeDue(now: 2).map(\.id) == [second])
        #expect(outbox[delivery: first]?.state == .delivered)
    }

    @Test func `so many calls at a time and no more`() throws {
        var outbox = Self.outbox { $0.calls = 2 }
        for place in 0..<4 { _ = try Self.put(&outbox, "w\(place)") }
        let calls = outbox.takeDue(now: 1)
        #expect(calls.count == 2)
        #expect(outbox.takeDue(now: 1).isEmpty && outbox.nextDue(now: 1) == nil)
        _ = outbox.called(calls[0].id, of: calls[0].target, Self.ok, now: 2, chance: 0)
        #expect(outbox.takeDue(now: 2).count == 1)
    }

    @Test func `a failure is tried again when it is due, five times, then it is dead`() throws {
        var outbox = Self.outbox()
        let id = try Self.put(&outbox, "w1")
        var now = 0
        for (tries, delay) in [(1, 10_000), (2, 120_000), (3, 600_000), (4, 2_700_000)] {
            #expect(outbox.takeDue(now: now).map(\.id) == [id])
            let found = outbox.called(id, of: "w1", Self.broken, now: now, chance: 0)
            let after = try #require(found)
            #expect(after.state == .pending && after.tries == tries && after.dueAt == now + delay)
            #expect(outbox.takeDue(now: now + delay - 1).isEmpty)
            #expect(outbox.nextDue(now: now) == now + delay)
            now += delay
        }
        #expect(outbox.takeDue(now: now).map(\.id) == [id])
        let last = outbox.called(id, of: "w1", Self.broken, now: now, chance: 0)
        let dead = try #require(last)
        #expect(dead.state == .dead && dead.attempts.count == 5)
        #expect(dead.attempts.allSatisfy { $0.status == 500 && $0.error == "bad_status" })
        #expect(outbox.takeDue(now: .max).isEmpty && outbox.nextDue(now: now) == nil)
    }

    @Test func `one that fails does not hold up the next`() throws {
        var outbox = Self.outbox()
        let first = try Self.put(&outbox, "w1")
        let second = try Self.put(&outbox, "w1")
        _ = outbox.takeDue(now: 1)
        _ = outbox.called(first, of: "w1", Self.broken, now: 1, chance: 0)
        #expect(outbox.takeDue(now: 2).map(\.id) == [second])
    }

    @Test(arguments: [
        WebhookOutcome(failure: .refused, tookMs: 0), WebhookOutcome(status: 410, failure: .status, tookMs: 0),
    ])
    func `a target that may not be called, or is gone, is not tried again`(outcome: WebhookOutcome) throws {
        var outbox = Self.outbox()
        let id = try Self.put(&outbox, "w1")
        _ = outbox.takeDue(now: 1)
        #expect(outbox.called(id, of: "w1", outcome, now: 1, chance: 0)?.state == .dead)
    }

    @Test func `a call that was cut short counts as none`() throws {
        var outbox = Self.outbox()
        let id = try Self.put(&outbox, "w1")
        _ = outbox.takeDue(now: 1)
        #expect(outbox.called(id, of: "w1", nil, now: 1, chance: 0)?.tries == 0)
        #expect(outbox.takeDue(now: 1).map(\.id) == [id])
    }

    @Test func `what is done can be sent again under its id`() throws {
        var outbox = Self.outbox()
        let id = try Self.put(&outbox, "w1")
        #expect(outbox.replay(id, now: 1) == nil)
        _ = outbox.takeDue(now: 1)
        _ = outbox.called(id, of: "w1", Self.ok, now: 1, chance: 0)
        let replayed = outbox.replay(id, now: 5)
        let again = try #require(replayed)
        #expect(again.id == id && again.state == .pending && again.tries == 0 && again.attempts.count == 1)
        #expect(outbox.takeDue(now: 5).map(\.id) == [id])
        #expect(outbox.called(id, of: "w1", Self.ok, now: 6, chance: 0)?.attempts.count == 2)
        #expect(outbox.replay("d_none", now: 7) == nil)
    }

    // MARK: Bounds

    @Test func `a full outbox drops what comes, and counts it`() throws {
        var outbox = Self.outbox { $0.pendingPerTarget = 2 }
        _ = try Self.put(&outbox, "w1")
        _ = try Self.put(&outbox, "w1")
        #expect(outbox.stage(Self.delivery("w1")) == nil)
        #expect(outbox.dropped(of: "w1") == 1 && outbox.dropped(of: "w2") == 0)
        _ = try Self.put(&outbox, "w2")
    }

    @Test func `what is done leaves, oldest first, by count and by bytes, and the store is told`() throws {
        var outbox = Self.outbox {
            $0.donePerTarget = 2
            $0.bytes = 5 * 1034
        }
        var ids: [String] = []
        for _ in 0..<4 {
            let id = try Self.put(&outbox, "w1")
            ids.append(id)
            _ = outbox.takeDue(now: 1)
            _ = outbox.called(id, of: "w1", Self.ok, now: 1, chance: 0)
        }
        #expect(outbox.deliveries(of: "w1").count == 2)
        #expect(outbox.takeRemoved() == Array(ids.prefix(2)))
        // Two that are done and three that wait fill it; the next ones need the room of those that are done.
        for _ in 0..<5 { _ = try Self.put(&outbox, "w2") }
        #expect(outbox.takeRemoved() == Array(ids.suffix(2)))
        #expect(outbox.stage(Self.delivery("w3")) == nil)
    }

    @Test func `a webhook that is removed takes its deliveries along, also in the middle of a call`() throws {
        var outbox = Self.outbox()
        let webhook = Self.webhook()
        #expect(outbox.add(webhook) == true)
        let first = try Self.put(&outbox, webhook.id)
        let second = try Self.put(&outbox, webhook.id)
        #expect(outbox.takeDue(now: 1).map(\.id) == [first])
        outbox.remove(webhook.id)
        #expect(Set(outbox.takeRemoved()) == [first, second])
        #expect(outbox.called(first, of: webhook.id, Self.ok, now: 2, chance: 0) == nil)
        #expect(outbox.takeDue(now: 2).isEmpty && outbox.deliveries(of: webhook.id).isEmpty)
    }

    @Test func `what an earlier server left goes on where it was`() throws {
        var before = Self.outbox()
        let webhook = Self.webhook()
        #expect(before.add(webhook) == true)
        let done = try Self.put(&before, webhook.id)
        let waiting = try Self.put(&before, webhook.id)
        _ = before.takeDue(now: 1)
        _ = before.called(done, of: webhook.id, Self.ok, now: 1, chance: 0)
        var after = Self.outbox()
        after.restore(
            webhooks: Array(before.webhooks.values),
            deliveries: [done, waiting].compactMap { before[delivery: $0] }
        )
        #expect(after.webhooks == before.webhooks)
        #expect(after.takeDue(now: 2).map(\.id) == [waiting])
        #expect(after[delivery: done]?.state == .delivered)
    }
}
