import GRDB
import Synchronization

/// What survives a restart: sessions with their durable events, messages, approvals and usage, in one SQLite file.
///
/// Batches go in by `write` and are committed in groups by `run`, of which there is one. What is committed survives the
/// end of the process; the last transactions before a power cut may be lost, never a part of one. While the file cannot
/// be written batches wait in memory, and reads tell what is in the file.
package final class Store: Sendable {
    /// What the writer and its callers share.
    struct State {
        var queue: StoreQueue
        /// The writer, while it waits.
        var sleeper: CheckedContinuation<Void, Never>?
        /// Something came since the writer last looked.
        var hasNews = false
    }

    private let path: String
    private let lock: StoreLock
    /// Readers, and the connection that only `run` writes with.
    let pool: DatabasePool
    let limits: StoreLimits
    /// The newest act when the store was opened; the next one follows it.
    package let lastAudit: AuditEntry?
    let state: Mutex<State>

    /// Opens or makes the database at `path`, checks it, brings it up to date, and locks out other servers.
    ///
    /// Blocks, for as long as it takes to read the file once. Its directory is made if there is none. Nothing that is
    /// found there is deleted or replaced.
    package init(path: String, limits: StoreLimits = StoreLimits()) throws(StorageError) {
        self.path = path
        self.limits = limits
        self.state = Mutex(State(queue: StoreQueue(limits: limits)))
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
    package var condition: StoreCondition { self.state.withLock { $0.queue.condition } }

    /// What the writer has done; read without waiting.
    package var counts: StoreCounts { self.state.withLock { $0.queue.counts } }

    /// Queues a batch.
    ///
    /// `whenDone` is called exactly once and in the order of the batches, by the writer, which must not be made to wait.
    /// After `run` has ended it is called at once, with `delayed`.
    package func write(_ batch: StoreBatch, whenDone: @escaping @Sendable (StoreOutcome) -> Void) {
        let isEnded = self.state.withLock { state in
            if !state.queue.isEnded { state.queue.add(batch, whenDone: whenDone) }
            return state.queue.isEnded
        }
        if isEnded { whenDone(.delayed) } else { self.wake() }
    }

    /// Ends `run` once everything is written.
    package func finish() {
        self.state.withLock { $0.queue.finish() }
        self.wake()
    }

    /// Makes the writer look again; costs nothing while it is at work.
    func wake() {
        let sleeper = self.state.withLock { state in
            defer { state.sleeper = nil }
            state.hasNews = state.sleeper == nil
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// The error of this target for whatever went wrong with the file.
    func storageError(_ error: any Error) -> StorageError {
        StorageError(error, path: self.path)
    }
}
