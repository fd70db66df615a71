/// What a session is doing, as clients see it.
package enum SessionState: String, Sendable, Codable, CaseIterable {
    /// The process is on its way; prompts wait.
    case starting
    /// The process waits for a prompt.
    case idle
    /// A turn is open.
    case running
    /// A person must answer before the turn goes on.
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

/// Why a session ended.
package enum EndReason: String, Sendable, Codable {
    /// Somebody asked.
    case deleted
    /// Its time to live ran out.
    case expired
    /// The server stopped.
    case shutdown
}
