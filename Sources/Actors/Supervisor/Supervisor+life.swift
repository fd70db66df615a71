import Agent
import DequeModule
import Logging
import ServiceLifecycle
package import Storage
import Synchronization

/// The house opens, keeps time, drains and closes; what has ended is tidied up and, in the end, forgotten.
extension Supervisor {
    /// Takes up the sessions that an earlier server left, hibernated; once, before `run`.
    ///
    /// One that this version cannot read stays in the store and is passed over.
    ///
    /// - Returns: how many there are.
    /// - Throws: `StorageError` when the store cannot be read.
    package func restore() async throws(StorageError) -> Int {
        guard let store else { return 0 }
        let today = String(Timestamp.now().prefix(10))
        for entry in try await store.usage(from: today, through: today, session: nil) {
            guard let owner = SessionAddress(qualified: entry.session)?.owner else { continue }
            self.daySpending.add([entry], of: owner, today: today)
        }
        try await self.webhooks.restore()
        for stored in try await store.sessions() {
            do {
                let restored = try RestoredSession(stored)
                let address = SessionAddress(owner: restored.record.owner, id: restored.record.id ?? stored.id)
                if restored.record.isEnded {
                    self.forget(stored.id, restored.record.options.madeDirectory)
                } else {
                    _ = try self.adopt(
                        self.session(address, stored.id, restored.record.options, restored: restored)
                    )
                }
            } catch {
                self.logger.error(
                    "a stored session cannot be taken up",
                    metadata: [LogKey.sessionID: "\(stored.id)", LogKey.error: "\(error)"]
                )
            }
        }
        return self.sessions.count
    }

    /// Runs the sessions until the service is told to stop and the last of them is gone.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepTime() }
            group.addTask { await self.keepTidy() }
            group.addTask {
                try? await gracefulShutdown()
                await self.endAll()
            }
            for await session in self.births {
                group.addTask {
                    await session.run()
                    await self.tidyUp(after: session)
                    await self.bury(session)
                }
            }
            // All are gone, or this task was cancelled: then their processes are killed by the same cancellation.
            group.addTask { await self.endAll() }
            group.cancelAll()
        }
        // Without a store nobody will know of them any more.
        while self.store == nil, let last = self.ended.popFirst() { self.forget(last.session) }
        await self.removeLeftovers()
    }

    /// No new sessions and prompts from now on; returns when no turn runs any more.
    ///
    /// Bounded by the caller: cancel it at the deadline.
    package func drain() async {
        self.isDraining = true
        for session in self.sessions.values {
            // A prompt that waited makes the next turn.
            while !Task.isCancelled, await session.summary().turn != nil { await Self.waitForTurn(of: session) }
            // Its end is seen when it is committed, and the streams are closed after this.
            await session.durable()
        }
    }

    /// Ends every session and makes no more: what a graceful shutdown does.
    ///
    /// `run` returns when the last is gone.
    func endAll() async {
        self.isDraining = true
        self.isEnding = true
        if self.sessions.isEmpty { self.birthPlace.finish() }
        await withDiscardingTaskGroup { group in
            for session in self.sessions.values {
                group.addTask { await session.end(.shutdown) }
            }
        }
    }

    /// Looks at every deadline once.
    ///
    /// The tick of `run`, and a test's hand on the clock.
    package func sweep() async {
        let now = self.time.now
        while let first = self.ended.first, first.until <= now {
            self.ended.removeFirst()
            self.forget(first.session)
        }
        for session in self.sessions.values {
            let deadline = session.deadline.withLock { $0 }
            if let deadline, deadline <= now { await session.deadlineReached() }
        }
        self.admission.reconsider()
        switch self.admission.shortage {
        case .owner(let owner): await self.giveBackOne(of: owner)
        case .anyone: await self.giveBackOne()
        case nil: if self.configuration.isMemoryShort() { await self.giveBackOne() }
        }
    }

    // MARK: Steps

    private func keepTime() async {
        while !Task.isCancelled {
            try? await self.time.sleep(until: self.time.now + self.configuration.sweepInterval)
            await self.sweep()
        }
    }

    /// The process that has been idle for the longest time, of one key or of all, is given back.
    private func keepTidy() async {
        while !Task.isCancelled {
            try? await self.time.sleep(until: self.time.now + self.configuration.sweepInterval)
            await self.removeLeftovers()
        }
    }

    /// Removes the directories of forgotten sessions, but for those where others work or have worked: a fork's goes with the
    /// fork.
    func removeLeftovers() async {
        while let directory = self.leftovers.popFirst() {
            guard await !self.isUsed(directory.path) else { continue }
            do {
                try await self.plan.setup.remove(directory)
            } catch {
                self.logger.warning(
                    "a session's directory could not be removed",
                    metadata: [LogKey.code: "\(error.code.rawValue)", LogKey.reason: "\(error.detail)"]
                )
            }
        }
    }

    private func isUsed(_ directory: String) async -> Bool {
        for session in Array(self.sessions.values) + self.ended.map(\.session) where await session.works(in: directory)
        {
            return true
        }
        return false
    }

    private func giveBackOne(of owner: String? = nil) async {
        let idle = self.sessions.values.filter { owner == nil || $0.owner == owner }.compactMap { session in
            session.idleSince.withLock { $0 }.map { (session, $0) }
        }
        guard let longest = idle.min(by: { $0.1 < $1.1 }) else { return }
        self.logger.notice(
            "a process is given back: there is no room for another",
            metadata: [LogKey.sessionID: "\(longest.0.id)"]
        )
        // Not waited for: a process may take its time to leave, and this is the clock of the house.
        try? await longest.0.beginHibernation()
    }

    private static func waitForTurn(of session: Session) async {
        let start = session.log.head.position
        guard await session.summary().turn != nil else { return }
        for await events in EventLogFollower(session.log, after: start)
        where events.contains(where: { $0.type == "turn.ended" }) {
            return
        }
    }

    /// The worktree of an ended session goes, unless something in it would be lost, or another session works there.
    private func tidyUp(after session: Session) async {
        guard let options = await session.finishedWorktree, let directory = options.workingDirectory else { return }
        for other in self.sessions.values where other !== session {
            if await other.works(in: directory) { return }
        }
        await self.plan.setup.discard(WorkspaceSetup.Place(options: options, isNew: true))
    }

    /// Keeps an ended session readable for a while, so that its viewers learn how it went.
    private func bury(_ session: Session) {
        self.sessions[session.address] = nil
        self.ended.append((session, self.time.now + self.configuration.remembrance))
        if self.ended.count > self.configuration.maximumSessions, let oldest = self.ended.popFirst(), !self.isEnding {
            self.forget(oldest.session)
        }
        if self.isEnding, self.sessions.isEmpty { self.birthPlace.finish() }
    }

    private func forget(_ session: Session) {
        self.forget(session.storageID, session.madeDirectory)
    }

    /// Nothing of an ended session is kept; `id` is what it was filed under.
    private func forget(_ id: String, _ directory: MadeDirectory?) {
        self.jobs.forget(session: id)
        if let directory, self.plan.workspace.removesSessionDirectories { self.leftovers.append(directory) }
        guard let store else { return }
        var batch = StoreBatch(session: id)
        batch.isRemoval = true
        store.write(batch) { _ in }
    }
}
