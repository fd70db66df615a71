import NIOCore
import Synchronization
import Testing

@testable import Storage

@Suite struct StoreTests {
    private let fixture: StoreFixture

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func full() -> StoreBatch {
        var batch = StoreBatch.made("s1", events: 1...5)
        batch.record = StoredRecord(epoch: 7, idempotencyKey: "key", body: ByteBuffer(string: #"{"title":"ä"}"#))
        batch.messages = [.message("m1", isOpen: true, "one"), .message("m2", "")]
        batch.approvals = [.message("a1", isOpen: true, "allow?")]
        batch.usage = [UsageEntry(day: "2026-11-21", session: "s1", model: "opus", turns: 1, costUSD: 0.25)]
        return batch
    }

    @Test func `what is committed is there after the store was dropped without an end`() async throws {
        let batch = self.full()
        do {
            let store = try self.fixture.open()
            await withTaskGroup { group in
                group.addTask { await store.run() }
                #expect(await store.commit(batch) == .committed)
                group.cancelAll()
            }
        }
        let store = try self.fixture.open()
        let session = try #require(try await store.sessions().first)
        #expect(session.id == "s1")
        #expect(session.record == batch.record)
        #expect(session.head == 5)
        #expect(session.first == 1)
        #expect(session.messages == batch.messages)
        #expect(session.approvals == batch.approvals)
        #expect(try await store.events(session: "s1", after: 0, maximumBytes: .max) == batch.events)
        #expect(try await store.usage(from: nil, through: nil, session: nil) == batch.usage)
    }

    @Test func `an empty body is a body`() async throws {
        try await self.fixture.withStore { (store) async throws in
            var batch = StoreBatch.made("s1", events: 1...1, bytes: 0)
            batch.record?.body = ByteBuffer()
            batch.messages = [.message("m1", "")]
            #expect(await store.commit(batch) == .committed)
            let session = try #require(try await store.sessions().first)
            #expect(session.record == batch.record)
            #expect(session.messages == batch.messages)
            #expect(try await store.events(session: "s1", after: 0, maximumBytes: .max) == batch.events)
        }
    }

    @Test func `a new store has nothing`() async throws {
        let store = try self.fixture.open()
        #expect(try await store.sessions().isEmpty)
        #expect(try await store.events(session: "s1", after: 0, maximumBytes: .max).isEmpty)
        #expect(try await store.usage(from: nil, through: nil, session: nil).isEmpty)
        #expect(store.condition == .healthy)
    }

    @Test func `batches are told in their order, and those that wait share a transaction`() async throws {
        let store = try self.fixture.open()
        let told = Mutex<[Int]>([])
        for index in 1...500 {
            let batch =
                index == 1 ? StoreBatch.made("s1", events: 1...1) : .of("s1", events: UInt64(index)...UInt64(index))
            store.write(batch) { outcome in told.withLock { $0.append(outcome == .committed ? index : -index) } }
        }
        try await store.whileRunning { _ in }
        #expect(told.withLock { $0 } == Array(1...500))
        #expect(store.counts.commits == 1)
        #expect(try await store.numbers(of: "s1") == Array(1...500))
    }

    @Test func `what is written while a transaction runs goes into the next`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1")) == .committed)
            // The writer's connection is taken: the next transaction waits, and all that follows gathers behind it.
            await store.whileWriterIsOccupied {
                for number in 1...200 as ClosedRange<UInt64> {
                    store.write(.of("s1", events: number...number)) { #expect($0 == .committed) }
                }
            }
            #expect(await store.commit(.of("s1", events: 201...201)) == .committed)
            #expect(store.counts.commits <= 3)
        }
    }

    @Test func `an event is told only when a reader can see it`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1")) == .committed)
            for number in 1...50 as ClosedRange<UInt64> {
                #expect(await store.commit(.of("s1", events: number...number)) == .committed)
                #expect(
                    try await store.newest(session: "s1", before: nil, count: 1, types: []).map(\.sequence) == [number]
                )
            }
        }
    }

    @Test func `removal leaves nothing of a session but its usage`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(self.full()) == .committed)
            #expect(await store.commit(.made("s2", events: 1...2)) == .committed)
            var removal = StoreBatch.removal(of: "s1")
            removal.events = [.numbered(6)]
            removal.usage = [UsageEntry(day: "2026-11-21", session: "s1", model: "opus", turns: 1, costUSD: 0.5)]
            #expect(await store.commit(removal) == .committed)
            #expect(try await store.sessions().map(\.id) == ["s2"])
            #expect(try await store.numbers(of: "s1") == [])
            #expect(try await store.usage(from: nil, through: nil, session: "s1").map(\.costUSD) == [0.75])
            // The id and the key are free again, and nothing of before comes back.
            #expect(await store.commit(self.full()) == .committed)
            #expect(try await store.sessions().map(\.messages.count) == [0, 2])
        }
    }

    @Test func `what comes after a removal is refused, but its usage counts`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1")) == .committed)
            #expect(await store.commit(.removal(of: "s1")) == .committed)
            var late = StoreBatch.of("s1", events: 1...1)
            late.usage = [UsageEntry(day: "2026-11-21", session: "s1", model: "opus", turns: 1)]
            #expect(await store.commit(late) == .delayed)
            #expect(store.counts.refused == 1)
            #expect(store.condition == .healthy)
            #expect(try await store.usage(from: nil, through: nil, session: nil).map(\.turns) == [1])
        }
    }

    @Test func `an item keeps its place when it is replaced`() async throws {
        try await self.fixture.withStore { (store) async throws in
            var batch = StoreBatch.made("s1")
            batch.messages = [.message("m1", isOpen: true), .message("m2", isOpen: true)]
            #expect(await store.commit(batch) == .committed)
            batch = StoreBatch(session: "s1")
            batch.messages = [.message("m1", "answered"), .message("m3")]
            #expect(await store.commit(batch) == .committed)
            let messages = try await store.sessions().first?.messages
            #expect(messages == [.message("m1", "answered"), .message("m2", isOpen: true), .message("m3")])
        }
    }

    @Test func `closed items are pruned, open ones never`() async throws {
        let fixture = try StoreFixture { $0.closedItems = 3 }
        try await fixture.withStore { (store) async throws in
            var batch = StoreBatch.made("s1")
            batch.messages = (1...20).map { .message("m\($0)", isOpen: $0.isMultiple(of: 5)) }
            batch.approvals = (1...20).map { .message("a\($0)", isOpen: true) }
            #expect(await store.commit(batch) == .committed)
            var other = StoreBatch.made("s2")
            other.messages = [.message("m1")]
            #expect(await store.commit(other) == .committed)
            #expect(
                try await store.sessions().map { $0.messages.map(\.id) } == [
                    ["m5", "m10", "m15", "m17", "m18", "m19", "m20"], ["m1"],
                ]
            )
            batch = StoreBatch(session: "s1")
            batch.approvals = (1...20).map { .message("a\($0)") }
            #expect(await store.commit(batch) == .committed)
            #expect(try await store.sessions().first?.approvals.map(\.id) == ["a18", "a19", "a20"])
        }
    }

    @Test func `usage adds up by day, session and model`() async throws {
        let entry = UsageEntry(
            day: "2026-11-20",
            session: "s1",
            model: "opus",
            turns: 1,
            inputTokens: 2,
            outputTokens: 3,
            cacheReadInputTokens: 4,
            cacheCreationInputTokens: 5,
            costUSD: 0.5
        )
        let later = UsageEntry(day: "2026-11-21", session: "s1", model: "opus", turns: 1)
        let other = UsageEntry(day: "2026-11-20", session: "s2", model: "haiku", turns: 7)
        try await self.fixture.withStore { (store) async throws in
            for used in [later, entry, other, entry] { #expect(await store.commit(.usage(used)) == .committed) }
            var sum = entry
            sum.add(entry)
            #expect(sum.cacheCreationInputTokens == 10)
            #expect(try await store.usage(from: nil, through: nil, session: nil) == [sum, other, later])
            #expect(try await store.usage(from: "2026-11-21", through: nil, session: nil) == [later])
            #expect(try await store.usage(from: nil, through: "2026-11-20", session: "s2") == [other])
            #expect(try await store.usage(from: "2026-11-20", through: "2026-11-21", session: "s1") == [sum, later])
            // A sum that is no integer any more is refused, and alone.
            let huge = UsageEntry(day: "2026-11-20", session: "s1", model: "opus", inputTokens: .max)
            #expect(await store.commit(.usage(huge)) == .delayed)
            #expect(try await store.usage(from: nil, through: nil, session: nil).first == sum)
        }
    }
}
