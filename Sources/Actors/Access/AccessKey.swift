/// What the server knows of an API key: everything but the key.
package struct AccessKey: Sendable, Equatable, Codable {
    /// Names the key in lists and in the token itself; no secret.
    package var id: String
    /// For people: who it was given to.
    package var name: String
    /// SHA-256 of the token, hexadecimal.
    ///
    /// A token has 256 random bits, so a slow hash would add nothing.
    package var digest: String
    package var scopes: Set<Scope>
    /// RFC 3339, UTC.
    package var createdAt: String
    /// From then on the key opens nothing; `nil` for never.
    package var expiresAt: String?
    package var limits: KeyLimits?
    package var workspace: KeyWorkspace?

    package init(
        id: String,
        name: String,
        digest: String,
        scopes: Set<Scope>,
        createdAt: String,
        expiresAt: String? = nil,
        limits: KeyLimits? = nil,
        workspace: KeyWorkspace? = nil
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.limits = limits
        self.workspace = workspace
    }
}

/// What a key is held to beside the limits of the house; `nil` for those alone.
package struct KeyLimits: Sendable, Equatable, Codable {
    /// Sessions that may exist at once.
    package var sessions: Int?
    /// Processes that may run at once.
    package var running: Int?
    /// Streams open at once.
    package var subscribers: Int?
    /// Requests of the class `work` a minute.
    package var requestsPerMinute: Int?
    /// What its sessions may spend together in one day (UTC).
    package var usdPerDay: Double?

    package init(
        sessions: Int? = nil,
        running: Int? = nil,
        subscribers: Int? = nil,
        requestsPerMinute: Int? = nil,
        usdPerDay: Double? = nil
    ) {
        self.sessions = sessions
        self.running = running
        self.subscribers = subscribers
        self.requestsPerMinute = requestsPerMinute
        self.usdPerDay = usdPerDay
    }
}

/// Where and as whom the sessions of a key work.
package struct KeyWorkspace: Sendable, Equatable, Codable {
    /// Directories its sessions may work in; `nil` for the server's.
    package var roots: [String]?
    /// The CLI's state for its sessions; `nil` for the server's.
    package var configDirectory: String?
    /// Where the credential of its agents is found: `env:NAME` of the server's environment, or `file:PATH`.
    package var credential: String?
    /// As whom its agents run; only where the server runs as root.
    package var uid: UInt32?
    package var gid: UInt32?

    package init(
        roots: [String]? = nil,
        configDirectory: String? = nil,
        credential: String? = nil,
        uid: UInt32? = nil,
        gid: UInt32? = nil
    ) {
        self.roots = roots
        self.configDirectory = configDirectory
        self.credential = credential
        self.uid = uid
        self.gid = gid
    }
}
