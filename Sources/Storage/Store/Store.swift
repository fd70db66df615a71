import GRDB
import Synchronization

/// What survives a restart: sessions with their durable events, messages, approvals and usage, in one SQLite file.
///
/// Batches go in by `write` and are committed in groups by `run`, of which there is one. What is committed survives the
/// end of the process; the last transactions before a power cut may be lost, never a part of one. While the file cannot
/// be written batches wait in memory, and reads tell what is in the file.
package final class Store: Sendable {
    private let path: String
    private let lock: StoreLock
    /// Readers, and the connection that only `run` writes with.
    let pool: DatabasePool
    let limits: StoreLimits
    /// The newest act when the store was opened; the next one follows it.
    package let lastAudit: AuditEntry?
    /// What the writer and its callers share.
    let queue: Mutex<StoreQueue>
    /// Wakes the writer.
    let signal = WakeSignal()

    /// Opens or makes the database at `path`, checks it, brings it up to date, and locks out other servers.
    ///
    /// Blocks, for as long as it takes to read the file once. Its directory is made if there is none. Nothing that is
    /// found there is deleted or replaced.
    package init(path: String, limits: StoreLimits = StoreLimits()) throws(StorageError) {
        self.path = path
        self.limits = limits
        self.queue = Mutex(StoreQueue(limits: limits))
        try StoreFile.makeDirectory(ofDatabase: path)
        self.lock = try StoreLock(besideDatabase: path)
        let pool = try StoreFile.open(path: path, limits: limits)
        do {
            self.lastAudit = try pool.read { try AuditEntry.newest($0) }
        } catch {
            throw StorageError(error, path: path)
        }
        self.pool = pool
    }

    deinit {
        // Before the lock is released. A connection that cannot be closed now closes when its last reader is done.
        try? self.pool.close()
    }

    /// How it is with the writing; read without waiting.
    package var condition: StoreCondition { self.queue.withLock(\.condition) }

    /// What the writer has done; read without waiting.
    package var counts: StoreCounts { self.queue.withLock(\.counts) }

    /// Queues a batch.
    ///
    /// `whenDone` is called exactly once and in the order of the batches, by the writer, which must not be made to wait.
    /// After `run` has ended it is called at once, with `delayed`.
    package func write(_ batch: StoreBatch, whenDone: @escaping @Sendable (StoreOutcome) -> Void) {
        let isEnded = self.queue.withLock { queue in
            if !queue.isEnded { queue.add(batch, whenDone: whenDone) }
            return queue.isEnded
        }
        if isEnded { whenDone(.delayed) } else { self.signal.wake() }
    }

    /// Ends `run` once everything is written.
    package func finish() {
        self.queue.withLock { $0.finish() }
        self.signal.wake()
    }

    /// The error of this target for whatever went wrong with the file.
    func storageError(_ error: any Error) -> StorageError {
        StorageError(error, path: self.path)
    }
}
