import Storage
import Synchronization

/// What a house has now.
extension Supervisor {
    /// Takes the sums over all sessions into the gauges; called when somebody asks for them.
    package func measure() {
        let figures = self.sessions.values.lazy.map { $0.figures.withLock { $0 } }
        var isReady = self.isReady
        if case .failing(_)? = self.store?.condition { isReady = false }
        self.metrics.gauges.set(
            figures,
            limit: self.maximumSessions,
            waiting: self.admission.waitingCount,
            isReady: isReady,
            store: self.store
        )
        self.jobs.measure()
        self.webhooks.measure()
    }
}
