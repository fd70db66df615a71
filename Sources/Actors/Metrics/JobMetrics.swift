package import Metrics

/// How a job ended.
package enum JobEnd: String, MetricValue {
    case succeeded, failed, cancelled

    /// `nil` for one that waits or runs.
    init?(_ state: Job.State) {
        switch state {
        case .queued, .running: return nil
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }
}

/// What jobs count; made once for a house.
package struct JobMetrics: Sendable {
    /// How they ended.
    package let ended: CounterSet<JobEnd>
    /// From their start to their end.
    package let duration: Metrics.Timer
    /// Those that wait or run now.
    package let waiting: Gauge

    /// - Parameter factory: the back end; by default the one the program was started with.
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.ended = MetricName.jobsEnded.counters("outcome", factory)
        self.duration = MetricName.jobsDuration.timer(factory)
        self.waiting = MetricName.jobsWaiting.gauge(factory)
    }

    /// Jobs have moved; those that have ended are counted.
    func moved(_ jobs: [Job]) {
        for job in jobs {
            guard let end = JobEnd(job.state) else { continue }
            self.ended.increment(end)
            if let time = job.runningTime { self.duration.record(time) }
        }
    }
}
