/// Why a session or the supervisor refused.
package struct SessionError: Error, Equatable {
    /// Stable names; the HTTP status of each is the transport's to choose.
    package enum Code: String, Sendable, CaseIterable {
        case sessionNotFound = "session_not_found"
        case ambiguousSession = "ambiguous_session"
        case sessionExists = "session_exists"
        case sessionEnded = "session_ended"
        case sessionFailed = "session_failed"
        case sessionLimit = "session_limit"
        case admissionFull = "admission_full"
        case keyBudgetReached = "key_budget_reached"
        case queueFull = "queue_full"
        case agentStalled = "agent_stalled"
        case messageNotFound = "message_not_found"
        case lineNotFound = "line_not_found"
        case draining = "draining"
        case tooManyViewers = "too_many_viewers"
        case messageDelivered = "message_delivered"
        case approvalNotFound = "approval_not_found"
        case approvalAnswered = "approval_answered"
        case approvalGone = "approval_gone"
        case invalidAnswer = "invalid_answer"
        case sessionBusy = "session_busy"
        case nothingSaid = "nothing_said"
        case budgetReached = "budget_reached"
        case idempotencyConflict = "idempotency_conflict"
        case agentRefused = "agent_refused"
        case environmentRefused = "environment_refused"
        case scopeRequired = "scope_required"
        case workspaceRefused = "workspace_refused"
        case worktreeFailed = "worktree_failed"
        case historyGone = "history_gone"
        case storageUnavailable = "storage_unavailable"
        case jobNotFound = "job_not_found"
        case jobDone = "job_done"
        case webhookNotFound = "webhook_not_found"
        case webhookLimit = "webhook_limit"
        case deliveryNotFound = "delivery_not_found"
        case deliveryPending = "delivery_pending"
        case templateNotFound = "template_not_found"
    }

    package let code: Code
    /// For people: one sentence, no host paths, no prompt text.
    package let detail: String
    /// When another try makes sense.
    package let retryAfter: Duration?

    package init(_ code: Code, _ detail: String, retryAfter: Duration? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }
}
