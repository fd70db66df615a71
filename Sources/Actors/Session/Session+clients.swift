import Agent
import Foundation
package import NIOCore
import Storage

/// What clients ask of a session.
extension Session {
    /// Takes a prompt; returns when it will survive the server.
    ///
    /// - Parameters:
    ///   - content: JSON, a string or an array of content blocks.
    ///   - delivery: how it goes to the agent.
    ///   - key: sent again with the same key, it is the same message.
    ///   - origin: who says it.
    ///   - job: makes it a job.
    /// - Returns: whether it went to the agent or waits.
    /// - Throws: `SessionError` when the session is over or its queue is full, or the key stood for something else.
    package func submit(
        content: ByteBuffer,
        delivery: Prompt.Delivery = .queue,
        key: IdempotencyKey? = nil,
        origin: Prompt.Origin = .client,
        job: JobDraft? = nil
    ) async throws(SessionError) -> PromptReceipt {
        if let key, let known = self.book.message(key: key.key) {
            guard known.fingerprint == key.fingerprint else { throw key.conflict }
            await self.durable()
            var receipt = self.receipt(known.prompt.id, cursor: self.log.head.id.description)
            receipt.isRepeated = true
            return receipt
        }
        do throws(SessionError) {
            try self.checkStore()
            try self.daySpending?.check(self.owner, today: String(Timestamp.now().prefix(10)))
            // The words that go with a command of ours are the client's, and may name files.
            // So are all words that another program gets, which knows no prompt to be taken as it is.
            let isComposed = origin == .command || self.options.backend != nil
            if isComposed, !self.mayCompose, content.readableBytesView.contains(UInt8(ascii: "@")) {
                throw SessionError(.scopeRequired, "A key without the scope compose may not name files with @ here.")
            }
        } catch {
            self.metrics.promptsRefused.increment(error.code)
            throw error
        }
        self.noteAct()
        let prompt = Prompt(
            id: Identifier.message(),
            uuid: UUID().uuidString.lowercased(),
            content: content,
            delivery: delivery,
            origin: origin,
            createdAt: Timestamp.now()
        )
        let cursor = EventID(epoch: self.log.epoch, sequence: self.log.lastSequence).description
        try self.take(prompt, key: key, job: job)
        AuditNotes.current?.note(target: prompt.id)
        AuditNotes.current?.note("bytes", .number(content.readableBytes))
        AuditNotes.current?.note("delivery", .text(delivery.rawValue))
        await self.durable()
        return self.receipt(prompt.id, cursor: cursor)
    }

    /// Stops the open turn, by as many steps as it takes, and hands back what waits; what it says survives the server.
    package func interrupt() async -> InterruptReceipt {
        let receipt = await withCheckedContinuation { waiter in
            self.interruptWaiters.append(waiter)
            self.perform(self.machine.interrupt(now: self.time.now))
        }
        self.noteAct()
        AuditNotes.current?.note("outcome", .text(receipt.outcome.rawValue))
        if let step = receipt.step { AuditNotes.current?.note("step", .text(step.rawValue)) }
        await self.durable()
        return receipt
    }

    /// Takes back a prompt that waits; returns when the next server would not send it either.
    ///
    /// - Throws: `SessionError` when it waits no more, with what happened.
    package func cancelMessage(_ id: String) async throws(SessionError) {
        self.noteAct(on: id)
        guard self.machine.cancel(id: id) != nil else { throw self.tooLate(id) }
        self.tracing?.promptGone(id)
        self.book.set(id, .cancelled)
        self.emit("message.cancelled", EventData.encode(MessageData(messageId: id, position: nil)))
        self.perform([])
        await self.durable()
    }

    /// Takes back a prompt that waits, or stops the turn it has become; what waits behind it is left as it is.
    ///
    /// - Returns: when that will survive the server; false where there is nothing to stop: it is done, part of another's
    ///   turn, or just on its way to the agent.
    @discardableResult
    package func stopMessage(_ id: String) async -> Bool {
        switch self.machine.cancelOrStop(id: id, now: self.time.now) {
        case .tookBack(let actions):
            self.tracing?.promptGone(id)
            self.book.set(id, .cancelled)
            self.emit("message.cancelled", EventData.encode(MessageData(messageId: id, position: nil)))
            self.perform(actions)
        case .stopping(let actions):
            _ = await withCheckedContinuation { waiter in
                self.interruptWaiters.append(waiter)
                self.perform(actions)
            }
        case .unknown:
            return false
        }
        await self.durable()
        return true
    }

    /// Changes what a waiting prompt says, or its place; returns when that will survive the server.
    ///
    /// - Parameters:
    ///   - id: the message's.
    ///   - content: as in `submit`; `nil` leaves it.
    ///   - position: from 1; `nil` leaves it.
    /// - Returns: the message as it waits now.
    /// - Throws: `SessionError` when it waits no more, with what happened.
    package func editMessage(
        _ id: String,
        content: ByteBuffer?,
        position: Int?
    ) async throws(SessionError) -> ByteBuffer {
        self.noteAct(on: id)
        if let content { AuditNotes.current?.note("bytes", .number(content.readableBytes)) }
        if let position { AuditNotes.current?.note("position", .number(position)) }
        if let content, !self.machine.edit(id: id, content: content) { throw self.tooLate(id) }
        if let position, !self.machine.move(id: id, to: position) { throw self.tooLate(id) }
        guard let place = self.machine.waiting.firstIndex(where: { $0.id == id }) else { throw self.tooLate(id) }
        let view = Self.describe(self.machine.waiting[place], state: .queued, position: place + 1)
        self.emit("message.queued", view)
        self.settle()
        await self.durable()
        return view
    }

    /// Answers an approval.
    ///
    /// - Returns: the approval as it is now.
    /// - Throws: `SessionError`: none of that id, answered already (by whom and when), withdrawn, expired.
    package func answer(_ id: String, _ answer: ApprovalAnswer) async throws(SessionError) -> Approval {
        self.noteAct(on: id)
        AuditNotes.current?.note("decision", .text(answer.decision.rawValue))
        let now = self.time.now
        let (approval, actions) = try self.machine.answer(id, answer, at: Timestamp.now(), now: now)
        AuditNotes.current?.note("kind", .text(approval.kind.rawValue))
        AuditNotes.current?.note("tool", .text(approval.tool))
        if approval.isRemembered { self.remember(approval) }
        self.lastActivityAt = Timestamp.now()
        self.perform(actions)
        await self.durable()
        return approval
    }

    /// One more viewer, with everything its stream has to say before it is live: one step, so that there is no seam.
    ///
    /// - Parameters:
    ///   - cursor: where it left off.
    ///   - messages: how many past messages a snapshot holds.
    /// - Returns: where its stream begins, and the snapshot if one is due.
    /// - Throws: `SessionError` when it has as many viewers as it may.
    package func attach(
        after cursor: ResumeRequest,
        messages: Int = 50
    ) async throws(SessionError) -> Attachment {
        // Read before the step that must not be suspended; most readers that come back need none.
        let mayNeedSnapshot = cursor != .latest && self.log.resume(after: cursor).kind.needsSnapshot
        let older = mayNeedSnapshot ? await self.olderMessages(messages) : []
        guard self.machine.viewerCount < self.machine.configuration.maximumViewers else {
            throw SessionError(.tooManyViewers, "The session has \(self.machine.viewerCount) viewers.")
        }
        self.machine.viewerJoined()
        self.noteViewers()
        self.settle()
        let point = self.log.resume(after: cursor)
        let needsSnapshot = point.kind.needsSnapshot && cursor != .latest
        return Attachment(
            point: point,
            snapshot: needsSnapshot ? self.snapshot(partial: point.partial, messages: messages, older: older) : nil
        )
    }

    /// A viewer has left.
    package func detach() {
        self.machine.viewerLeft(now: self.time.now)
        self.noteViewers()
        self.settle()
    }

    /// Gives the process back; returns when it has gone.
    ///
    /// - Throws: `SessionError` when something needs it.
    package func hibernate() async throws(SessionError) {
        self.perform(try self.machine.hibernate())
        await self.processGone()
    }

    /// Tells the process to go, as `hibernate`, and does not wait for it.
    ///
    /// - Throws: `SessionError` when something needs it.
    func beginHibernation() throws(SessionError) {
        self.perform(try self.machine.hibernate())
    }

    /// Starts the process of a hibernated session, or tries again with a failed one.
    package func wake() throws(SessionError) {
        try self.checkIsOpen()
        self.perform(self.machine.wake(now: self.time.now))
    }

    /// Puts a new process in the place of the old.
    ///
    /// - Throws: `SessionError` when it has work.
    package func restart() throws(SessionError) {
        self.perform(try self.machine.restart(now: self.time.now))
    }

    /// Cuts the conversation off after one of the CLI's messages; returns when the process that knew more has gone.
    ///
    /// - Parameter message: the uuid of an `agent.assistant` or `agent.user` event.
    /// - Throws: `SessionError` when it has work, or nothing was ever said.
    package func rewind(to message: String) async throws(SessionError) {
        self.perform(try self.machine.rewind(to: message))
        self.isRecordStale = true
        self.settle()
        await self.processGone()
        await self.durable()
    }

    // MARK: Steps

    /// Says whose session an act is done to, and to what in it.
    func noteAct(on target: String? = nil) {
        guard let notes = AuditNotes.current else { return }
        notes.note(session: self.id, owner: self.owner)
        if let target { notes.note(target: target) }
    }

    private func checkIsOpen() throws(SessionError) {
        guard self.machine.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
    }
}
