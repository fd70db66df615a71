import Actors
import Agent
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Synchronization
import Testing

@testable import Transport

/// The whole server on a free port of the loopback, over a `TestAgent`.
struct TestServer: Sendable {
    struct Settings {
        var transport = TransportServer.Configuration()
        var supervisor = Supervisor.Configuration()
        var plan = LaunchPlan(executable: "/none", defaultDirectory: "/home/secret")
        /// Whether the connections of the test are still there when the server stops.
        var keepsConnections = false
        /// What survives the server; runs for as long as it.
        var store: Store?
        /// What webhooks may call beside the public internet.
        var webhookTargets: [String] = []
        var webhookLimits = WebhookLimits()
        var callLimits = HTTPWebhookCaller.Limits()
        var templates: (any TemplateSource)?

        init() {
            self.transport.port = 0
            self.transport.fanout.drainSpread = .milliseconds(10)
        }
    }

    private final class Connections: Sendable {
        let open = Mutex<[RawConnection]>([])
    }

    private struct ServiceOf: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws {
            try await self.body()
        }
    }

    let port: Int
    let agent: TestAgent
    let supervisor: Supervisor
    let transport: TransportServer
    private let connections = Connections()

    private init(port: Int, agent: TestAgent, supervisor: Supervisor, transport: TransportServer) {
        self.port = port
        self.agent = agent
        self.supervisor = supervisor
        self.transport = transport
    }

    /// Runs a server for as long as `body` does, then drains it as the program does.
    static func with(
        _ agent: TestAgent = TestAgent(),
        configure: (inout Settings) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        var settings = Settings()
        configure(&settings)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let registry = PrometheusRegistry()
        let caller = HTTPWebhookCaller(
            policy: AddressPolicy(allowing: settings.webhookTargets.compactMap { AddressPolicy.Exception($0) }),
            limits: settings.callLimits,
            version: "1",
            eventLoopGroup: loops
        )
        let metrics = ActorMetrics(factory: registry)
        let webhooks = WebhookDesk(
            limits: settings.webhookLimits,
            store: settings.store,
            caller: caller,
            metrics: metrics.webhooks
        )
        let templates = TemplateShelf(source: settings.templates, logger: logger)
        _ = templates.reload()
        let supervisor = Supervisor(
            configuration: settings.supervisor,
            plan: settings.plan,
            runner: agent,
            store: settings.store,
            webhooks: webhooks,
            templates: templates,
            metrics: metrics,
            audit: .chained(store: settings.store),
            logger: logger
        )
        let listening = loops.next().makePromise(of: Int.self)
        let transport = TransportServer(
            settings.transport,
            supervisor: supervisor,
            version: ServerVersion(troupe: "1", agent: "2"),
            registry: registry,
            eventLoopGroup: loops,
            logger: logger
        ) { listening.succeed($0) }
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: ServiceOf {
                        let sender = WebhookSender(desk: webhooks, logger: logger)
                        await cancelWhenGracefulShutdown { await sender.run() }
                        await caller.shutDown()
                    }
                ),
                .init(service: ServiceOf { await supervisor.run() }),
                .init(service: ServiceOf { try await transport.run() }),
                .init(
                    service: ServiceOf {
                        try? await gracefulShutdown()
                        await transport.closeStreams()
                    }
                ),
            ],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        let services = ServiceGroup(configuration: configuration)
        let keepsConnections = settings.keepsConnections
        let store = settings.store
        let writer = store.map { store in Task { await store.run() } }
        try await withThrowingTaskGroup { group in
            group.addTask { try await services.run() }
            let port = try await listening.futureResult.get()
            let server = TestServer(port: port, agent: agent, supervisor: supervisor, transport: transport)
            let result: Result<Void, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            if !keepsConnections { server.connections.open.withLock { $0 }.forEach { $0.close() } }
            let start = ContinuousClock.now
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            let took = ContinuousClock.now - start
            #expect(took < .seconds(10), "the server took \(took) to stop")
            store?.finish()
            await writer?.value
            try await loops.shutdownGracefully()
            try result.get()
        }
    }

    /// A session that is ready for prompts.
    @discardableResult
    func session(_ id: String = "s1", timeToLive: Duration? = nil) async throws -> Session {
        var options = SessionOptions()
        options.id = id
        options.timeToLive = timeToLive
        let session = try await self.supervisor.create(options)
        try await eventually("the session is ready") { await session.summary().state == .idle }
        return session
    }

    func viewers(_ id: String = "s1") async throws -> Int {
        try await self.supervisor.session(id).summary().viewers
    }

    func connect(
        receiveBuffer: Int? = nil,
        isReading: Bool = true,
        cutAfter: Int? = nil
    ) async throws -> RawConnection {
        let connection = try await RawConnection(
            port: self.port,
            receiveBuffer: receiveBuffer,
            isReading: isReading,
            cutAfter: cutAfter
        )
        self.connections.open.withLock { $0.append(connection) }
        return connection
    }

    /// One request on a connection of its own.
    func request(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPClient.Response {
        var client = HTTPClient(try await self.connect())
        try await client.send(method, path, body, headers: headers)
        let response = try await client.response(isHead: method == "HEAD")
        client.connection.close()
        return response
    }
}

struct TestTimeout: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition that nothing announces; throws when it does not come true in time.
func eventually(
    _ what: String,
    within patience: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TestTimeout(description: "not in time: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
