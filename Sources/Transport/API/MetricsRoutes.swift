import Actors
import Agent
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore

/// `GET /metrics`: everything that is counted, as Prometheus text.
struct MetricsRoutes {
    private let registry: PrometheusRegistry
    private let supervisor: Supervisor
    private let fanout: Fanout
    private let metrics: TransportMetrics
    private let gate: ConnectionGate
    private let process: ProcessMetrics
    private let isOpen: Bool
    private let pool: (pool: WarmPool, ready: Gauge, starting: Gauge)?

    /// - Parameters:
    ///   - registry: what it shows.
    ///   - supervisor: whose sessions are summed up.
    ///   - fanout: whose streams are.
    ///   - metrics: what the wire counts.
    ///   - gate: where connections are counted.
    ///   - pool: the processes kept ready, if there are any.
    ///   - version: what runs.
    ///   - isOpen: whether it wants no key.
    init(
        _ registry: PrometheusRegistry,
        supervisor: Supervisor,
        fanout: Fanout,
        metrics: TransportMetrics,
        gate: ConnectionGate,
        pool: WarmPool?,
        version: ServerVersion,
        isOpen: Bool
    ) {
        self.isOpen = isOpen
        self.registry = registry
        self.supervisor = supervisor
        self.fanout = fanout
        self.metrics = metrics
        self.gate = gate
        self.process = ProcessMetrics(registry)
        self.pool = pool.map { pool in
            func gauge(_ state: String) -> Gauge { MetricName.poolProcesses.gauge(registry, [("state", state)]) }
            return (pool, gauge("ready"), gauge("starting"))
        }
        MetricName.build.gauge(registry, [("version", version.troupe), ("agent", version.agent)]).record(1)
    }

    func add(to endpoints: Endpoints) {
        endpoints.root(.get, "metrics", "getMetrics", needs: self.isOpen ? nil : .admin, use: self.scrape)
    }

    @Sendable private func scrape(_ request: Request, _ context: APIContext) async throws -> Response {
        await self.supervisor.measure()
        await self.fanout.measure()
        self.metrics.requests.measure()
        self.metrics.connections.set(open: self.gate.count)
        self.process.measure()
        if let pool {
            let status = pool.pool.status
            pool.ready.record(status.ready)
            pool.starting.record(status.starting)
        }
        return Response(
            status: .ok,
            headers: [.contentType: PrometheusRegistry.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: self.registry.text())
        )
    }
}
