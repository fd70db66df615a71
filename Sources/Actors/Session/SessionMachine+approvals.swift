import NIOCore

/// The agent's questions, and the people's answers.
extension SessionMachine {
    /// The process asks whether a tool may run, or what a person thinks.
    package mutating func agentAsked(
        _ approval: Approval,
        requestID: String,
        now: ContinuousClock.Instant
    ) -> [Action] {
        let deadline = self.configuration.approvalTimeout.map { now + $0 }
        switch self.approvals.ask(approval, requestID: requestID, deadline: deadline) {
        case .announce(let approval): return [.announceApproval(approval)]
        case .answered(let answered): return [.reply(requestID: requestID, answered)]
        case .refuse:
            var refused = approval
            refused.state = .expired
            refused.decision = .deny
            refused.message = "Too many questions are open."
            return [.reply(requestID: requestID, refused)]
        }
    }

    /// The CLI no longer needs an answer (`control_cancel_request`).
    package mutating func askWithdrawn(
        requestID: String,
        at: String,
        now: ContinuousClock.Instant
    ) -> [Action] {
        guard let withdrawn = self.approvals.withdraw(requestID: requestID, at: at) else { return [] }
        // The silence before was a person's, not the agent's.
        self.activity.personAnswered(now: now)
        return [.announceApproval(withdrawn)]
    }

    /// A person answers.
    ///
    /// - Parameters:
    ///   - id: the approval's.
    ///   - answer: the decision.
    ///   - at: the present as RFC 3339.
    ///   - now: the present.
    /// - Returns: the approval as it is now, and what is to be done.
    /// - Throws: `SessionError`, see `ApprovalBook.answer`.
    package mutating func answer(
        _ id: String,
        _ answer: ApprovalAnswer,
        at: String,
        now: ContinuousClock.Instant
    ) throws(SessionError) -> (approval: Approval, actions: [Action]) {
        let (approval, requestID) = try self.approvals.answer(id, answer, at: at)
        self.lastActivity = now
        self.activity.personAnswered(now: now)
        var actions: [Action] = [.announceApproval(approval)]
        guard let requestID else {
            // There is no turn to stop; whoever says so wants nothing to go on.
            return (approval, answer.decision == .denyAndStop ? actions : actions + [.resume(approval)])
        }
        actions.append(.reply(requestID: requestID, approval))
        if answer.decision == .denyAndStop {
            self.turn?.stopReason = .denied
            let returned = self.queue.removeAll()
            if !returned.isEmpty { actions.append(.handBack(returned)) }
        }
        return (approval, actions)
    }

    /// Denies the questions whose time is up.
    mutating func expireApprovals(now: ContinuousClock.Instant, at: String) -> [Action] {
        self.approvals.expire(now: now, at: at).flatMap { expired -> [Action] in
            self.activity.personAnswered(now: now)
            guard let requestID = expired.requestID else { return [.announceApproval(expired.approval)] }
            return [.announceApproval(expired.approval), .reply(requestID: requestID, expired.approval)]
        }
    }
}
