/// What the operator decides of the surface of mcp-coding-agents; the defaults are that system's.
package struct CodingAgentsSettings: Sendable, Equatable {
    /// Requests in an hour, for each key or else address; 0 for no limit.
    package var requestsPerHour = 100
    /// Sessions that a caller may have here; `nil` for no limit.
    package var maximumSessions: Int? = 100

    package init() {}
}
