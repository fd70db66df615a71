package import Agent
package import NIOCore

/// Prompts, and the turns they become.
extension SessionMachine {
    /// Takes a prompt: to be delivered at once, into the open turn, or to wait.
    ///
    /// - Parameters:
    ///   - prompt: with the way it wants to go.
    ///   - now: the present.
    /// - Returns: its place in the queue, 0 for one that does not wait.
    /// - Throws: `SessionError` when the session is over, failed, has spent its budget, or its queue is full.
    package mutating func submit(
        _ prompt: Prompt,
        now: ContinuousClock.Instant
    ) throws(SessionError) -> (position: Int, actions: [Action]) {
        guard self.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        if let failure { throw SessionError(.sessionFailed, "The session's agent failed: \(failure)") }
        guard !self.budget.isReached else {
            throw SessionError(.budgetReached, "The session has spent its budget; raise it to go on.")
        }
        self.lastActivity = now
        // One that is alone tries the login by itself; behind others it waits with them.
        if self.queue.isEmpty { self.isLoginRefused = false }
        guard !self.queue.isFull, self.steered.count < self.queue.limit else {
            throw SessionError(.queueFull, "\(self.queue.count) messages wait already.", retryAfter: .seconds(5))
        }
        switch prompt.delivery {
        case .steer where self.turn != nil && self.isPromptSent && self.interruption == nil && self.process == .ready:
            self.steered.append(prompt)
            return (0, [.steer(prompt)])
        case .interrupt:
            if let unsent = self.turn?.prompt, !self.isPromptSent {
                // It has not left: nothing needs to be stopped for the new one to go first.
                self.turn = nil
                self.queue.prepend(unsent)
            }
            self.queue.prepend(prompt)
            if self.turn != nil { return (1, self.stopTurn(.superseded, now: now)) }
        case .queue, .steer:
            _ = self.queue.append(prompt)
        }
        let position = prompt.delivery == .interrupt ? 1 : self.queue.count
        let actions = self.isHibernated ? self.wake(now: now) : self.deliverNext(now: now)
        return (self.turn?.prompt?.id == prompt.id ? 0 : position, actions)
    }

    /// Takes back a prompt that waits; `nil` when there is none of that id.
    package mutating func cancel(id: String) -> Prompt? {
        self.queue.remove(id: id)
    }

    /// What came of `cancelOrStop`.
    package enum Cancellation: Sendable, Equatable {
        /// It had not left.
        case tookBack([Action])
        /// Its turn is being stopped; `answerInterrupts` says when it has.
        case stopping([Action])
        case unknown
    }

    /// Takes back a prompt, or stops the turn it has become; what waits behind it is left as it is.
    package mutating func cancelOrStop(id: String, now: ContinuousClock.Instant) -> Cancellation {
        if self.queue.remove(id: id) != nil { return .tookBack([]) }
        guard let turn, turn.prompt?.id == id else { return .unknown }
        guard self.isPromptSent else {
            self.turn = nil
            return .tookBack(self.deliverNext(now: now))
        }
        self.lastActivity = now
        return .stopping(self.stopTurn(.asked, now: now))
    }

    /// Changes what a waiting prompt says; false when it waits no more.
    package mutating func edit(id: String, content: ByteBuffer) -> Bool {
        self.queue.edit(id: id, content: content)
    }

    /// Moves a waiting prompt to a place from 1; false when it waits no more.
    package mutating func move(id: String, to position: Int) -> Bool {
        self.queue.move(id: id, to: position)
    }

    /// The open turn's prompt is with the process.
    package mutating func promptSent(now: ContinuousClock.Instant) {
        self.isPromptSent = true
        self.activity = TurnActivity(now: now)
    }

    /// The child took no more lines: the prompt goes on waiting.
    package mutating func deliveryRefused(now: ContinuousClock.Instant) {
        guard let prompt = self.turn?.prompt else { return }
        self.turn = nil
        self.queue.prepend(prompt)
        self.deadlines[.redelivery] = now + .seconds(1)
    }

    /// The child did not take a prompt for the open turn: it waits like any other.
    package mutating func steeringRefused(_ id: String, now: ContinuousClock.Instant) -> [Action] {
        guard let index = self.steered.firstIndex(where: { $0.id == id }) else { return [] }
        self.queue.prepend(self.steered.remove(at: index))
        return self.deliverNext(now: now)
    }

    /// A turn begins (`system/init`).
    ///
    /// Without a prompt of ours it is one that nobody asked for.
    package mutating func turnBegan(now: ContinuousClock.Instant) -> [Action] {
        guard self.turn == nil, self.process == .ready else { return [] }
        // Prompts that came too late for the last turn become one of their own (PROTOCOL §9).
        let prompt = self.steered.first
        self.deadlines[.steered] = nil
        let turn = Turn(
            id: Identifier.turn(),
            origin: prompt == nil ? .task : .message,
            prompt: prompt,
            startedAt: now
        )
        self.turn = turn
        self.promptSent(now: now)
        return [.announceStart(turn)]
    }

    /// The CLI says what became of a prompt (`command_lifecycle`, PROTOCOL §6.7); only steered ones matter here.
    package mutating func promptMoved(
        uuid: String,
        to state: CommandLifecycle.State,
        now: ContinuousClock.Instant
    ) -> [Action] {
        guard let index = self.steered.firstIndex(where: { $0.uuid == uuid }) else { return [] }
        switch state {
        case .completed:
            return [.consumed([self.steered.remove(at: index)])] + self.deliverNext(now: now)
        case .cancelled, .discarded, .refused:
            let prompt = self.steered.remove(at: index)
            self.interruption?.returned.append(prompt.id)
            return [.handBack([prompt])] + self.deliverNext(now: now)
        case .queued, .started:
            return []
        }
    }

    /// A turn has ended (`result`).
    package mutating func resultReceived(_ result: TurnResult, at: String, now: ContinuousClock.Instant) -> [Action] {
        if let turn, let prompt = turn.prompt, let origin = result.origin, !result.promptUUIDs.contains(prompt.uuid) {
            // The CLI had started a turn of its own when our prompt arrived; ours is still to come.
            let own = Turn(id: Identifier.turn(), origin: origin, prompt: nil, startedAt: now)
            let actions: [Action] =
                [.announceStart(own), .announceEnd(own, result.outcome, result)] + self.spend(result)
            // An interrupt was spent on that turn, not on ours.
            return self.interruption?.step == .control ? actions + [.askToStop] : actions
        }
        guard self.turn != nil else { return [] }
        // An error without a reason says nothing: a resume that found no conversation ends like that (PROTOCOL §6.5).
        if !result.isError || result.terminalReason != nil { self.conversation = .known(self.conversation.id) }
        var actions = self.approvals.withdrawAll(at: at).map(Action.announceApproval)
        let answered = self.steered.filter {
            $0.id != self.turn?.prompt?.id && result.promptUUIDs.contains($0.uuid)
        }
        if !answered.isEmpty { actions.append(.consumed(answered)) }
        self.steered.removeAll { result.promptUUIDs.contains($0.uuid) }
        actions += self.closeTurn(result.outcome, result: result, now: now)
        if !self.steered.isEmpty { self.deadlines[.steered] = now + self.configuration.steerPatience }
        // After a signal the process is on its way out: the interrupt is over when it is gone.
        if let interruption, interruption.step != .control { return actions }
        actions += self.closeInterruption(
            result.outcome == .interrupted ? .interrupted : .alreadyIdle,
            surviving: [],
            now: now
        )
        if result.outcome == .budget, self.process == .ready {
            // A process over its budget ends every later prompt at once (PROTOCOL §2.1).
            return actions + self.depart(.hibernation)
        }
        return actions + self.deliverNext(now: now)
    }

    /// What a line of the process says about its work.
    mutating func noted(_ note: TurnActivity.Note, now: ContinuousClock.Instant) {
        self.activity.take(note, now: now)
    }

    /// The background shells and sub-agents that run now.
    package mutating func backgroundChanged(_ tasks: Set<String>, now: ContinuousClock.Instant) {
        if tasks.isEmpty, !self.background.isEmpty { self.lastActivity = now }
        self.background = tasks
    }

    /// Sets what may be spent from now on, and goes on if that suffices.
    package mutating func limitBudget(_ limits: Budget, now: ContinuousClock.Instant) -> [Action] {
        let had = self.budget.limitUSD
        self.budget.limitUSD = limits.limitUSD
        self.budget.limitTurns = limits.limitTurns
        guard !self.budget.isReached else { return self.announceBudget() }
        self.isBudgetAnnounced = false
        self.lastActivity = now
        if had != nil, had != limits.limitUSD, self.process == .ready, self.turn == nil, self.background.isEmpty,
            self.steered.isEmpty, self.approvals.isEmpty
        {
            // The process was started with what was left then.
            return self.depart(.hibernation)
        }
        if self.isHibernated { return self.queue.isEmpty ? [] : self.wake(now: now) }
        return self.deliverNext(now: now)
    }

    /// The API refuses the agent's login: what waits is kept for a better one.
    package mutating func loginRefused() {
        self.isLoginRefused = true
    }

    // MARK: Steps

    mutating func deliverNext(now: ContinuousClock.Instant) -> [Action] {
        guard self.process == .ready, self.turn == nil, self.endReason == nil, self.interruption == nil,
            self.steered.isEmpty, !self.budget.isReached, !self.isHeldForLogin, self.deadlines[.redelivery] == nil,
            let prompt = self.queue.popFirst()
        else { return [] }
        let turn = Turn(id: Identifier.turn(), origin: .message, prompt: prompt, startedAt: now)
        self.turn = turn
        self.isPromptSent = false
        if case .fresh(let id) = self.conversation { self.conversation = .uncertain(id) }
        return [.deliver(turn)]
    }

    mutating func closeTurn(_ outcome: TurnOutcome, result: TurnResult?, now: ContinuousClock.Instant) -> [Action] {
        guard let turn else { return [] }
        self.turn = nil
        self.isPromptSent = false
        self.lastActivity = now
        // Its own prompt goes with it.
        self.steered.removeAll { $0.id == turn.prompt?.id }
        return [.announceEnd(turn, outcome, result)] + self.spend(result)
    }

    private mutating func spend(_ result: TurnResult?) -> [Action] {
        self.budget.spend(result)
        return self.announceBudget()
    }

    private mutating func announceBudget() -> [Action] {
        guard self.budget.isReached, !self.isBudgetAnnounced else { return [] }
        self.isBudgetAnnounced = true
        return [.announceBudget]
    }
}
