import Agent

/// Stopping a turn, a process, the session.
extension SessionMachine {
    /// Stops the open turn and hands back what waits.
    ///
    /// The receipt comes as `answerInterrupts`, at once when nothing runs.
    package mutating func interrupt(now: ContinuousClock.Instant) -> [Action] {
        var returned = self.queue.removeAll()
        if let turn, let prompt = turn.prompt, !self.isPromptSent {
            // It had not left: nothing of it was consumed.
            self.turn = nil
            returned.insert(prompt, at: 0)
        }
        var actions: [Action] = returned.isEmpty ? [] : [.handBack(returned)]
        self.lastActivity = now
        guard self.turn != nil || self.interruption != nil else {
            // Sub-agents in the background have outlived their turn; the CLI stops them all the same (PROTOCOL §10).
            if self.process == .ready, !self.background.isEmpty { actions.append(.askToStop) }
            return actions + [
                .answerInterrupts(
                    InterruptReceipt(
                        outcome: .alreadyIdle,
                        step: nil,
                        surviving: [],
                        returnedMessages: returned.map(\.id),
                        tookMs: 0
                    )
                )
            ]
        }
        actions += self.stopTurn(.asked, now: now)
        self.interruption?.returned += returned.map(\.id)
        return actions
    }

    /// Begins with the first rung of the ladder, if nobody has.
    mutating func stopTurn(_ reason: Turn.StopReason, now: ContinuousClock.Instant) -> [Action] {
        guard self.interruption == nil else { return [] }
        self.turn?.stopReason = reason
        self.interruption = Interruption(step: .control, since: now, returned: [])
        self.deadlines[.interruption] = now + self.configuration.controlPatience
        return [.askToStop]
    }

    /// The next rung: SIGINT, which lets the CLI write its result and costs the process, then SIGKILL.
    mutating func climb(now: ContinuousClock.Instant) -> [Action] {
        switch self.interruption?.step {
        case .control:
            self.interruption?.step = .signal
            self.process = .leaving
            self.deadlines[.interruption] = now + self.configuration.signalPatience
            return [.signal(.interrupt)]
        case .signal:
            self.interruption?.step = .kill
            return [.terminate(immediately: true)]
        case .kill, nil:
            return []
        }
    }

    mutating func closeInterruption(
        _ outcome: InterruptReceipt.Outcome,
        surviving: [Int32],
        now: ContinuousClock.Instant
    ) -> [Action] {
        guard let interruption else { return [] }
        self.interruption = nil
        self.deadlines[.interruption] = nil
        return [
            .answerInterrupts(
                InterruptReceipt(
                    outcome: outcome,
                    step: interruption.step,
                    surviving: surviving,
                    returnedMessages: interruption.returned,
                    tookMs: Int((now - interruption.since) / .milliseconds(1))
                )
            )
        ]
    }

    /// Ends the session: the turn is stopped, the process ended, what waits handed back.
    package mutating func end(_ reason: EndReason, now: ContinuousClock.Instant) -> [Action] {
        guard self.endReason == nil else { return [] }
        self.endReason = reason
        var actions: [Action] = []
        if self.configuration.outlivesServer, reason == .shutdown {
            // The process withdraws what it asks when it is stopped; the next server asks it again.
            self.approvals.outliveProcess()
        } else {
            var returned = self.queue.removeAll()
            if let turn, let prompt = turn.prompt, !self.isPromptSent {
                self.turn = nil
                returned.insert(prompt, at: 0)
            }
            if !returned.isEmpty { actions.append(.handBack(returned)) }
        }
        self.deadlines[.relaunch] = nil
        self.deadlines[.redelivery] = nil
        self.deadlines[.steered] = nil
        switch self.process {
        case .absent:
            self.hasEnded = true
            self.deadlines = [:]
            return actions + [.end(reason)]
        case .launching:
            return actions
        case .initializing, .ready, .leaving:
            // The end of stdin lets a turn run to its end first (PROTOCOL §14), so it is stopped before.
            if self.turn != nil, self.interruption == nil { actions.append(.askToStop) }
            return actions + [.terminate(immediately: false)]
        }
    }

    // MARK: Without a process

    /// Gives the process back, if nothing needs it.
    ///
    /// - Throws: `SessionError` when something does.
    package mutating func hibernate() throws(SessionError) -> [Action] {
        if self.isHibernated || self.leave == .hibernation { return [] }
        try self.checkIsQuiet()
        guard self.process == .ready else {
            throw SessionError(.sessionBusy, "The session has no process to give back.")
        }
        return self.depart(.hibernation)
    }

    /// Starts the process of a hibernated session, or tries again with a failed one, or with one that had no login.
    package mutating func wake(now: ContinuousClock.Instant) -> [Action] {
        if self.isHeldForLogin, self.endReason == nil {
            self.isLoginRefused = false
            // Another process looks for its login anew.
            if self.process == .ready { return self.depart(.restart) }
        }
        if self.endReason == nil, self.leave == .hibernation {
            // The old process is still on its way out; another takes its place.
            self.leave = .restart
            self.wakesSince = now
            return []
        }
        guard self.endReason == nil, self.process == .absent, self.isHibernated || self.failure != nil else {
            return []
        }
        self.isHibernated = false
        self.failure = nil
        self.wakesSince = now
        return self.start()
    }

    /// Puts a new process in the place of the old, which must have nothing to do.
    ///
    /// - Throws: `SessionError` when it has.
    package mutating func restart(now: ContinuousClock.Instant) throws(SessionError) -> [Action] {
        try self.checkIsQuiet()
        guard self.process == .ready else { return self.wake(now: now) }
        return self.depart(.restart)
    }

    /// Cuts the conversation off after one of its messages; the next process takes it up there.
    ///
    /// - Parameter message: the uuid of a message of the CLI.
    /// - Returns: what is to be done.
    /// - Throws: `SessionError` when something runs, or nothing was ever said.
    package mutating func rewind(to message: String) throws(SessionError) -> [Action] {
        try self.checkIsQuiet()
        switch self.conversation {
        case .known(let id), .rewound(let id, _): self.conversation = .rewound(id, to: message)
        case .fresh, .uncertain, .fork: throw SessionError(.nothingSaid, "The conversation has nothing to go back to.")
        }
        return self.process == .ready ? self.depart(.hibernation) : []
    }

    /// Tells the process to go, and remembers what for.
    mutating func depart(_ leave: Leave) -> [Action] {
        self.leave = leave
        self.process = .leaving
        return [.terminate(immediately: false)]
    }

    private func checkIsQuiet() throws(SessionError) {
        guard self.endReason == nil else { throw SessionError(.sessionEnded, "The session has ended.") }
        guard self.isQuiet else {
            throw SessionError(
                .sessionBusy,
                "The session has work: a turn, a message, an approval or a background task."
            )
        }
    }
}
