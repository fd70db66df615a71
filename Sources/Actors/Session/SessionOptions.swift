/// What a client may ask of a new session.
///
/// Everything else is the server's configuration.
package struct SessionOptions: Sendable, Equatable, Codable {
    /// Chosen by the client, or made.
    package var id: String?
    package var name: String?
    package var model: String?
    package var fallbackModel: String?
    /// Absolute; `nil` for the server's default directory.
    package var workingDirectory: String?
    /// Where `workingDirectory` is not said: a name below the first directory that it may work in, made if it is missing.
    package var directoryName: String?
    package var addDirectories: [String] = []
    package var permissionMode: String?
    package var allowedTools: [String] = []
    package var disallowedTools: [String] = []
    package var systemPrompt: String?
    package var appendSystemPrompt: String?
    /// Model calls in one turn.
    package var maximumTurns: Int?
    package var maximumThinkingTokens: Int?
    package var effort: String?
    /// JSON: the shape of `--mcp-config`.
    package var mcpServers: String?
    /// JSON: custom agents by name.
    package var agents: String?
    /// JSON: the shape of settings.json.
    package var settings: String?
    /// For the child's environment; names are checked where they come in.
    package var environment: [String: String] = [:]
    /// A Claude session id to take up.
    package var resume: String?
    /// Whether `resume` is copied rather than taken up.
    package var isFork = false
    package var tags: [String] = []
    /// Idle time after which it ends; `nil` for the server's default.
    package var timeToLive: Duration?
    /// Idle time after which its process is given back; `nil` for the server's default.
    package var hibernateAfter: Duration?
    /// A worktree to work in, instead of a directory.
    package var worktree: WorktreeRequest?
    /// The directory that was made for it, where it did not exist; also its forks have this.
    package var madeDirectory: MadeDirectory?
    /// What its processes may do to the machine; `nil` for everything that the server's user may.
    package var confinement: SessionConfinement?
    /// What it may spend in USD.
    package var budgetUSD: Double?
    /// How many turns it may take.
    package var budgetTurns: Int?

    /// How the turns to come differ from all this.
    package var variation: SessionVariation?
    /// The further program that works for it (`LaunchPlan.backends`); `nil` for the CLI.
    package var backend: String?
    /// What that program is given beside what the options above say.
    package var backendArguments: [String]?

    /// What the API that made it keeps with it and the core has no use for: metadata, a first prompt.
    package var notes: [String: String]?

    package init() {}
}
