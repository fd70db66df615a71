/// Why a session or the supervisor refused.
package struct SessionError: Error, Equatable {
    /// Stable names; the HTTP status of each is the transport's to choose.
    package enum Code: String, Sendable, CaseIterable {
        case sessionNotFound = "session_not_found"
        case sessionExists = "session_exists"
        case sessionEnded = "session_ended"
        case sessionFailed = "session_failed"
        case sessionLimit = "session_limit"
        case queueFull = "queue_full"
        case agentStalled = "agent_stalled"
        case messageNotFound = "message_not_found"
        case lineNotFound = "line_not_found"
        case draining = "draining"
        case tooManyViewers = "too_many_viewers"
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
