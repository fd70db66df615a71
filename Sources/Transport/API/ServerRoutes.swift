import Actors
import Agent
import HTTPTypes
import Hummingbird
import Storage

/// What the server says of itself: `/health…`, `/v1/server`, and where a WebSocket was meant.
struct ServerRoutes {
    let supervisor: Supervisor
    let version: ServerVersion
    let pool: WarmPool?
    let limits: ConnectionLimits
    let heartbeat: Duration
    let capabilities: [ServerCapability]

    func add(to endpoints: Endpoints) {
        endpoints.root(.get, "health/live", "getLiveness", needs: nil, class: .open) { _, _ in
            Response.json(.ok, Health(status: "live"))
        }
        endpoints.root(.get, "health/ready", "getReadiness", needs: nil, class: .open, use: self.ready)
        endpoints.root(.get, "health", "getHealth", needs: nil, class: .open, use: self.ready)
        endpoints.on(.get, "server", "getServer", needs: .read, use: self.server)
        endpoints.on(.get, "ws", "openSocket", needs: .read, class: .stream, use: self.upgradeRequired)
        endpoints.on(
            .get,
            "sessions/:id/ws",
            "openSessionSocket",
            needs: .read,
            class: .stream,
            isForViewers: true
        ) { request, context in
            _ = try await self.supervisor.session(context.parameters.require("id"), for: context.caller)
            return try await self.upgradeRequired(request, context)
        }
    }

    private struct Health: Encodable {
        let status: String
        /// Why it is not ready.
        var reason: String?
        var sessions: Int?
        var maximumSessions: Int?
        /// `memory`, `healthy`, or why nothing can be written.
        var storage: String?
    }

    private struct ServerInfo: Encodable {
        let name = "troupe"
        let version: ServerVersion
        /// Those of the caller.
        let sessions: Int
        let maximumSessions: Int
        let limits: ServerLimits
        let capabilities: [ServerCapability]
        let warm: Warm?
    }

    /// The processes kept ready, and what they cost.
    private struct Warm: Encodable {
        let size: Int
        let ready: Int
        let starting: Int
        let leases: Int
        let misses: Int
        /// What they alone use: memory that is not shared with other processes.
        let memoryBytes: Int

        init(_ status: PoolStatus) {
            self.size = status.size
            self.ready = status.ready
            self.starting = status.starting
            self.leases = status.leases
            self.misses = status.misses
            self.memoryBytes = status.pids.reduce(0) { $0 + (ProcessTree.privateBytes(of: $1) ?? 0) }
        }
    }

    @Sendable private func ready(_ request: Request, _ context: APIContext) async throws -> Response {
        let isAccepting = await self.supervisor.isReady
        // How many sessions there are tells of others.
        let mayCount = context.caller.may(.admin)
        let isReady = isAccepting && ["memory", "healthy"].contains(self.storage)
        let health = await Health(
            status: isReady ? "ready" : isAccepting ? "degraded" : "draining",
            reason: isReady
                ? nil : isAccepting ? "what is new cannot be stored: \(self.storage)" : "the server is shutting down",
            sessions: mayCount ? self.supervisor.sessionCount : nil,
            maximumSessions: mayCount ? self.supervisor.maximumSessions : nil,
            storage: self.storage
        )
        return Response.json(isReady ? .ok : .serviceUnavailable, health)
    }

    private var storage: String {
        switch self.supervisor.store?.condition {
        case nil: "memory"
        case .healthy: "healthy"
        case .failing(let error): error.code.rawValue
        }
    }

    @Sendable private func server(_ request: Request, _ context: APIContext) async throws -> Response {
        await Response.json(
            .ok,
            ServerInfo(
                version: self.version,
                sessions: self.supervisor.sessionCount(for: context.caller),
                maximumSessions: self.supervisor.maximumSessions,
                limits: ServerLimits(
                    self.supervisor,
                    self.limits,
                    heartbeat: self.heartbeat,
                    for: context.caller
                ),
                capabilities: self.capabilities,
                warm: context.caller.may(.admin) ? self.pool.map { Warm($0.status) } : nil
            )
        )
    }

    @Sendable private func upgradeRequired(_ request: Request, _ context: APIContext) async throws -> Response {
        throw Problem(.upgradeRequired, "This is a WebSocket: ask for the upgrade, version 13.")
    }
}

/// What runs: the server's own version and the agent's.
package struct ServerVersion: Sendable, Encodable {
    package let troupe: String
    /// What the agent says with `--version`.
    package let agent: String

    package init(troupe: String, agent: String) {
        self.troupe = troupe
        self.agent = agent
    }
}
