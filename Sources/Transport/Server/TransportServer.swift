package import Actors
package import Agent
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle

/// The server's outer side: listens, and answers on every protocol.
package struct TransportServer {
    /// Where and how it listens.
    package struct Configuration: Sendable {
        package var host = "127.0.0.1"
        /// 0 for any free one.
        package var port = 7420
        /// Certificate and key; `nil` for plain text.
        package var tls: TLSContextStore?
        /// Ports of 127.0.0.1 on which it is another system, in plain text; by default none.
        package var surfacePorts: [SurfacePort] = []
        /// Further origins whose pages may use the server.
        package var allowedOrigins: [String] = []
        /// Which proxies are believed, and the path below which everything lives.
        package var clients = ClientResolver()
        /// The names it answers to, beside loopback ones; empty for any, where it can be reached from elsewhere.
        package var allowedHosts: [String] = []
        /// Who may use it.
        package var keys = KeyRing.open
        /// Whether `/metrics` is answered without a key too.
        package var isMetricsOpen = false
        /// What claude-code-api's surface holds its clients to.
        package var codeAPI = CodeAPISettings()
        package var fanout = Fanout.Configuration()
        var webSocket = WebSocketHandler.Configuration()
        /// What clients of mcp-coding-agents are held to.
        package var codingAgents = CodingAgentsSettings()
        package var limits = ConnectionLimits()
        /// Holds its callers to their rates; its limits can be set anew at any time.
        package var rates = RateLimiter(.none)

        package init() {}

        /// Whether only this machine can reach it.
        package var isLoopback: Bool {
            self.host == "localhost" || self.host == "::1" || self.host.hasPrefix("127.")
        }
    }

    /// A port whose every request is a surface's.
    package struct SurfacePort: Sendable {
        let surface: Surface
        package let port: Int

        /// The ports that the originals listen on.
        package static var classic: [SurfacePort] {
            Surface.allCases.compactMap { surface in
                surface.classicPort.map { SurfacePort(surface: surface, port: $0) }
            }
        }
    }

    /// Ends the streams when the server drains; what the program's last steps call.
    package let fanout: Fanout
    /// What requests and sockets hold of the memory for their bodies.
    let bodies: BodyBudget
    /// Every route, as the documents have them.
    let endpoints: [Endpoint]
    private let servers: [any Service]

    /// A server that is not listening yet; `run` is its life.
    ///
    /// - Parameters:
    ///   - configuration: where and how.
    ///   - supervisor: whose sessions it shows.
    ///   - pool: the processes kept ready, if there are any to tell of.
    ///   - version: what `/v1/server` says of the program.
    ///   - registry: what `/metrics` shows.
    ///   - eventLoopGroup: its threads.
    ///   - logger: for what goes wrong.
    ///   - onListening: called once with the port.
    package init(
        _ configuration: Configuration,
        supervisor: Supervisor,
        pool: WarmPool? = nil,
        version: ServerVersion,
        registry: PrometheusRegistry = PrometheusRegistry(),
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        var webSocket = configuration.webSocket
        let maximumBodyBytes = configuration.limits.maximumBodyBytes
        if maximumBodyBytes != APIContext.maximumBodyBytes {
            webSocket.maximumMessageBytes = maximumBodyBytes
            webSocket.maximumWaitingBytes = maximumBodyBytes + (4 << 20)
        }
        let origins = OriginGuard(
            isLoopback: configuration.isLoopback,
            allowed: configuration.allowedOrigins,
            hosts: configuration.allowedHosts
        )
        let bodies = BodyBudget(limit: max(configuration.limits.maximumBodiesBytes, maximumBodyBytes))
        let authenticator = Authenticator(keys: configuration.keys)
        let meter = Meter(configuration.rates)
        let keys = configuration.keys
        supervisor.webhooks.decideSight { keys.maySee(keyOf: $0, sessionsOf: $1) }
        let metrics = TransportMetrics(factory: registry)
        let observation = Observation(
            metrics: metrics,
            recorder: ActRecorder(audit: supervisor.audit ?? AuditTrail.chained()),
            tracer: ActiveTracer.current
        )
        let gate = ConnectionGate(configuration.limits, metrics: metrics.connections)
        let fanout = Fanout(eventLoopGroup, configuration: configuration.fanout, metrics: metrics.streams)
        let server = ServerRoutes(
            supervisor: supervisor,
            version: version,
            pool: pool,
            limits: configuration.limits,
            heartbeat: configuration.fanout.heartbeat,
            capabilities: ServerCapability.all(
                hasKeys: keys.isRequired,
                isKept: supervisor.store != nil,
                isSecure: configuration.tls != nil,
                hasPool: pool != nil
            )
        )
        let (router, endpoints) = Self.router(
            supervisor: supervisor,
            fanout: fanout,
            observation: observation,
            origins: origins,
            gate: Gate(
                authenticator: authenticator,
                meter: meter,
                maximumSmallBodyBytes: configuration.limits.maximumSmallBodyBytes,
                limited: metrics.requests.limited,
                bodies: bodies
            ),
            server: server,
            metrics: MetricsRoutes(
                registry,
                supervisor: supervisor,
                fanout: fanout,
                metrics: metrics,
                gate: gate,
                pool: pool,
                version: version,
                isOpen: configuration.isMetricsOpen
            ),
            isSecure: configuration.tls != nil,
            codeAPI: configuration.codeAPI,
            codingAgents: configuration.codingAgents
        )
        let responder = router.buildResponder()
        let clients = configuration.clients
        func channel(_ surface: Surface?, tls: TLSContextStore?) -> ConnectionChannel {
            ConnectionChannel(
                responder: { request, writer, channel in
                    var context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
                    context.maxUploadSize = maximumBodyBytes
                    let inside = clients.enter(request, &context, isSecure: tls != nil)
                    let request = SurfaceDoor.enter(inside, &context, listener: surface)
                    try await Self.respond(request, writer, context, responder: responder)
                },
                supervisor: supervisor,
                fanout: fanout,
                origins: origins,
                clients: clients,
                authenticator: authenticator,
                meter: meter,
                webSocket: webSocket,
                bodies: bodies,
                observation: observation,
                limits: configuration.limits,
                gate: gate,
                tls: tls
            )
        }
        self.fanout = fanout
        self.bodies = bodies
        self.endpoints = endpoints
        let main = channel(nil, tls: configuration.tls).server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: 1024
            ),
            onServerRunning: { await onListening($0.localAddress?.port ?? configuration.port) },
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
        let others = configuration.surfacePorts.map { other in
            channel(other.surface, tls: nil).server(
                configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: other.port), backlog: 1024),
                eventLoopGroup: eventLoopGroup,
                logger: logger
            )
        }
        self.servers = others + [main]
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in self.servers { group.addTask { try await server.run() } }
            try await group.waitForAll()
        }
    }

    /// Tells every stream that the server goes, with when to come back.
    package func closeStreams() async {
        await self.fanout.closeAll(.drain)
    }

    private static func router(
        supervisor: Supervisor,
        fanout: Fanout,
        observation: Observation,
        origins: OriginGuard,
        gate: Gate,
        server: ServerRoutes,
        metrics: MetricsRoutes,
        isSecure: Bool,
        codeAPI: CodeAPISettings,
        codingAgents: CodingAgentsSettings
    ) -> (Router<APIContext>, [Endpoint]) {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.addMiddleware {
            ObservingMiddleware(metrics: observation.metrics.requests, tracer: observation.tracer)
            SecurityHeaders(isSecure: isSecure)
            CrossOriginMiddleware(origins: origins)
            ProblemMiddleware()
            OriginMiddleware(origins: origins)
        }
        let endpoints = Endpoints(router, gate: gate, recorder: observation.recorder)
        let sessions = SessionRoutes(supervisor: supervisor)
        sessions.add(to: endpoints)
        MessageRoutes(sessions: sessions, fanout: fanout).add(to: endpoints)
        ExportRoutes(sessions: sessions).add(to: endpoints)
        ApprovalRoutes(supervisor: supervisor).add(to: endpoints)
        ProcessRoutes(sessions: sessions).add(to: endpoints)
        let files = FileRoutes(sessions: sessions)
        files.add(to: endpoints)
        UsageRoutes(supervisor: supervisor).add(to: endpoints)
        ModelRoutes(supervisor: supervisor).add(to: endpoints)
        JobRoutes(sessions: sessions).add(to: endpoints)
        WebhookRoutes(supervisor: supervisor).add(to: endpoints)
        TemplateRoutes(supervisor: supervisor).add(to: endpoints)
        EventRoutes(sessions: sessions, fanout: fanout).add(to: endpoints)
        KeyRoutes(keys: gate.authenticator.keys).add(to: endpoints)
        TicketRoutes(sessions: sessions, authenticator: gate.authenticator, meter: gate.meter).add(to: endpoints)
        server.add(to: endpoints)
        metrics.add(to: endpoints)
        AuditRoutes(audit: observation.recorder.audit).add(to: endpoints)
        DocumentRoutes(version: server.version.troupe, needsKeys: gate.authenticator.keys.isRequired).add(to: endpoints)
        let surfaces = SurfaceSessions(supervisor: supervisor, fanout: fanout)
        SDKServerRoutes(sessions: surfaces).add(to: endpoints)
        let catalog = ModelCatalog(supervisor)
        AnthropicRoutes(sessions: surfaces, catalog: catalog).add(to: endpoints)
        OpenAIRoutes(sessions: surfaces, catalog: catalog).add(to: endpoints)
        let codingAgentsRoutes = CodingAgentsRoutes(sessions: surfaces, catalog: catalog, settings: codingAgents)
        codingAgentsRoutes.add(to: endpoints)
        SharedRoutes(codingAgents: codingAgentsRoutes, codeAPI: codeAPI).add(to: endpoints)
        CodeAPIRoutes(sessions: surfaces, files: files, settings: codeAPI).add(to: endpoints)
        ClinvokerRoutes(sessions: surfaces, version: server.version).add(to: endpoints)
        SurfaceDocumentRoutes().add(to: endpoints)
        // After the routes, so that it sees what none of them takes.
        router.addMiddleware { MethodMiddleware(table: MethodTable(router.routes.map { ($0.method, "\($0.path)") })) }
        return (router, endpoints.declared)
    }

    /// One request through the router; errors have become responses before.
    @concurrent
    private static func respond(
        _ request: Request,
        _ writer: consuming ResponseWriter,
        _ context: APIContext,
        responder: some HTTPResponder<APIContext>
    ) async throws {
        let response = try await responder.respond(to: request, context: context)
        try await writer.write(response: response.head, body: response.body)
    }
}
