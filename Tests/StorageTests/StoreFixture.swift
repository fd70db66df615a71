import Foundation
import GRDB
import NIOCore

@testable import Storage

/// A directory for one database, which goes when the test lets go of it.
final class StoreFixture: Sendable {
    let directory: String
    let limits: StoreLimits

    var path: String { "\(self.directory)/data/troupe.db" }

    /// Makes a directory, unless the test has made one.
    init(directory: String? = nil, change: (inout StoreLimits) -> Void = { _ in }) throws {
        var limits = StoreLimits()
        limits.lockPatience = .milliseconds(20)
        limits.lockPatienceWhileFailing = .milliseconds(1)
        limits.firstRetry = .milliseconds(2)
        limits.longestRetry = .milliseconds(10)
        change(&limits)
        self.limits = limits
        self.directory = directory ?? NSTemporaryDirectory() + "troupe-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    func open() throws(StorageError) -> Store {
        try Store(path: self.path, limits: self.limits)
    }

    /// A store with its writer, which ends when everything is written.
    func withStore<Value: Sendable>(_ body: (Store) async throws -> Value) async throws -> Value {
        try await self.open().whileRunning(body)
    }

    /// Holds the lock that writers need, as another program would.
    func withForeignLock<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(10)
        let other = try DatabaseQueue(path: self.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let value = try await body()
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        return value
    }
}

extension Store {
    /// Runs the writer beside `body`, then until everything is written.
    func whileRunning<Value: Sendable>(_ body: (Store) async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup { group in
            group.addTask { await self.run() }
            let value = try await body(self)
            self.finish()
            try await group.waitForAll()
            return value
        }
    }

    /// Writes a batch and waits for what becomes of it.
    func commit(_ batch: StoreBatch) async -> StoreOutcome {
        await withCheckedContinuation { continuation in
            self.write(batch) { continuation.resume(returning: $0) }
        }
    }

    /// Returns when a batch is committed again.
    func waitUntilHealthy() async {
        while await self.commit(StoreBatch(session: "")) != .committed {}
    }

    /// The numbers of every event of a session that is stored.
    func numbers(of session: String) async throws -> [UInt64] {
        try await self.events(session: session, after: 0, maximumBytes: .max).map(\.sequence)
    }

    /// Calls `body` on the connection of the writer, which can do nothing meanwhile.
    func whileWriterIsOccupied(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            self.pool.asyncWriteWithoutTransaction { _ in
                body()
                continuation.resume()
            }
        }
    }

    /// Lets the file grow by so many pages and no more, as if the disk were full then; `nil` for no limit.
    func limitPages(to more: Int?) async throws {
        try await self.pool.writeWithoutTransaction { db in
            let count = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(more.map { count + $0 } ?? 0x3FFF_FFFF)")
        }
    }
}

extension StoreBatch {
    /// A batch that makes a session, with events of a number of bytes.
    static func made(_ session: String, events: ClosedRange<UInt64>? = nil, bytes: Int = 40) -> StoreBatch {
        var batch = StoreBatch.of(session, events: events, bytes: bytes)
        batch.record = StoredRecord(epoch: 1, idempotencyKey: nil, body: ByteBuffer(string: "{}"))
        return batch
    }

    static func of(_ session: String, events: ClosedRange<UInt64>? = nil, bytes: Int = 40) -> StoreBatch {
        var batch = StoreBatch(session: session)
        batch.events = events.map { $0.map { .numbered($0, bytes: bytes) } } ?? []
        return batch
    }

    static func usage(_ entry: UsageEntry) -> StoreBatch {
        var batch = StoreBatch(session: entry.session)
        batch.usage = [entry]
        return batch
    }

    static func removal(of session: String) -> StoreBatch {
        var batch = StoreBatch(session: session)
        batch.isRemoval = true
        return batch
    }
}

extension StoredEvent {
    static func numbered(_ sequence: UInt64, bytes: Int = 40) -> StoredEvent {
        let isEnd = sequence.isMultiple(of: 3)
        return StoredEvent(
            sequence: sequence,
            type: isEnd ? "turn.ended" : "agent.assistant",
            turn: isEnd ? nil : "t\(sequence / 3)",
            envelope: ByteBuffer(repeating: UInt8(truncatingIfNeeded: sequence), count: bytes)
        )
    }
}

extension StoredItem {
    static func message(_ id: String, isOpen: Bool = false, _ text: String = "m") -> StoredItem {
        StoredItem(id: id, isOpen: isOpen, body: ByteBuffer(string: text))
    }
}
