import NIOCore
import TestSupport
import Testing

@testable import Storage

/// A store and its model, fed the same random batches, through lives and locks.
@Suite struct StoreModelTests {
    /// Makes batches as a server would.
    private struct Source {
        var generator: SeededGenerator
        var model: StoreModel
        private var made = 0

        init(seed: UInt64, closedItems: Int) {
            self.generator = SeededGenerator(seed: seed)
            self.model = StoreModel(closedItems: closedItems)
        }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self.generator) < percent }

        mutating func batch() -> StoreBatch {
            let id = "s\(Int.random(in: 0...4, using: &self.generator))"
            let session = self.model.session(id)
            var batch = StoreBatch(session: id)
            batch.isRemoval = session != nil && self.chance(4)
            if session == nil || self.chance(30) { batch.record = self.record(after: session?.record) }
            let isSameLog = batch.record.map { $0.epoch == session?.record.epoch } ?? true
            let head = isSameLog ? session?.events.last?.sequence ?? 0 : 0
            let count = UInt64.random(in: 0...4, using: &self.generator)
            batch.events = (0..<count).map {
                .numbered(head + 1 + $0, bytes: Int.random(in: 0...900, using: &self.generator))
            }
            batch.messages = self.items(after: session?.messages ?? [])
            batch.approvals = self.items(after: session?.approvals ?? [])
            if self.chance(40) {
                let model = self.chance(50) ? "opus" : "haiku"
                batch.usage = [
                    UsageEntry(day: "2026-11-2\(self.made % 3)", session: id, model: model, turns: 1, costUSD: 0.5)
                ]
            }
            self.model.apply(batch)
            return batch
        }

        private mutating func record(after old: StoredRecord?) -> StoredRecord {
            self.made += 1
            let epoch = (old?.epoch ?? 1) + (self.chance(5) ? 1 : 0)
            let body = ByteBuffer(string: "record \(self.made)")
            return StoredRecord(epoch: epoch, idempotencyKey: self.chance(50) ? "key \(self.made)" : nil, body: body)
        }

        /// New ones, and answers to open ones.
        private mutating func items(after items: [StoredItem]) -> [StoredItem] {
            var changed = items.filter { $0.isOpen && self.chance(30) }.map {
                StoredItem.message($0.id, isOpen: self.chance(20), "changed")
            }
            for _ in 0..<Int.random(in: 0...2, using: &self.generator) {
                self.made += 1
                changed.append(.message("i\(self.made)", isOpen: self.chance(50)))
            }
            return changed
        }
    }

    @Test(arguments: [1 << 20, 12_000], 0..<8 as Range<UInt64>)
    func `a store holds what its model says`(backlogBytes: Int, seed: UInt64) async throws {
        let fixture = try StoreFixture {
            $0.closedItems = 3
            $0.backlogBytes = backlogBytes
        }
        var source = Source(seed: seed, closedItems: 3)
        var isComplete = true
        for _ in 1...4 {
            let store = try fixture.open()
            try await self.compare(store, source.model, isComplete: isComplete)
            try await store.whileRunning { (store) async throws in
                for _ in 1...25 {
                    for _ in 0...source.generator.next() % 4 { store.write(source.batch()) { _ in } }
                    _ = await store.commit(source.batch())
                    guard source.chance(20) else { continue }
                    try await fixture.withForeignLock { () async throws in
                        for _ in 0...source.generator.next() % 10 {
                            #expect(await store.commit(source.batch()) == .delayed)
                        }
                    }
                }
            }
            isComplete = isComplete && store.counts.droppedEvents == 0
            #expect(store.counts.refused == 0)
            try await self.compare(store, source.model, isComplete: isComplete)
        }
        if backlogBytes > 100_000 { #expect(isComplete) }
    }

    private func compare(_ store: Store, _ model: StoreModel, isComplete: Bool) async throws {
        let stored = try await store.sessions().sorted { $0.id < $1.id }
        let expected = model.sessions.sorted { $0.id < $1.id }
        #expect(stored.map(\.id) == expected.map(\.id))
        for (stored, (id, session)) in zip(stored, expected) {
            #expect(stored.record == session.record)
            #expect(stored.head == session.events.last?.sequence ?? 0)
            #expect(stored.messages == session.messages)
            #expect(stored.approvals == session.approvals)
            let events = try await store.events(session: id, after: 0, maximumBytes: .max)
            #expect(events == session.events.suffix(events.count))
            #expect(stored.first == events.first?.sequence ?? stored.head + 1)
            if isComplete { #expect(events.count == session.events.count) }
        }
        #expect(try await store.usage(from: nil, through: nil, session: nil) == model.usage)
    }
}
