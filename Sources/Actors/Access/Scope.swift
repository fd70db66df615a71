/// What a key may do.
package enum Scope: String, CaseIterable, Sendable, Codable {
    /// Look and watch.
    case read
    /// Create, prompt, interrupt, end; files and jobs.
    case send
    /// Answer permission requests and questions.
    case approve
    /// Everything of everybody: all sessions, the audit, metrics, templates.
    case admin
    /// Prompts may use `@path` and `/commands`; without it they reach the model as they are written.
    case compose
    /// Sessions may bring settings, hooks, MCP servers, agents and variables, and those of the project apply.
    case settings

    /// What a key has that was made without a word about it.
    package static let usual: Set<Scope> = [.read, .send, .approve]
}
