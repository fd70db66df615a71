import Foundation
import GRDB
import NIOCore
import Synchronization
import Testing

@testable import Storage

@Suite struct StoreFailureTests {
    private let fixture: StoreFixture

    init() throws {
        self.fixture = try StoreFixture()
    }

    private func code(_ condition: StoreCondition) -> StorageError.Code? {
        guard case .failing(let error) = condition else { return nil }
        return error.code
    }

    @Test func `a full disk delays, and nothing is missing afterwards`() async throws {
        let told = Mutex<[UInt64]>([])
        let store = try self.fixture.open()
        try await store.whileRunning { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...3)) == .committed)
            try await store.limitPages(to: 0)
            for number in 4...60 as ClosedRange<UInt64> {
                store.write(.of("s1", events: number...number, bytes: 4000)) { outcome in
                    #expect(outcome == .delayed)
                    told.withLock { $0.append(number) }
                }
            }
            var batch = StoreBatch.made("s2", events: 1...1)
            batch.messages = [.message("m1")]
            batch.usage = [UsageEntry(day: "2026-11-21", session: "s2", model: "opus", turns: 3)]
            #expect(await store.commit(batch) == .delayed)
            #expect(self.code(store.condition) == .full)
            #expect(try await store.sessions().map(\.head) == [3])
            try await store.limitPages(to: nil)
        }
        #expect(told.withLock { $0 } == Array(4...60))
        #expect(store.condition == .healthy)
        #expect(store.counts.failures > 0)
        #expect(try await store.numbers(of: "s1") == Array(1...60))
        #expect(try await store.sessions().map(\.head) == [60, 1])
        #expect(try await store.sessions().map(\.messages.count) == [0, 1])
        #expect(try await store.usage(from: nil, through: nil, session: nil).map(\.turns) == [3])
    }

    @Test func `what a transaction wrote before it failed is not believed to be stored`() async throws {
        // Room for events 4 and 5 as two batches, but not for 7 beside them.
        let fixture = try StoreFixture {
            $0.backlogBytes = 10_000
            $0.firstRetry = .milliseconds(200)
        }
        try await fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...3)) == .committed)
        }
        let store = try fixture.open()
        try await store.limitPages(to: 0)
        store.write(.of("s1", events: 4...4)) { #expect($0 == .delayed) }
        let (told, teller) = AsyncStream.makeStream(of: StoreOutcome.self, bufferingPolicy: .bufferingOldest(1))
        store.write(.of("s1", events: 5...5, bytes: 9000)) { teller.yield($0) }
        try await store.whileRunning { (store) async throws in
            #expect(await told.first { _ in true } == .delayed)
            #expect(await store.commit(.of("s1", events: 6...6)) == .delayed)
            #expect(await store.commit(.of("s1", events: 7...7)) == .delayed)
            try await store.limitPages(to: nil)
        }
        #expect(store.counts.droppedEvents == 1)
        #expect(store.counts.refused == 0)
        #expect(try await store.numbers(of: "s1") == [5, 6, 7])
    }

    @Test func `a lock of another program delays, and nothing is missing afterwards`() async throws {
        let store = try self.fixture.open()
        try await store.whileRunning { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...3)) == .committed)
            try await self.fixture.withForeignLock { () async throws in
                for number in 4...20 as ClosedRange<UInt64> {
                    #expect(await store.commit(.of("s1", events: number...number)) == .delayed)
                    #expect(self.code(store.condition) == .locked)
                }
            }
        }
        #expect(store.condition == .healthy)
        #expect(try await store.numbers(of: "s1") == Array(1...20))
    }

    @Test func `the patience of a healthy store comes back`() async throws {
        let store = try self.fixture.open()
        try await store.whileRunning { (store) async throws in
            #expect(await store.commit(.made("s1")) == .committed)
            try await self.fixture.withForeignLock { () async throws in
                #expect(await store.commit(.of("s1", events: 1...1)) == .delayed)
            }
        }
        let patience = try await store.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA busy_timeout") }
        #expect(patience == 20)
    }

    @Test func `events beyond the backlog leave, and no hole is stored`() async throws {
        let fixture = try StoreFixture { $0.backlogBytes = 20_000 }
        let store = try fixture.open()
        try await store.whileRunning { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...10)) == .committed)
            #expect(await store.commit(.made("s2", events: 1...10)) == .committed)
            #expect(await store.commit(.made("s3", events: 1...10)) == .committed)
            try await fixture.withForeignLock { () async throws in
                #expect(await store.commit(.of("s3", events: 11...12, bytes: 1000)) == .delayed)
                var batch = StoreBatch.of("s1", events: 11...12, bytes: 1000)
                batch.messages = [.message("m1", isOpen: true)]
                #expect(await store.commit(batch) == .delayed)
                for number in 13...40 as ClosedRange<UInt64> {
                    #expect(await store.commit(.of("s1", events: number...number, bytes: 1000)) == .delayed)
                }
                #expect(await store.commit(.of("s2", events: 11...12)) == .delayed)
            }
            await store.waitUntilHealthy()
            let sessions = try await store.sessions()
            let first = try #require(sessions.first?.first)
            #expect(first > 12 && first <= 40)
            #expect(try await store.numbers(of: "s1") == Array(first...40))
            #expect(sessions.map(\.head) == [40, 12, 12])
            #expect(sessions.map(\.first) == [first, 1, 13])
            #expect(sessions.map(\.messages.count) == [1, 0, 0])
            #expect(store.counts.droppedEvents == first - 11 + 2)
            #expect(store.counts.refused == 0)
            // A session of which nothing is left goes on where it was.
            #expect(await store.commit(.of("s3", events: 13...13)) == .committed)
            #expect(try await store.numbers(of: "s3") == [13])
        }
    }

    @Test func `one bad batch does not sink the others`() async throws {
        let store = try self.fixture.open()
        let told = Mutex<[StoreOutcome]>([])
        var first = StoreBatch.made("s1", events: 1...2)
        first.record?.idempotencyKey = "key"
        var sameKey = StoreBatch.made("s2", events: 1...2)
        sameKey.record?.idempotencyKey = "key"
        let batches = [
            first, sameKey, .of("s2", events: 3...3), .of("s1", events: 2...3), .of("s1", events: 3...3),
            .made(String(repeating: "x", count: 65)), .made("s3", events: 0...1), .made("s3", events: 1...1),
        ]
        for batch in batches { store.write(batch) { outcome in told.withLock { $0.append(outcome) } } }
        try await store.whileRunning { _ in }
        #expect(
            told.withLock { $0 } == [
                .committed, .delayed, .delayed, .delayed, .committed, .delayed, .delayed, .committed,
            ]
        )
        #expect(store.counts.refused == 5)
        #expect(store.counts.commits == 1)
        #expect(store.condition == .healthy)
        #expect(try await store.sessions().map(\.id) == ["s1", "s3"])
        #expect(try await store.numbers(of: "s1") == [1, 2, 3])
    }

    @Test func `a gap or a new epoch ends the stored log`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...5)) == .committed)
            #expect(await store.commit(.of("s1", events: 8...9)) == .committed)
            #expect(try await store.numbers(of: "s1") == [8, 9])
            #expect(try await store.sessions().map(\.first) == [8])
            var batch = StoreBatch.made("s1", events: 1...1)
            batch.record?.epoch = 2
            #expect(await store.commit(batch) == .committed)
            #expect(try await store.numbers(of: "s1") == [1])
            batch = StoreBatch.made("s1")
            batch.record?.epoch = 3
            #expect(await store.commit(batch) == .committed)
            #expect(try await store.sessions().map(\.head) == [0])
            #expect(try await store.sessions().map(\.first) == [1])
        }
    }

    @Test func `a session made anew while nothing could be written has nothing of before`() async throws {
        let store = try self.fixture.open()
        try await store.whileRunning { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...5)) == .committed)
            try await self.fixture.withForeignLock { () async throws in
                #expect(await store.commit(.of("s1", events: 6...7)) == .delayed)
                #expect(await store.commit(.removal(of: "s1")) == .delayed)
                #expect(await store.commit(.made("s1", events: 1...2)) == .delayed)
            }
        }
        #expect(try await store.numbers(of: "s1") == [1, 2])
    }

    @Test func `a cancelled writer tries once more and ends, whatever the store does`() async throws {
        do {
            let store = try self.fixture.open()
            try await self.fixture.withForeignLock { () async throws in
                await withTaskGroup { group in
                    group.addTask { await store.run() }
                    #expect(await store.commit(.made("s1", events: 1...1)) == .delayed)
                    group.cancelAll()
                    await group.waitForAll()
                }
                #expect(await store.commit(.of("s1", events: 2...2)) == .delayed)
            }
        }
        try await self.fixture.withStore { (store) async throws in
            #expect(try await store.sessions().isEmpty)
        }
    }

    @Test func `a cancelled writer leaves nothing that it can write`() async throws {
        let store = try self.fixture.open()
        await withTaskGroup(of: Void.self) { group in
            store.write(.made("s1", events: 1...9)) { #expect($0 == .committed) }
            group.cancelAll()
            group.addTask { await store.run() }
        }
        #expect(try await store.numbers(of: "s1") == Array(1...9))
    }
}
