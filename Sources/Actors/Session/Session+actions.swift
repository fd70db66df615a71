import Agent
import Foundation
import Logging
import Metrics
import NIOCore
import Storage

/// Carries out what the machine decided, and tells of it.
extension Session {
    func perform(_ actions: [SessionMachine.Action]) {
        self.apply(actions)
        self.settle()
    }

    /// Carries out what the machine decided; the step stays open.
    func apply(_ actions: [SessionMachine.Action]) {
        for action in actions { self.apply(action) }
    }

    func apply(_ action: SessionMachine.Action) {
        switch action {
        case .launch(let conversation):
            self.orderedLaunch = conversation
            self.launchWaiter?.resume()
            self.launchWaiter = nil
        case .initialize:
            let request = self.nextRequestID()
            self.initializeRequest = request
            _ = self.child?.send(ControlProtocol.initialize(requestID: request))
        case .deliver(let turn):
            // Written down before it is done: one that may be with the agent is never sent again.
            if self.store != nil, let prompt = turn.prompt { self.book.set(prompt.id, .delivered, turn: turn.id) }
            self.whenCommitted(.deliver(turn))
        case .steer(let prompt):
            if self.store != nil { self.book.set(prompt.id, .delivered, turn: self.machine.turn?.id) }
            self.whenCommitted(.steer(prompt))
        case .askToStop:
            let line = ControlProtocol.interrupt(
                requestID: self.nextRequestID(),
                cancelQueued: !self.machine.steered.isEmpty
            )
            self.send(line)
        case .signal(let signal):
            self.child?.signal(signal)
        case .terminate(let immediately):
            self.child?.beginTermination(immediately ? .kill : self.plan.termination)
        case .announceStart(let turn):
            self.announceStart(turn)
        case .announceEnd(let turn, let outcome, let result):
            self.announceEnd(turn, outcome, result)
        case .consumed(let prompts):
            for prompt in prompts {
                self.book.set(prompt.id, .consumed)
                self.emit("message.consumed", EventData.encode(MessageData(messageId: prompt.id, position: nil)))
            }
        case .handBack(let prompts):
            for prompt in prompts { self.giveBack(prompt, .returned) }
        case .lost(let prompts):
            for prompt in prompts { self.giveBack(prompt, .unknown) }
        case .answerInterrupts(let receipt):
            self.metrics.interrupted(receipt)
            for waiter in self.interruptWaiters { waiter.resume(returning: receipt) }
            self.interruptWaiters = []
        case .announceApproval(let approval):
            self.announce(approval)
        case .reply(let requestID, let approval):
            self.send(approval.reply(to: requestID))
        case .resume(let approval):
            self.resume(after: approval)
        case .announceStall(let silence, let waitingOn):
            self.metrics.turnsStalled.increment()
            let data = Stalled(
                reason: "nothing was heard of the agent",
                waitingOn: waitingOn,
                silentMs: Int(silence / .milliseconds(1))
            )
            self.emit("process.stalled", EventData.encode(data))
        case .announceExpiry:
            guard let expiresAt = self.machine.expiresAt else { return }
            let data = SessionExpiring(expiresAt: Timestamp.of(expiresAt, now: self.time.now))
            self.emit("session.expiring", EventData.encode(data))
        case .announceBudget:
            self.metrics.budgetsReached.increment()
            self.emit("budget.reached", EventData.encode(SessionSummary.BudgetView(self.machine.budget)))
        case .fail(let reason):
            self.metrics.sessionsFailed.increment()
            self.logger.warning("session failed", metadata: [LogKey.reason: "\(reason)"])
        case .end(let reason):
            self.endReached(reason)
        }
    }

    /// Takes a prompt into the queue or a turn, and settles the step.
    func take(_ prompt: Prompt, key: IdempotencyKey?, job: JobDraft? = nil) throws(SessionError) {
        let (position, actions): (Int, [SessionMachine.Action])
        do throws(SessionError) {
            (position, actions) = try self.machine.submit(prompt, now: self.time.now)
        } catch {
            self.metrics.promptsRefused.increment(error.code)
            throw error
        }
        self.metrics.promptsAccepted.increment(prompt.delivery)
        self.tracing?.promptTaken(prompt.id)
        self.lastActivityAt = prompt.createdAt
        self.isRecordStale = true
        self.book.accept(prompt, key: key?.key, fingerprint: key?.fingerprint)
        let state: MessageState = position == 0 ? .accepted : .queued
        self.emit("message.accepted", Self.describe(prompt, state: state, position: position))
        if let job {
            let job = Job(
                id: Identifier.job(),
                session: self.id,
                owner: self.owner,
                storageID: self.storageID,
                message: prompt,
                hook: job.hook
            )
            self.jobs.accept(job)
            self.outbox.append(job.event)
        }
        self.apply(actions)
        if let place = self.machine.waiting.firstIndex(where: { $0.id == prompt.id }) {
            // A child that does not read makes a prompt wait that could have been delivered.
            self.book.set(prompt.id, .queued)
            self.emit("message.queued", EventData.encode(MessageData(messageId: prompt.id, position: place + 1)))
        }
        self.settle()
    }

    func receipt(_ id: String, cursor: String) -> PromptReceipt {
        let place = self.machine.waiting.firstIndex { $0.id == id }
        return PromptReceipt(
            messageID: id,
            uuid: self.book[id]?.prompt.uuid ?? "",
            state: self.book[id]?.state ?? .unknown,
            position: place.map { $0 + 1 } ?? 0,
            cursor: cursor
        )
    }

    func tooLate(_ id: String) -> SessionError {
        guard let entry = self.book[id] else {
            return SessionError(.messageNotFound, "No message of that id waits in the queue.")
        }
        return SessionError(.messageDelivered, "The message waits no more: it is \(entry.state.rawValue).")
    }

    func deliver(_ turn: Turn) {
        // It may have been stopped before it left.
        guard let prompt = turn.prompt, self.machine.turn?.id == turn.id, !self.machine.isPromptSent,
            self.machine.endReason == nil
        else { return }
        switch self.child?.send(prompt.line(mayCompose: self.mayCompose)) {
        case .queued:
            self.isStalled = false
            self.machine.promptSent(now: self.time.now)
            self.awaitsWordsSince = self.time.now
            self.toldInTurn = []
            self.book.set(prompt.id, .delivered, turn: turn.id)
            self.emit("message.delivered", EventData.encode(MessageData(messageId: prompt.id, position: nil)))
            self.announceStart(turn)
        case .full:
            self.machine.deliveryRefused(now: self.time.now)
            guard !self.isStalled else { return }
            self.isStalled = true
            self.emit("process.stalled", EventData.encode(Stalled(reason: "the agent does not read its input")))
        case .closed, .none:
            // Its end is on the way and closes the turn; the prompt goes to the next process.
            self.machine.deliveryRefused(now: self.time.now)
        }
    }

    func steer(_ prompt: Prompt) {
        guard self.machine.steered.contains(where: { $0.id == prompt.id }) else { return }
        guard self.child?.send(prompt.line(mayCompose: self.mayCompose)) == .queued else {
            return self.apply(self.machine.steeringRefused(prompt.id, now: self.time.now))
        }
        self.book.set(prompt.id, .delivered, turn: self.machine.turn?.id)
        self.emit("message.delivered", EventData.encode(MessageData(messageId: prompt.id, position: nil)))
    }

    func giveBack(_ prompt: Prompt, _ state: MessageState) {
        self.tracing?.promptGone(prompt.id)
        self.book.set(prompt.id, state)
        self.emit("message.returned", Self.describe(prompt, state: state, position: nil))
    }

    func announceStart(_ turn: Turn) {
        self.tracing?.turnBegan(turn)
        let startedAt = Timestamp.now()
        let data = TurnStarted(id: turn.id, origin: turn.origin, messageId: turn.prompt?.id, startedAt: startedAt)
        self.emit("turn.started", EventData.encode(data), turn: turn.id)
        if let prompt = turn.prompt { self.book.set(prompt.id, .delivered, turn: turn.id) }
        self.openTurn = SessionRecord.OpenTurn(
            id: turn.id,
            origin: turn.origin,
            messageID: turn.prompt?.id,
            startedAt: startedAt
        )
        self.isRecordStale = true
    }

    func announceEnd(_ turn: Turn, _ outcome: TurnOutcome, _ result: TurnResult?) {
        let now = self.time.now
        let data = TurnEnded(
            id: turn.id,
            origin: turn.origin,
            messageId: turn.prompt?.id,
            startedAt: self.openTurn.flatMap { $0.id == turn.id ? $0.startedAt : nil },
            outcome: outcome,
            stopReason: turn.stopReason,
            result: result?.text,
            usage: result?.usage,
            costUsd: result?.costUSD,
            durationMs: Int((now - turn.startedAt) / .milliseconds(1))
        )
        self.awaitsWordsSince = nil
        self.metrics.turnEnded(outcome, after: now - turn.startedAt, result)
        self.tracing?.turnEnded(turn, outcome, result)
        self.usage.turns += 1
        self.usage.costUsd += result?.costUSD ?? 0
        if let usage = result?.usage { self.usage.tokens.add(usage) }
        if let window = result?.contextWindow(of: self.model) { self.context?.window = window }
        self.note(usage: result)
        self.lastActivityAt = Timestamp.now()
        self.trimsAt = now + Self.trimDelay
        self.openTurn = nil
        self.lastOutcome = outcome
        self.isRecordStale = true
        // What was being written when a process died will never be whole.
        self.outbox.append(
            EventDraft("turn.ended", turn: turn.id, data: EventData.encode(data), supersedesPreviews: true)
        )
        guard let prompt = turn.prompt else { return }
        if outcome == .killed {
            // It may or may not have done something: offered again, never sent again by itself.
            self.giveBack(prompt, .unknown)
        } else {
            self.book.set(prompt.id, .consumed, turn: turn.id)
        }
    }

    func note(usage result: TurnResult?) {
        let entries = UsageEntry.of(
            result,
            session: self.address.qualified,
            model: self.model,
            day: String(Timestamp.now().prefix(10))
        )
        self.usageLedger?.add(entries)
        if let owner { self.daySpending?.add(entries, of: owner, today: String(Timestamp.now().prefix(10))) }
        if self.store != nil { self.spentUsage += entries }
    }

    func announce(_ approval: Approval) {
        let type =
            switch approval.state {
            case .pending: "approval.requested"
            case .answered: "approval.resolved"
            case .withdrawn: "approval.withdrawn"
            case .expired: "approval.expired"
            }
        self.metrics.approval(approval)
        if approval.state == .expired {
            let notes = AuditNotes()
            notes.note(target: approval.id)
            self.audit?.record("expireApproval", bySystemTo: self.id, owner: self.owner, notes)
        }
        let json = approval.json
        if self.store != nil {
            self.changedApprovals.append(
                StoredItem(id: approval.id, isOpen: approval.state == .pending, body: json)
            )
        }
        self.emit(type, json, turn: approval.turn)
    }

    /// The answer of a question whose process is gone goes as a message of ours.
    func resume(after approval: Approval) {
        let prompt = Prompt(
            id: Identifier.message(),
            uuid: UUID().uuidString.lowercased(),
            content: JSONText.quoted(approval.continuation),
            origin: .approval,
            createdAt: Timestamp.now()
        )
        do {
            try self.take(prompt, key: nil)
        } catch {
            self.logger.info("an answer could not be handed on", metadata: [LogKey.code: "\(error.code.rawValue)"])
        }
    }

    func endReached(_ reason: EndReason) {
        self.launchWaiter?.resume()
        self.launchWaiter = nil
        self.isRecordStale = true
        // A session that outlives the server is not over.
        guard !self.outlives(reason) else { return }
        self.isEnded = true
        self.metrics.sessionsEnded.increment(reason)
        if reason == .expired {
            self.audit?.record("expireSession", bySystemTo: self.id, owner: self.owner, AuditNotes())
        }
        self.emitState()
        self.emit("session.ended", EventData.encode(SessionEnded(reason: reason)))
    }

    func outlives(_ reason: EndReason) -> Bool {
        self.machine.configuration.outlivesServer && reason == .shutdown
    }

    /// After a restart: the turn that was open has ended, and the prompt of it is offered again.
    func tellWhatWasCut() {
        if let openTurn {
            let data = TurnEnded(
                id: openTurn.id,
                origin: openTurn.origin,
                messageId: openTurn.messageID,
                startedAt: openTurn.startedAt,
                outcome: .killed,
                stopReason: nil,
                result: nil,
                usage: nil,
                costUsd: nil,
                durationMs: Timestamp.milliseconds(since: openTurn.startedAt)
            )
            self.openTurn = nil
            self.lastOutcome = .killed
            self.isRecordStale = true
            self.emit("turn.ended", EventData.encode(data), turn: openTurn.id)
        }
        for entry in self.book.open where entry.state == .delivered { self.giveBack(entry.prompt, .unknown) }
        for approval in self.machine.approvals.pending { self.announce(approval) }
        self.reconcileJobs()
    }

    func emitState() {
        let state = self.machine.state
        let waitingOn = self.waitingOn
        // That the model writes needs no telling: its words do.
        let waitsForOther = waitingOn != nil && waitingOn != self.lastWaitingOn
        guard state != self.lastState || waitsForOther else { return }
        if state == .ended, let reason = self.machine.endReason, self.outlives(reason) { return }
        self.lastState = state
        self.lastWaitingOn = waitingOn
        var metadata: Logger.Metadata = [LogKey.sessionState: "\(state.rawValue)"]
        if let turn = self.machine.turn { metadata[LogKey.turnID] = "\(turn.id)" }
        self.logger.debug("session state", metadata: metadata)
        let wakeTime = self.machine.takeWakeTime()
        if let wakeTime { self.metrics.wake.record(wakeTime) }
        let data = StateData(
            state: state,
            waitingOn: waitingOn,
            failure: self.machine.failure,
            wakeMs: wakeTime.map { Int($0 / .milliseconds(1)) }
        )
        self.emit("session.state", EventData.encode(data))
    }

    /// Tells those who watch that there are more or fewer of them, now or a little later.
    func noteViewers() {
        guard let notice = self.viewerNotices.changed(to: self.machine.viewerCount, now: self.time.now) else { return }
        self.tell(notice)
    }

    func tell(_ notice: ViewerNotices.Notice) {
        // Nothing follows the end of a session.
        guard self.machine.endReason == nil, !self.isOver else { return }
        self.announce()
        let isQuiet = self.machine.turn == nil
        // The notice before it is a second old, so all who are at the head have had it.
        if isQuiet, self.trimsAt == nil { self.log.trim() }
        self.outbox.append(
            EventDraft(
                notice.type,
                kind: .preview,
                turn: nil,
                data: EventData.encode(ViewersChanged(viewers: notice.viewers)),
                // Outside of a turn nothing else would ever free it.
                supersedesPreviews: isQuiet
            )
        )
    }

    /// The first event of every session, whatever is asked of it first.
    func announce() {
        guard !self.isAnnounced else { return }
        self.isAnnounced = true
        self.outbox.append(EventDraft("session.created", turn: nil, data: EventData.encode(self.summary())))
    }

    func emit(_ type: String, _ data: ByteBuffer, turn: String? = nil) {
        self.announce()
        self.outbox.append(EventDraft(type, turn: turn ?? self.machine.turn?.id, data: data))
    }
}
