/// What the operator decides of the surface of claude-code-api; the defaults are that system's.
package struct CodeAPISettings: Sendable, Equatable {
    /// Requests of its four limited routes in one window, for each key or else address; 0 for no limit.
    package var rateRequests = 30
    /// The length of that window.
    package var rateWindow: Duration = .seconds(60)
    /// How long a chat may take that is answered in one piece; `nil` for as long as it takes.
    package var chatTimeout: Duration? = .seconds(300)
    /// What one request may cost in USD; `nil` for no limit.
    package var maximumCostPerRequest: Double? = 5
    /// What the sessions of one user, made here, may have cost together in USD; `nil` for no limit.
    package var maximumCostPerUser: Double? = 50
    /// Sessions of one user, made here; one more takes the place of the one that was idle longest; `nil` for no limit.
    package var maximumSessionsPerUser: Int? = 10

    package init() {}
}
