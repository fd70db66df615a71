package import Agent
import Foundation
import SystemPackage

/// How the server launches its agents: what is the same for all sessions, and what a client may add.
package struct LaunchPlan: Sendable {
    /// The CLI, or what stands in for it.
    package var executable: String
    /// Further programs that sessions may ask for by name.
    package var backends = AgentBackend.usual
    /// This program, which stands between such a program and its session (`troupe adapter`).
    package var adapter = "/proc/self/exe"
    /// Where sessions work that name no directory.
    package var defaultDirectory: String
    /// The model and mode of sessions that name none; `nil` leaves it to the CLI.
    package var model: String?
    package var permissionMode: String?
    /// The CLI's own state; `nil` for its default, so that a person's existing login works.
    package var configDirectory: String?
    /// Temporary files of the agents, ours alone; each session has a directory of its own in it.
    package var temporaryDirectory: String?
    /// `user`, `project`, `local`; `nil` leaves the CLI's default.
    package var settingSources: [String]?
    /// Set in every child's environment beside the allow-listed ones.
    package var extraEnvironment: [String: String] = [:]
    /// The names that a session may set in its agent's environment.
    package var sessionVariables: Set<String> = []
    /// Where sessions may work.
    package var workspace = WorkspacePolicy()
    /// Closes every child in; `nil` for children that see what their user sees.
    package var bubblewrap: Bubblewrap?
    /// JSON for the CLI's own sandbox, in all sessions.
    package var sandbox: String?
    /// What a process that waits for a session is confined to: as most sessions will be.
    package var warmConfinement: SessionConfinement?
    /// How long the CLI may hold text deltas to join them.
    package var streamEventHold: Duration = .milliseconds(20)
    package var limits = AgentLimits.default
    package var termination = TerminationSteps()

    package init(executable: String, defaultDirectory: String) {
        self.executable = executable
        self.defaultDirectory = defaultDirectory
    }

    /// Where a session works.
    package func workingDirectory(_ options: SessionOptions) -> String {
        options.workingDirectory ?? self.defaultDirectory
    }

    /// What a session without wishes is launched with: the warm pool keeps processes of this kind.
    package func warmLaunch() -> AgentLaunch {
        var options = SessionOptions()
        options.confinement = self.warmConfinement
        // As it is for a session that names no directory.
        if self.workspace.roots(for: self.warmConfinement) != nil {
            options.workingDirectory = try? self.workspace.admit(self.defaultDirectory, self.warmConfinement)
        }
        var launch = self.launch(
            options,
            conversation: .fresh(UUID().uuidString.lowercased()),
            session: "pool",
            temporaryName: ""
        )
        // The pool makes a directory of its own in it for each.
        launch.temporaryDirectory = self.temporaryDirectory.map { FilePath($0) }
        return launch
    }

    /// Looks once more at where a session works: a link may have been put in the place of a directory.
    ///
    /// - Returns: the options without what it may work in no more.
    /// - Throws: `SessionError`, `workspace_refused`, when that is its own directory.
    func checked(_ options: SessionOptions) throws(SessionError) -> SessionOptions {
        guard self.workspace.roots(for: options.confinement) != nil else { return options }
        var options = options
        options.workingDirectory = try self.workspace.admit(self.workingDirectory(options), options.confinement)
        options.addDirectories = options.addDirectories.compactMap { directory in
            try? self.workspace.admit(directory, options.confinement)
        }
        return options
    }

    /// What finds and makes the directories of new sessions.
    var setup: WorkspaceSetup {
        WorkspaceSetup(
            policy: self.workspace,
            defaultDirectory: self.defaultDirectory,
            bubblewrap: self.bubblewrap
        )
    }

    /// One process for a session.
    func launch(
        _ options: SessionOptions,
        conversation: SessionMachine.Conversation,
        session: String,
        temporaryName: String,
        budgetLeft: Double? = nil
    ) -> AgentLaunch {
        var launch = AgentLaunch(
            executable: FilePath(self.executable),
            workingDirectory: FilePath(self.workingDirectory(options)),
            conversation: Self.conversation(conversation),
            owner: OwnerMark(sessionID: session)
        )
        launch.model = options.model ?? self.model
        launch.fallbackModel = options.fallbackModel
        launch.permissionMode = options.permissionMode ?? self.permissionMode
        launch.allowedTools = options.allowedTools
        launch.disallowedTools += options.disallowedTools
        launch.systemPrompt = options.systemPrompt
        launch.appendSystemPrompt = options.appendSystemPrompt
        launch.maxTurns = options.maximumTurns
        launch.maxThinkingTokens = options.maximumThinkingTokens
        launch.effort = options.effort.flatMap(AgentLaunch.Effort.init)
        launch.maxBudgetUSD = budgetLeft
        launch.outputSchema = options.variation?.outputSchema
        // One that was asked for anew must not lose to what the conversation has recorded.
        launch.keepsSystemPrompt = options.variation == nil
        launch.mcpConfig = options.mcpServers.map { "{\"mcpServers\":\($0)}" }
        launch.agents = options.agents
        launch.settings = options.settings
        launch.addDirectories = options.addDirectories.map { FilePath($0) }
        launch.settingSources = self.settingSources
        launch.sandbox = self.sandbox
        launch.bubblewrap = self.bubblewrap
        launch.extraEnvironment = self.extraEnvironment.merging(options.environment) { _, session in session }
        launch.configDirectory = self.configDirectory.map { FilePath($0) }
        if let confinement = options.confinement { Self.confine(&launch, confinement) }
        if let history = options.worktree?.commonDirectory { launch.writableDirectories = [FilePath(history)] }
        launch.temporaryDirectory = self.temporaryDirectory.map { FilePath($0).appending(temporaryName) }
        launch.streamEventHold = self.streamEventHold
        launch.limits = self.limits
        self.adapt(&launch, options)
        return launch
    }

    /// Puts another program in the CLI's place, if the session works with one.
    private func adapt(_ launch: inout AgentLaunch, _ options: SessionOptions) {
        guard let name = options.backend, name != AgentBackend.standardName else { return }
        let backend = self.backends.first { $0.name == name }
        launch.executable = FilePath(self.adapter)
        // One that was there when the session was made may be missing now; then its adapter says so.
        launch.leadingArguments = AdapterArguments.leading(
            backend?.adapter.rawValue ?? "none",
            backend?.path ?? backend?.command ?? name,
            options.backendArguments ?? []
        )
        // The server's own is one of Claude's.
        launch.model = options.model
        let environment = AgentEnvironment.ofServer()
        let own = (backend?.adapter.variables ?? []).compactMap { name in environment[name].map { (name, $0) } }
        launch.inheritedEnvironment = launch.inheritedEnvironment.filter { !AgentBackend.isClaudes($0.key) }
        launch.extraEnvironment = launch.extraEnvironment.filter { !AgentBackend.isClaudes($0.key) }
        launch.extraEnvironment.merge(own) { set, _ in set }
    }

    private static func confine(_ launch: inout AgentLaunch, _ confinement: SessionConfinement) {
        if !confinement.mayUseSettings {
            // Neither hooks nor servers of the project or of the server's user.
            launch.settingSources = []
            launch.strictMCPConfig = true
        }
        if let directory = confinement.configDirectory { launch.configDirectory = FilePath(directory) }
        launch.user = confinement.user
        // One that cannot be understood must not become the server's own.
        launch.credential = confinement.credential.map { CredentialReference($0) ?? .file("/nonexistent") }
    }

    /// What a session's processes have left in their temporary directory goes with it.
    func removeTemporaryDirectory(_ name: String) {
        guard let temporaryDirectory else { return }
        try? FileManager.default.removeItem(atPath: "\(temporaryDirectory)/\(name)")
    }

    private static func conversation(_ conversation: SessionMachine.Conversation) -> AgentLaunch.Conversation {
        switch conversation {
        case .fresh(let id): .new(id: id)
        case .uncertain(let id), .known(let id): .resume(id: id)
        case .fork(let from, let id): .fork(from: from, as: id)
        case .rewound(let id, let message): .resumeAt(id: id, message: message)
        }
    }
}
