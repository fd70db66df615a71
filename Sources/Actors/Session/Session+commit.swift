import NIOCore
import Storage
import Synchronization

/// Where a step becomes durable: events, messages, approvals and the record of a session are written together, and what
/// must not happen before that waits for it.
extension Session {
    /// Closes a step: the state is told if it changed, the events enter the log, the deadline is published.
    func settle() {
        repeat {
            self.emitState()
            if let store { self.commit(to: store) } else { self.publish() }
        } while self.carryOutCommitted()
        let deadlines = [
            self.machine.nextDeadline, self.trimsAt, self.viewerNotices.deadline,
            self.requests.values.map(\.deadline).min(),
        ]
        let retry = self.unsent.isEmpty ? nil : self.time.now + .seconds(1)
        let deadline = (deadlines + [retry]).compactMap { $0 }.min()
        self.deadline.withLock { $0 = deadline }
        let idleSince = self.machine.canHibernate ? self.machine.lastActivity : nil
        self.idleSince.withLock { $0 = idleSince }
        let figures = SessionFigures(
            state: self.machine.state,
            processes: self.child == nil ? 0 : 1,
            queued: self.machine.queue.count,
            approvals: self.machine.approvals.isEmpty ? 0 : self.machine.approvals.pending.count
        )
        self.figures.withLock { $0 = figures }
    }

    func publish() {
        self.book.noteQueue(self.machine.waiting)
        _ = self.book.takeChanges()
        let hooks = self.noteJobs()
        let events = self.log.stage(self.outbox)
        let calls = self.webhooks.stage(events, of: self, hooks: hooks)
        self.log.publish(through: events.last?.position ?? 0)
        self.webhooks.release(calls)
        _ = self.jobs.takeChanges(of: self.storageID)
        self.lobby?.append(self.outbox)
        self.outbox.removeAll(keepingCapacity: false)
        self.book.noteQueue(self.machine.waiting)
        // Nobody else wants to know what has changed.
        _ = self.book.takeChanges()
    }

    func commit(to store: Store) {
        let hooks = self.noteJobs()
        let drafts = self.outbox
        let events = self.log.stage(self.outbox)
        self.outbox.removeAll(keepingCapacity: false)
        var batch = StoreBatch(session: self.storageID)
        batch.events = events.compactMap(\.stored)
        self.book.noteQueue(self.machine.waiting)
        batch.messages = self.book.takeChanges()
        batch.approvals = self.changedApprovals
        self.changedApprovals = []
        batch.jobs = self.jobs.takeChanges(of: self.storageID)
        let calls = self.webhooks.stage(events, of: self, hooks: hooks)
        batch.rows = calls.rows
        batch.usage = self.spentUsage
        self.spentUsage = []
        batch.record = self.changedRecord()
        let isEmpty =
            batch.record == nil && batch.events.isEmpty && batch.messages.isEmpty && batch.approvals.isEmpty
            && batch.usage.isEmpty && batch.jobs.isEmpty && batch.rows.isEmpty
        guard !isEmpty else { return }
        self.steps += 1
        let step = self.steps
        let position = events.last { $0.kind == .durable }?.position ?? 0
        store.write(batch) { [log, lobby, webhooks, commitSignal] _ in
            log.publish(through: position)
            webhooks.release(calls)
            lobby?.append(drafts)
            self.committedSteps.store(step, ordering: .releasing)
            commitSignal.yield()
        }
    }

    func changedRecord() -> StoredRecord? {
        guard self.isRecordStale else { return nil }
        self.isRecordStale = false
        let record = SessionRecord(
            id: self.id,
            owner: self.owner,
            options: self.options,
            createdAt: self.createdAt,
            lastActivityAt: self.lastActivityAt,
            conversation: self.machine.conversation,
            claudeSessionIDs: self.claudeSessionIDs.withLock { $0 },
            usage: self.usage,
            context: self.context,
            budget: self.machine.budget,
            model: self.model,
            permissionMode: self.permissionMode,
            openTurn: self.openTurn,
            lastOutcome: self.lastOutcome,
            restarts: self.machine.restarts,
            isEnded: self.isEnded,
            fingerprint: self.creation?.fingerprint
        )
        guard record != self.storedRecord else { return nil }
        self.storedRecord = record
        return record.stored(epoch: self.log.epoch, key: self.creation?.key)
    }

    /// Does it now, or when the step that is open is committed.
    func whenCommitted(_ deed: Deed) {
        guard self.store != nil else { return self.carryOut(deed) }
        self.deeds.append((self.steps + 1, deed))
    }

    func carryOut(_ deed: Deed) {
        switch deed {
        case .deliver(let turn): self.deliver(turn)
        case .steer(let prompt): self.steer(prompt)
        case .resume(let waiter): waiter.resume()
        }
    }

    /// Does what waited for a commit as commits are told.
    func followCommits() async {
        for await _ in self.commits { self.settle() }
    }

    /// Does what waited for commits that have come, or for a step that changed nothing; true when there was something.
    func carryOutCommitted() -> Bool {
        let committed = self.committedSteps.load(ordering: .acquiring)
        var hasActed = false
        while let next = self.deeds.first, next.step <= committed || next.step > self.steps {
            self.deeds.removeFirst()
            self.carryOut(next.deed)
            hasActed = true
        }
        return hasActed
    }

    /// Returns when everything up to now is committed, or known to come late.
    package func durable() async {
        if self.store != nil, self.steps == 0, !self.isOver {
            // Nothing was written yet, not even that the session is there.
            self.announce()
            self.settle()
        }
        guard self.store != nil, !self.isOver,
            self.committedSteps.load(ordering: .acquiring) < self.steps
        else { return }
        await withCheckedContinuation { self.deeds.append((self.steps, .resume($0))) }
    }

    /// Refuses what could not be kept.
    func checkStore() throws(SessionError) {
        guard let store, case .failing(let error) = store.condition else { return }
        throw SessionError(
            .storageUnavailable,
            "New messages are not taken while the store fails: \(error.code.rawValue).",
            retryAfter: .seconds(5)
        )
    }
}
