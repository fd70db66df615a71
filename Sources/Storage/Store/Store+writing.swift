import GRDB
import Synchronization

extension Store {
    /// The writer's life: commits what is queued, in groups, until `finish` was called and everything is written.
    ///
    /// Whatever is queued while one transaction runs goes into the next. One that fails is tried again, later and later;
    /// what waits is told `delayed`. Cancelled, it tries everything that waits once more and ends; a transaction is never
    /// cut. Run once.
    package func run() async {
        let group = GroupCommit(limits: self.limits)
        while true {
            switch self.nextStep() {
            case .write(let work):
                for (completion, outcome) in await self.write(work, by: group) { completion(outcome) }
            case .tell(let completions):
                for completion in completions { completion(.delayed) }
            case .wait(let deadline):
                await self.signal.wait(until: deadline)
            case .end:
                await self.checkpoint()
                return
            }
        }
    }

    private func nextStep() -> StoreQueue.Step {
        let isCancelled = Task.isCancelled
        self.signal.lookedAgain()
        return self.queue.withLock { $0.next(now: .now, isCancelled: isCancelled) }
    }

    /// Writes one transaction, and says who is to be told what.
    private func write(
        _ work: StoreQueue.Work,
        by group: GroupCommit
    ) async -> [(StoreQueue.Completion, StoreOutcome)] {
        let start = ContinuousClock.now
        // A closure and a continuation, as GRDB's own async write ends a transaction whose task is cancelled.
        let result = await withCheckedContinuation { continuation in
            self.pool.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Result {
                        if work.isRetry { try db.setLockPatience(self.limits.lockPatienceWhileFailing) }
                        let refused = try group.write(work.batches, to: db)
                        if work.isRetry { try db.setLockPatience(self.limits.lockPatience) }
                        return refused
                    }
                )
            }
        }
        let isCancelled = Task.isCancelled
        return self.queue.withLock { queue in
            switch result {
            case .success(let refused):
                queue.committed(refused: refused.count, after: start.duration(to: .now))
                return work.outcomes(refused: refused)
            case .failure(let error):
                queue.failed(work, error: self.storageError(error), now: .now, isCancelled: isCancelled)
                // They are told next, as everything that waits.
                return []
            }
        }
    }

    /// Brings everything from the log into the file and onto the disk, so that a copy of the file is whole.
    private func checkpoint() async {
        await withCheckedContinuation { continuation in
            self.pool.asyncWriteWithoutTransaction { db in
                // A reader may be in the way, or the disk full: then it is done at the next start.
                _ = try? db.checkpoint(.truncate)
                continuation.resume()
            }
        }
    }
}

extension Database {
    /// How long this connection waits for a lock from now on.
    fileprivate func setLockPatience(_ patience: Duration) throws {
        try self.execute(sql: "PRAGMA busy_timeout = \(Int(patience / .milliseconds(1)))")
    }
}
