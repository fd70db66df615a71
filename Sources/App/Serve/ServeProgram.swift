import Actors
import Agent
import Foundation
import Logging
import Metrics
import NIOPosix
import ServiceLifecycle
import Storage
import Tracing
import Transport
import UnixSignals

/// Puts the parts together and runs them until a signal says stop.
///
/// The services stop in the reverse of their order: the drain first (no new work, running turns finish, streams are
/// told), then the listener, then the sessions with their processes, then what watches over those.
struct ServeProgram {
    /// RLIMIT_NOFILE on Linux.
    private static let files = __rlimit_resource_t(7)

    private let settings: ServerSettings
    /// Looks the configuration up again.
    private let read: @Sendable () throws -> SettingValues
    private let manager = ServiceManager(ProcessInfo.processInfo.environment)
    private let logger: Logger

    init(_ settings: ServerSettings, read: @escaping @Sendable () throws -> SettingValues) {
        self.settings = settings
        self.read = read
        self.logger = Logger(label: "troupe") { _ in
            ThresholdLogHandler(Self.lines(settings), settings.logLevel)
        }
    }

    /// Writes the log; says where in a trace a line belongs, if spans go there too.
    private static func lines(_ settings: ServerSettings) -> LineLogHandler {
        LineLogHandler(settings.logFormat, provider: settings.isTracing ? LogTracer.metadata : nil)
    }

    /// Has spans written to the log, whatever its level.
    private func bootstrapTracing() {
        guard self.settings.isTracing else { return }
        var logger = Logger(label: "troupe") { _ in LineLogHandler(self.settings.logFormat) }
        logger.logLevel = .debug
        InstrumentationSystem.bootstrap(LogTracer(logger))
    }

    /// - Throws: `Failure` when the server cannot start or did not stop in order.
    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        // Until the certificate service listens for it, it must not end the server either.
        signal(SIGHUP, SIG_IGN)
        Self.raiseDescriptorLimit()
        for warning in self.settings.values.warnings {
            self.logger.warning("the configuration is doubtful", metadata: [LogKey.reason: "\(warning)"])
        }
        try PortProbe.check(host: self.settings.transport.host, port: self.settings.transport.port)
        for other in self.settings.transport.surfacePorts { try PortProbe.check(host: "127.0.0.1", port: other.port) }
        do {
            try Subreaper.enable()
        } catch {
            self.logger.warning("orphans of agents will not be adopted", metadata: [LogKey.error: "\(error)"])
        }
        let swept = await OrphanSweep.sweepDeadOwners()
        if swept > 0 {
            self.logger.notice("ended what an earlier server left behind", metadata: [LogKey.count: "\(swept)"])
        }

        let temporary = try TemporaryDirectory()
        defer { temporary.remove() }
        var plan = self.settings.plan
        plan.temporaryDirectory = temporary.path
        let watchdog = WatchdogGuard(logger: self.logger)
        let store = try self.openStore()
        let pool = self.pool(plan, watchdog)
        let audit = AuditTrail.chained(store: store, limits: self.settings.audit)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        self.bootstrapTracing()
        let caller = HTTPWebhookCaller(
            policy: self.settings.webhookTargets,
            version: Troupe.version,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        )
        let templates = TemplateShelf(source: self.settings.templates, logger: self.logger)
        // What is broken is in the log, and the server starts without it.
        _ = templates.reload()
        let metrics = ActorMetrics(factory: registry)
        let supervisor = Supervisor(
            configuration: self.settings.supervisor,
            plan: plan,
            runner: pool,
            store: store,
            webhooks: WebhookDesk(store: store, caller: caller, metrics: metrics.webhooks),
            templates: templates,
            metrics: metrics,
            audit: audit,
            logger: self.logger
        )
        try await self.restore(supervisor)
        let start = AuditNotes()
        start.note("version", .text(Troupe.version))
        start.note("agent", .text(self.settings.version.agent))
        audit.record("startServer", bySystemTo: nil, start)
        let transport = self.transport(supervisor, pool, registry)
        try await self.serve([
            .init(service: self.keepAlive(supervisor)),
            .init(service: WatchdogService(watchdog: watchdog)),
            .init(service: StoreService(store: store, logger: self.logger)),
            .init(service: WebhookService(desk: supervisor.webhooks, caller: caller, logger: self.logger)),
            .init(service: TemplateService(shelf: templates)),
            .init(
                service: PoolService(
                    pool: pool,
                    size: self.settings.warm,
                    isMemoryShort: self.settings.supervisor.isMemoryShort
                )
            ),
            .init(service: SupervisorService(supervisor: supervisor)),
            .init(service: KeyUseService(keys: self.settings.transport.keys)),
            .init(service: TransportService(transport: transport)),
            .init(service: self.reload(supervisor)),
            .init(
                service: DrainService(
                    supervisor: supervisor,
                    transport: transport,
                    delay: self.settings.drainDelay,
                    timeout: self.settings.drainTimeout,
                    manager: self.manager,
                    logger: self.logger
                )
            ),
        ])
    }

    /// Every process comes from here: a warm one, or a start that waits its turn.
    private func pool(_ plan: LaunchPlan, _ watchdog: WatchdogGuard) -> WarmPool {
        let starts = StartPacing(
            ProcessRunner(logger: self.logger, watchdog: watchdog),
            maximumStarting: self.settings.maximumStarting
        )
        let isMemoryShort = self.settings.supervisor.isMemoryShort
        return WarmPool(
            runner: starts,
            size: self.settings.warm,
            launch: { plan.warmLaunch() },
            mayStart: { !isMemoryShort() },
            logger: self.logger
        )
    }

    private func openStore() throws -> Store? {
        guard let path = self.settings.storePath else { return nil }
        do {
            return try Store(path: path)
        } catch {
            throw Failure("--store: \(error.detail)")
        }
    }

    private func restore(_ supervisor: Supervisor) async throws {
        do {
            let count = try await supervisor.restore()
            if count > 0 { self.logger.notice("took up stored sessions", metadata: [LogKey.count: "\(count)"]) }
        } catch {
            throw Failure("the store: \(error.detail)")
        }
    }

    private func transport(
        _ supervisor: Supervisor,
        _ pool: WarmPool,
        _ registry: PrometheusRegistry
    ) -> TransportServer {
        let settings = self.settings
        let manager = self.manager
        // Hummingbird's own notes on each connection are of interest to those who look for them only.
        let quiet = Logger(label: "troupe") { _ in
            ThresholdLogHandler(Self.lines(settings), settings.logLevel, floor: .notice)
        }
        return TransportServer(
            Self.withinDescriptors(settings.transport),
            supervisor: supervisor,
            pool: settings.warm > 0 ? pool : nil,
            version: settings.version,
            registry: registry,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        ) { port in
            let scheme = settings.transport.tls == nil ? "http" : "https"
            let base = settings.transport.clients.base.path
            print("troupe \(Troupe.version) listens on \(scheme)://\(settings.transport.host):\(port)\(base)")
            let keys = settings.transport.keys.all.count
            print(
                settings.transport.keys.isRequired
                    ? "keys: \(keys)" : "keys: none, whoever reaches it may do everything"
            )
            print("agent: \(settings.plan.executable) (\(settings.version.agent))")
            fflush(nil)
            manager.tell(.ready(status: "serving on \(scheme)://\(settings.transport.host):\(port)"))
        }
    }

    private func keepAlive(_ supervisor: Supervisor) -> KeepAliveService {
        KeepAliveService(
            manager: self.manager,
            supervisor: supervisor,
            loops: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// What SIGHUP brings up to date, in this order.
    private func reload(_ supervisor: Supervisor) -> ReloadService {
        let settings = self.settings
        var parts = [
            ReloadPart(name: "settings") { values in
                settings.takeUp(values)
                await supervisor.update { ServerSettings.setLimits(of: &$0, values) }
                return []
            }
        ]
        parts.append(ReloadPart(name: "keys") { _ in try settings.transport.keys.reload() })
        if let certificates = settings.transport.tls {
            parts.append(
                ReloadPart(name: "certificate") { _ in
                    let before = certificates.current.summary
                    try certificates.reload()
                    let after = certificates.current.summary
                    return before == after ? [] : ["\(before) -> \(after)"]
                }
            )
        }
        parts.append(
            ReloadPart(name: "templates") { _ in
                // What has changed and what is broken the shelf tells itself.
                _ = supervisor.templates.reload()
                return []
            }
        )
        return ReloadService(
            values: settings.values,
            read: self.read,
            parts: parts,
            manager: self.manager,
            audit: supervisor.audit,
            logger: self.logger
        )
    }

    private func serve(_ services: [ServiceGroupConfiguration.ServiceConfiguration]) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: self.logger
        )
        // The drain, then five seconds each for EOF and SIGTERM of the agents, and some to tidy up.
        let drain = self.settings.drainDelay + self.settings.drainTimeout
        configuration.maximumGracefulShutdownDuration = drain + .seconds(15)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("stopped: \(error)")
        }
    }

    /// Leaves a quarter of the descriptors to sessions and files, whatever the options say.
    private static func withinDescriptors(_ transport: TransportServer.Configuration) -> TransportServer.Configuration {
        var (transport, limit) = (transport, rlimit())
        guard getrlimit(Self.files, &limit) == 0 else { return transport }
        let share = Int(clamping: limit.rlim_cur) / 4 * 3
        transport.limits.maximumConnections = min(transport.limits.maximumConnections, max(1, share))
        return transport
    }

    /// Takes as many descriptors as the system gives: a stream needs one, a session six.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(Self.files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(Self.files, &limit)
    }
}
