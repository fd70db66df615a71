package import Agent

/// What a session may do to the machine, and as whom: fixed when it is made, by the key that makes it.
///
/// Kept with the session, so that a restart of the server loosens nothing.
package struct SessionConfinement: Sendable, Equatable, Codable {
    /// Whether `@path` in its prompts reads files and `/command` runs commands of the CLI.
    package var mayCompose = true
    /// Whether it has the settings, hooks and MCP servers of the user and the project, and may bring its own.
    package var mayUseSettings = true
    /// Where it may work; `nil` for what the server says.
    package var roots: [String]?
    /// Where the CLI keeps its logins and transcripts; `nil` for the server's.
    package var configDirectory: String?
    /// Where its credential is: `env:NAME` of the server's environment, or `file:/PATH`; `nil` for the server's.
    package var credential: String?
    /// Whom its processes and files belong to; `nil` for the server's user.
    package var user: HostUser?

    package init() {}

    /// Everything that a key without the scopes `compose` and `settings` is denied.
    package static let strict: SessionConfinement = {
        var strict = SessionConfinement()
        strict.mayCompose = false
        strict.mayUseSettings = false
        return strict
    }()
}

extension SessionConfinement {
    /// What the sessions of a caller are held to; `nil` for those of a server without keys.
    init?(_ caller: Caller) {
        guard let key = caller.key else { return nil }
        self.mayCompose = caller.may(.compose)
        self.mayUseSettings = caller.may(.settings)
        guard let workspace = key.workspace else { return }
        self.roots = workspace.roots
        self.configDirectory = workspace.configDirectory
        self.credential = workspace.credential
        self.user = workspace.uid.map { HostUser(userID: $0, groupID: workspace.gid ?? $0) }
    }
}

extension SessionOptions {
    /// Refuses what a session of this confinement may not ask for.
    ///
    /// - Throws: `SessionError`, `scope_required`.
    func checkConfinement() throws(SessionError) {
        // It would spend the server's money, and not what was given to the key.
        if self.backend != nil, self.confinement?.credential != nil {
            throw SessionError(.scopeRequired, "A key with a credential of its own works with Claude only.")
        }
        guard let confinement, !confinement.mayUseSettings else { return }
        let asked = [
            (self.settings != nil, "settings"), (self.mcpServers != nil, "mcp_servers"), (self.agents != nil, "agents"),
            (!self.environment.isEmpty, "env"),
            (self.permissionMode == Self.bypass, "permission_mode \(Self.bypass)"),
        ]
        if let (_, name) = asked.first(where: \.0) { throw Self.needsSettings(name) }
    }

    /// The mode that asks nobody.
    static let bypass = "bypassPermissions"

    static func needsSettings(_ name: String) -> SessionError {
        SessionError(.scopeRequired, "A key without the scope settings may not send \(name).")
    }
}
