/// What a rate limit says to one request.
struct RateDecision: Equatable {
    /// Requests per minute.
    let quota: Int
    /// Requests that would be let through now.
    let remaining: Int
    /// Until the quota is whole again.
    let reset: Duration
    /// When to come back; `nil` for a request that was let through.
    let retryAfter: Duration?

    var isAdmitted: Bool { self.retryAfter == nil }
}
