import Agent
package import NIOCore
import Storage

/// Jobs: prompts that somebody comes back for.
///
/// They wait in the session's own queue, so one at a time, and move by the session's own events.
extension Session {
    /// Takes a prompt as a job; returns when it will survive the server.
    ///
    /// - Parameters:
    ///   - content: as in `submit`.
    ///   - hook: who is told of its end.
    ///   - key: sent again with the same key, it is the same job.
    /// - Returns: the job, its place in the queue (0 for one that does not wait), and the cursor before anything of it.
    /// - Throws: `SessionError`, as `submit`.
    package func submitJob(
        content: ByteBuffer,
        hook: JobHook? = nil,
        key: IdempotencyKey? = nil
    ) async throws(SessionError) -> (job: Job, receipt: PromptReceipt) {
        let receipt = try await self.submit(content: content, key: key, job: JobDraft(hook: hook))
        guard let job = self.jobs.job(message: receipt.messageID) else {
            throw SessionError(.jobNotFound, "The job of this Idempotency-Key is not kept any more.")
        }
        return (job, receipt)
    }

    /// Takes back a job that waits, or stops the turn of one that runs, and leaves what waits behind it as it is.
    ///
    /// - Returns: the job as it ended: it may have been faster.
    /// - Throws: `SessionError` when the session has none of that id, or it is done.
    package func cancelJob(_ id: String) async throws(SessionError) -> Job {
        guard let job = self.jobs.job(id), job.storageID == self.storageID else {
            throw SessionError(.jobNotFound, "There is no job of that id.")
        }
        guard !job.state.isFinal else {
            throw SessionError(.jobDone, "The job is done: it is \(job.state.rawValue).")
        }
        self.noteAct(on: job.id)
        guard await self.stopMessage(job.messageID) else {
            throw SessionError(.agentStalled, "The job is on its way to the agent; try again.", retryAfter: .seconds(1))
        }
        return self.jobs.job(id) ?? job
    }

    /// Moves jobs on by what this step tells, and tells of them in the same step.
    ///
    /// - Returns: the hooks of those that ended, by the place of their event.
    func noteJobs() -> [Int: (job: Job, hook: JobHook)] {
        guard self.outbox.contains(where: { JobBook.telling.contains($0.type) }) else { return [:] }
        var hooks: [Int: (job: Job, hook: JobHook)] = [:]
        var drafts: [EventDraft] = []
        for draft in self.outbox {
            drafts.append(draft)
            for job in self.jobs.note(draft, session: self.storageID) {
                if job.state.isFinal, let hook = job.hook { hooks[drafts.count] = (job, hook) }
                drafts.append(job.event)
            }
        }
        self.outbox = drafts
        return hooks
    }

    /// After a restart: jobs whose message the session does not know any more have ended, as nobody will tell of them.
    func reconcileJobs() {
        let ended = self.jobs.reconcile(self.storageID) { self.book[$0]?.state.isFinal == false }
        for job in ended { self.outbox.append(job.event) }
    }
}

/// What makes a prompt a job.
package struct JobDraft: Sendable {
    let hook: JobHook?
}
