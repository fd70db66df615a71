import Actors

/// What clients of this server are held to, as `/v1/server` tells it; docs/limits.md has the rest.
struct ServerLimits: Encodable {
    let sessions: Int
    /// Absent where the memory decides.
    let running: Int?
    let queuedMessages: Int
    let viewersPerSession: Int
    let connections: Int
    let connectionsPerAddress: Int
    let bodyBytes: Int
    /// Of requests that are no prompts.
    let smallBodyBytes: Int
    let headerBytes: Int
    let requestTimeoutMs: Int
    let heartbeatMs: Int
    let listItems: Int
    /// What the caller's key is held to beside that.
    let key: KeyLimits?

    init(_ supervisor: Supervisor, _ connections: ConnectionLimits, heartbeat: Duration, for caller: Caller) async {
        self.sessions = await supervisor.maximumSessions
        self.running = await supervisor.maximumRunning
        self.queuedMessages = await supervisor.maximumQueuedPrompts
        self.viewersPerSession = await supervisor.maximumViewers
        self.connections = connections.maximumConnections
        self.connectionsPerAddress = connections.maximumConnectionsPerAddress
        self.bodyBytes = connections.maximumBodyBytes
        self.smallBodyBytes = connections.maximumSmallBodyBytes
        self.headerBytes = connections.maximumHeaderBytes
        self.requestTimeoutMs = Int(connections.requestTimeout / .milliseconds(1))
        self.heartbeatMs = Int(heartbeat / .milliseconds(1))
        self.listItems = SessionRoutes.listLimit
        self.key = caller.key?.limits
    }
}

/// What a client can count on; a word is never taken back, and more may come.
enum ServerCapability: String, CaseIterable, Encodable {
    case approvals, audit, export, files, fork, hibernation, jobs, rewind, steering, templates, usage, webhooks
    case serverSentEvents = "sse"
    case webSocket = "websocket"
    /// Requests need a key, and sessions have owners.
    case keys
    /// Sessions survive a restart of the server.
    case persistence
    case tls
    /// Processes are kept ready for new sessions.
    case warmPool = "warm_pool"

    /// Those of a server, in the order of their names.
    static func all(hasKeys: Bool, isKept: Bool, isSecure: Bool, hasPool: Bool) -> [ServerCapability] {
        Self.allCases.filter { capability in
            switch capability {
            case .keys: hasKeys
            case .persistence: isKept
            case .tls: isSecure
            case .warmPool: hasPool
            default: true
            }
        }.sorted { $0.rawValue < $1.rawValue }
    }
}
