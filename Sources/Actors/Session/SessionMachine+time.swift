/// What time brings: nothing here looks at a clock, `nextDeadline` says when somebody should.
extension SessionMachine {
    /// When an untouched session ends, if it has a time to live and nothing keeps it.
    package var expiresAt: ContinuousClock.Instant? {
        guard self.isQuiet, self.viewers == 0, let timeToLive = self.configuration.timeToLive else { return nil }
        return self.lastActivity + timeToLive
    }

    /// When the process is given back, if nothing needs it by then.
    package var hibernatesAt: ContinuousClock.Instant? {
        guard self.canHibernate, let hibernateAfter = self.configuration.hibernateAfter else { return nil }
        return self.lastActivity + hibernateAfter
    }

    /// When `deadlineReached` wants to be called.
    package var nextDeadline: ContinuousClock.Instant? {
        let computed = [
            self.expiresAt, self.noticeAt, self.hibernatesAt, self.approvals.nextDeadline, self.stallDeadline,
        ]
        return (self.deadlines.values + computed.compactMap { $0 }).min()
    }

    package var viewerCount: Int { self.viewers }

    package mutating func viewerJoined() {
        self.viewers += 1
    }

    package mutating func viewerLeft(now: ContinuousClock.Instant) {
        self.viewers -= 1
        self.lastActivity = now
    }

    /// Acts on every deadline that has passed.
    ///
    /// - Parameters:
    ///   - now: the present.
    ///   - at: the same as RFC 3339.
    /// - Returns: what is to be done.
    package mutating func deadlineReached(now: ContinuousClock.Instant, at: String) -> [Action] {
        if let expiresAt, expiresAt <= now { return self.end(.expired, now: now) }
        var actions: [Action] = []
        for (kind, deadline) in self.deadlines where deadline <= now {
            self.deadlines[kind] = nil
            switch kind {
            case .startup:
                self.process = .leaving
                actions.append(.terminate(immediately: true))
            case .relaunch: actions += self.start()
            case .redelivery: actions += self.deliverNext(now: now)
            case .interruption: actions += self.climb(now: now)
            case .steered:
                actions.append(.lost(self.steered))
                self.steered = []
                actions += self.deliverNext(now: now)
            }
        }
        actions += self.expireApprovals(now: now, at: at)
        if let stallDeadline, stallDeadline <= now { actions += self.stalled(now: now) }
        if let noticeAt, noticeAt <= now {
            self.announcedExpiry = self.expiresAt
            actions.append(.announceExpiry)
        }
        if let hibernatesAt, hibernatesAt <= now { actions += self.depart(.hibernation) }
        return actions
    }

    // MARK: After a restart

    /// Takes up what an earlier server left, without a process.
    package mutating func restore(
        approvals: [Approval],
        waiting: [Prompt],
        restarts: Int,
        idleFor: Duration,
        now: ContinuousClock.Instant
    ) {
        self.isHibernated = true
        self.restarts = restarts
        self.lastActivity = now - idleFor
        self.isBudgetAnnounced = self.budget.isReached
        for approval in approvals {
            // Its time has run on meanwhile.
            let left = approval.expiresAt.flatMap(Timestamp.remaining)
            self.approvals.restore(approval, deadline: left.map { now + $0 })
        }
        for prompt in waiting.reversed() { self.queue.prepend(prompt) }
    }

    /// Goes on with what waited, if something did.
    package mutating func resumeAfterRestart(now: ContinuousClock.Instant) -> [Action] {
        self.queue.isEmpty || self.budget.isReached ? [] : self.wake(now: now)
    }

    /// How long the last start from hibernation took, told once.
    mutating func takeWakeTime() -> Duration? {
        defer { self.wakeTime = nil }
        return self.wakeTime
    }

    /// When the coming end is announced, once for each end.
    private var noticeAt: ContinuousClock.Instant? {
        guard let expiresAt, expiresAt != self.announcedExpiry, let timeToLive = self.configuration.timeToLive else {
            return nil
        }
        return expiresAt - min(self.configuration.expiryNotice, timeToLive / 4)
    }

    /// When silence becomes a stall, and then too much of one.
    private var stallDeadline: ContinuousClock.Instant? {
        guard self.turn != nil, self.isPromptSent, self.process == .ready, self.approvals.isEmpty,
            self.interruption == nil, self.endReason == nil
        else { return nil }
        guard self.activity.isStuck else { return self.activity.lastLine + self.configuration.stallNotice }
        return self.configuration.stallLimit.map { self.activity.lastLine + $0 }
    }

    private mutating func stalled(now: ContinuousClock.Instant) -> [Action] {
        guard !self.activity.isStuck else { return self.stopTurn(.stalled, now: now) }
        let waitingOn = self.activity.waitingOn
        self.activity.becameStuck()
        return [.announceStall(silence: now - self.activity.lastLine, waitingOn)]
    }
}
