/// What a session is doing, as clients see it.
package enum SessionState: String, Sendable, Codable, CaseIterable {
    /// The process is on its way; prompts wait.
    case starting
    /// The process waits for a prompt.
    case idle
    /// A turn is open.
    case running
    /// A person must answer, or lift the budget, before it goes on.
    case requiresAction = "requires_action"
    /// A turn or the session is being stopped.
    case stopping
    /// The process was given back; the next message wakes it.
    case hibernated
    /// The process died too often; nothing runs.
    case failed
    /// Gone for good.
    case ended
}

/// What a session that does not move waits for.
package enum WaitingOn: String, Sendable, Codable, CaseIterable {
    /// The API's first word.
    case api
    /// The API failed, and the CLI asks again.
    case apiRetry = "api_retry"
    case tool
    /// An approval or a question.
    case person
    /// A budget that a person may lift.
    case budget
    /// A login: what waits is held until a person says that there is one (`wake`).
    case login
    /// A place among the processes that may run.
    case admission
    /// Nothing was heard for too long.
    case stuck
}

/// Why a session ended.
package enum EndReason: String, Sendable, Codable, CaseIterable {
    /// Somebody asked.
    case deleted
    /// Its time to live ran out.
    case expired
    /// The server stopped.
    case shutdown
}
