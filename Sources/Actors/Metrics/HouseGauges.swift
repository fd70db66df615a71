import Metrics
import Storage
import Synchronization

/// What a house has now: sums over its sessions, taken when somebody asks, so that they cannot drift.
struct HouseGauges: Sendable {
    private let sessions: [SessionState: Gauge]
    private let limit: Gauge
    private let processes: Gauge
    private let waiting: Gauge
    private let queued: Gauge
    private let approvals: Gauge
    private let ready: Gauge
    private let storeHealthy: Gauge
    private let store: StoreMeter

    init(_ factory: any MetricsFactory) {
        self.sessions = Dictionary(
            uniqueKeysWithValues: SessionState.allCases.map {
                ($0, MetricName.sessions.gauge(factory, [("state", $0.rawValue)]))
            }
        )
        self.limit = MetricName.sessionsLimit.gauge(factory)
        self.processes = MetricName.processesRunning.gauge(factory)
        self.waiting = MetricName.admissionsWaiting.gauge(factory)
        self.queued = MetricName.promptsQueued.gauge(factory)
        self.approvals = MetricName.approvalsPending.gauge(factory)
        self.ready = MetricName.serverReady.gauge(factory)
        self.storeHealthy = MetricName.storeHealthy.gauge(factory)
        self.store = StoreMeter(factory)
    }

    /// Takes the sums.
    func set(_ figures: some Sequence<SessionFigures>, limit: Int, waiting: Int, isReady: Bool, store: Store?) {
        var states: [SessionState: Int] = [:]
        var sum = SessionFigures()
        for one in figures {
            states[one.state, default: 0] += 1
            sum.processes += one.processes
            sum.queued += one.queued
            sum.approvals += one.approvals
        }
        for (state, gauge) in self.sessions { gauge.record(states[state] ?? 0) }
        self.limit.record(limit)
        self.waiting.record(waiting)
        self.processes.record(sum.processes)
        self.queued.record(sum.queued)
        self.approvals.record(sum.approvals)
        self.ready.record(isReady ? 1 : 0)
        self.storeHealthy.record(store?.isHealthy ?? true ? 1 : 0)
        if let store { self.store.take(store.counts) }
    }
}

/// What one session adds to the sums.
struct SessionFigures: Sendable {
    var state = SessionState.starting
    var processes = 0
    var queued = 0
    var approvals = 0
}

/// Carries the store's own counts over into counters.
private final class StoreMeter: Sendable {
    private let commits: Counter
    private let seconds: FloatingPointCounter
    private let failures: Counter
    private let refused: Counter
    private let dropped: Counter
    /// What was carried over.
    private let last = Mutex(StoreCounts())

    init(_ factory: any MetricsFactory) {
        self.commits = MetricName.storeCommits.counter(factory)
        self.seconds = MetricName.storeCommitSeconds.fractions(factory)
        self.failures = MetricName.storeFailures.counter(factory)
        self.refused = MetricName.storeRefused.counter(factory)
        self.dropped = MetricName.storeDropped.counter(factory)
    }

    func take(_ counts: StoreCounts) {
        self.last.withLock { last in
            // Two who ask at once may come in the wrong order.
            guard counts.commits >= last.commits, counts.failures >= last.failures else { return }
            self.commits.increment(by: counts.commits - last.commits)
            self.seconds.increment(by: (counts.commitTime - last.commitTime) / .seconds(1))
            self.failures.increment(by: counts.failures - last.failures)
            self.refused.increment(by: counts.refused - last.refused)
            self.dropped.increment(by: counts.droppedEvents - last.droppedEvents)
            last = counts
        }
    }
}

extension Store {
    fileprivate var isHealthy: Bool {
        if case .healthy = self.condition { true } else { false }
    }
}
