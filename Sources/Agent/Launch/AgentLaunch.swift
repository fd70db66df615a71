package import SystemPackage

/// How one child is started; `arguments` and `environment` follow from it alone.
package struct AgentLaunch: Sendable {
    /// Which conversation of the CLI the child works on; ids must be UUIDs, which the CLI checks.
    package enum Conversation: Sendable, Equatable {
        /// A new one; refused by the CLI if its transcript exists.
        case new(id: String)
        /// One that has a transcript.
        case resume(id: String)
        /// One that has a transcript, cut after one of its messages; what came later is left out from now on.
        case resumeAt(id: String, message: String)
        /// A copy of `from`, which stays as it is.
        case fork(from: String, as: String)

        /// The conversation that the child writes to.
        package var id: String {
            switch self {
            case .new(let id), .resume(let id), .resumeAt(let id, _), .fork(_, let id): id
            }
        }
    }

    /// Levels for `--effort`.
    package enum Effort: String, Sendable {
        case low, medium, high, xhigh, max
    }

    package var executable: FilePath
    /// Before the flags, for an executable that needs a script's path or a subcommand.
    package var leadingArguments: [String]
    package var workingDirectory: FilePath
    package var conversation: Conversation
    package var model: String?
    package var fallbackModel: String?
    package var permissionMode: String?
    /// Rules that are approved without asking, as `Bash(git *)`.
    package var allowedTools: [String]
    /// Tools the model does not see; by default those that reach other sessions.
    package var disallowedTools: [String]
    /// Replaces the CLI's own system prompt.
    package var systemPrompt: String?
    package var appendSystemPrompt: String?
    package var maxTurns: Int?
    /// Dollars one process may cost, more than zero; once spent, every further prompt ends at once.
    package var maxBudgetUSD: Double?
    package var maxThinkingTokens: Int?
    package var effort: Effort?
    package var addDirectories: [FilePath]
    /// A JSON object in the shape of settings.json; `crossSessionInbound` becomes `refuse` whatever it says.
    package var settings: String?
    /// A JSON object for `sandbox` in the settings, the CLI's own sandbox for its tools; wins over what `settings` say.
    package var sandbox: String?
    /// Any of `user`, `project`, `local`; nil leaves the CLI's default, an empty list means none.
    package var settingSources: [String]?
    /// JSON, or the path of a file.
    package var mcpConfig: String?
    /// Leaves out the MCP servers of the person's and the project's settings.
    package var strictMCPConfig: Bool
    /// Custom agents, a JSON object by name, or the path of a file; the CLI does not start with a broken one.
    package var agents: String?
    /// Lets `set_permission_mode` choose `bypassPermissions` later; as root the CLI wants `IS_SANDBOX=1` as well.
    package var allowsBypass: Bool
    /// Keeps copies of the files that tools change, which `rewind_files` needs.
    package var fileCheckpointing: Bool
    /// Has the CLI say with `session_state_changed` whether it works, waits for an answer, or is idle.
    package var sessionStateEvents: Bool
    /// After all other flags.
    package var extraArguments: [String]
    /// What the child's environment is copied from, name by name (see `AgentEnvironment`).
    package var inheritedEnvironment: [String: String]
    /// Set after everything else, so they win, except over the owner's mark.
    package var extraEnvironment: [String: String]
    /// Where the CLI keeps logins and transcripts; nil leaves it as the server's environment has it.
    package var configDirectory: FilePath?
    /// For the child's temporary files, its socket, and lines over the limit; nil leaves `/tmp`.
    ///
    /// Made by the runner if only its last component is missing.
    package var temporaryDirectory: FilePath?
    /// What the child talks to the API with, instead of what the server has; `nil` for that.
    package var credential: CredentialReference?
    /// Whom the child and its temporary directory belong to; needs root, and `nil` is the server's own user.
    package var user: HostUser?
    /// Closes the child in; `nil` for a child that sees what its user sees.
    package var bubblewrap: Bubblewrap?
    /// What a child that is closed in may write beside its directories, as the repository of a worktree.
    package var writableDirectories: [FilePath] = []
    /// JSON Schema that the answer has to fit.
    package var outputSchema: String?
    /// Whether a conversation that goes on keeps the system prompt it began with, whatever is said here.
    package var keepsSystemPrompt = true
    /// The CLI joins text deltas that come within this time.
    package var streamEventHold: Duration
    /// Says whose process it is, to sweeps and to the watchdog.
    package var owner: OwnerMark
    package var limits: AgentLimits

    package init(
        executable: FilePath,
        leadingArguments: [String] = [],
        workingDirectory: FilePath,
        conversation: Conversation,
        model: String? = nil,
        fallbackModel: String? = nil,
        permissionMode: String? = nil,
        allowedTools: [String] = [],
        disallowedTools: [String] = ["SendMessage", "ListAgents"],
        systemPrompt: String? = nil,
        appendSystemPrompt: String? = nil,
        maxTurns: Int? = nil,
        maxBudgetUSD: Double? = nil,
        maxThinkingTokens: Int? = nil,
        effort: Effort? = nil,
        addDirectories: [FilePath] = [],
        settings: String? = nil,
        settingSources: [String]? = nil,
        mcpConfig: String? = nil,
        strictMCPConfig: Bool = false,
        agents: String? = nil,
        allowsBypass: Bool = false,
        fileCheckpointing: Bool = false,
        sessionStateEvents: Bool = true,
        extraArguments: [String] = [],
        inheritedEnvironment: [String: String] = AgentEnvironment.ofServer(),
        extraEnvironment: [String: String] = [:],
        configDirectory: FilePath? = nil,
        temporaryDirectory: FilePath? = nil,
        streamEventHold: Duration = .milliseconds(20),
        owner: OwnerMark,
        limits: AgentLimits = .default
    ) {
        self.executable = executable
        self.leadingArguments = leadingArguments
        self.workingDirectory = workingDirectory
        self.conversation = conversation
        self.model = model
        self.fallbackModel = fallbackModel
        self.permissionMode = permissionMode
        self.allowedTools = allowedTools
        self.disallowedTools = disallowedTools
        self.systemPrompt = systemPrompt
        self.appendSystemPrompt = appendSystemPrompt
        self.maxTurns = maxTurns
        self.maxBudgetUSD = maxBudgetUSD
        self.maxThinkingTokens = maxThinkingTokens
        self.effort = effort
        self.addDirectories = addDirectories
        self.settings = settings
        self.settingSources = settingSources
        self.mcpConfig = mcpConfig
        self.strictMCPConfig = strictMCPConfig
        self.agents = agents
        self.allowsBypass = allowsBypass
        self.fileCheckpointing = fileCheckpointing
        self.sessionStateEvents = sessionStateEvents
        self.extraArguments = extraArguments
        self.inheritedEnvironment = inheritedEnvironment
        self.extraEnvironment = extraEnvironment
        self.configDirectory = configDirectory
        self.temporaryDirectory = temporaryDirectory
        self.streamEventHold = streamEventHold
        self.owner = owner
        self.limits = limits
    }
}
