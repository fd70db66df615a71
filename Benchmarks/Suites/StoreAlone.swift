import Foundation
import NIOCore
import Storage

/// The store without a server: microseconds for each event, by how many come together.
struct StoreAlone {
    /// A session that numbers its events.
    private struct Writer {
        let session: String
        var head: UInt64 = 0

        /// The next batch of so many events, as large as the CLI's messages are with their envelopes.
        mutating func batch(_ count: Int) -> StoreBatch {
            var batch = StoreBatch(session: self.session)
            if self.head == 0 {
                batch.record = StoredRecord(epoch: 1, idempotencyKey: nil, body: ByteBuffer(string: "{}"))
            }
            batch.events = (1...UInt64(count)).map { number in
                StoredEvent(
                    sequence: self.head + number,
                    type: "agent.assistant",
                    turn: "t_benchmark",
                    envelope: ByteBuffer(repeating: 0x61, count: StoreAlone.eventBytes)
                )
            }
            self.head += UInt64(count)
            return batch
        }
    }

    private static let eventBytes = 600
    private static let rounds = 5
    private static let eventsPerRound = 4096
    private static let sessions = 100

    let path: String

    /// - Throws: `StorageError` when there can be no store.
    func run() async throws -> Table {
        var table = Table(
            "the store alone, events of \(Self.eventBytes) bytes",
            columns: [
                "events", "µs per event, p50", "least", "most", "CPU per event, µs", "events per commit",
                "times batches of 64",
            ]
        )
        let store = try Store(path: self.path)
        await withTaskGroup { group in
            group.addTask { await store.run() }
            let results = await self.measure(store)
            let base = results.first { $0.name == "batches of 64" }.map { Spread($0.microseconds) } ?? Spread([])
            for result in results { result.add(to: &table, base: base) }
            store.finish()
        }
        return table
    }

    private struct Figures {
        let name: String
        var events = 0
        var commits = 0
        var microseconds: [Double] = []
        var cpuSeconds = 0.0

        func add(to table: inout Table, base: Spread) {
            let spread = Spread(self.microseconds)
            table.add(
                self.name,
                [
                    Double(self.events), spread.median, spread.minimum, spread.maximum,
                    self.cpuSeconds / Double(max(1, self.events)) * 1e6,
                    Double(self.events) / Double(max(1, self.commits)), spread.ratio(to: base),
                ]
            )
        }
    }

    private func measure(_ store: Store) async -> [Figures] {
        var results: [Figures] = []
        for size in [1, 8, 64] {
            let writers = [Writer(session: "batches-\(size)")]
            await results.append(self.measure(store, "batches of \(size)", writers, of: size))
        }
        let many = (0..<Self.sessions).map { Writer(session: "session-\($0)") }
        await results.append(self.measure(store, "\(many.count) sessions at once, one event each", many, of: 1))
        return results
    }

    /// Rounds in which every writer has one batch under way at a time.
    private func measure(_ store: Store, _ name: String, _ writers: [Writer], of size: Int) async -> Figures {
        var writers = writers
        var result = Figures(name: name)
        // A first round to warm up, as everywhere.
        for round in 0...Self.rounds {
            let count = Self.eventsPerRound / size / writers.count
            let batches = writers.indices.map { index in (0..<count).map { _ in writers[index].batch(size) } }
            let (began, cpu, commits) = (Monotonic.now, ProcessFigures.ownCPUSeconds, store.counts.commits)
            await withTaskGroup { group in
                for own in batches {
                    group.addTask {
                        for batch in own {
                            await withCheckedContinuation { continuation in
                                store.write(batch) { _ in continuation.resume() }
                            }
                        }
                    }
                }
            }
            guard round > 0 else { continue }
            let events = count * size * writers.count
            result.microseconds.append(Double(Monotonic.now - began) / 1e3 / Double(events))
            result.cpuSeconds += ProcessFigures.ownCPUSeconds - cpu
            result.commits += Int(store.counts.commits - commits)
            result.events += events
        }
        return result
    }
}
