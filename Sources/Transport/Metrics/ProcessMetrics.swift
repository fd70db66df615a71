import Actors
import Agent
import Foundation
import Metrics
import Synchronization

/// The server's own process, as `/proc/self` tells it when somebody asks.
final class ProcessMetrics: Sendable {
    private let cpu: FloatingPointCounter
    private let resident: Gauge
    private let virtual: Gauge
    private let openFiles: Gauge
    private let maximumFiles: Gauge
    private let start: Gauge
    /// CPU seconds that were carried over.
    private let lastCPU = Mutex(0.0)

    init(_ factory: any MetricsFactory) {
        self.cpu = MetricName.processCPU.fractions(factory)
        self.resident = MetricName.processResident.gauge(factory)
        self.virtual = MetricName.processVirtual.gauge(factory)
        self.openFiles = MetricName.processOpenFiles.gauge(factory)
        self.maximumFiles = MetricName.processMaximumFiles.gauge(factory)
        self.start = MetricName.processStart.gauge(factory)
    }

    func measure() {
        guard let figures = OwnProcess.figures() else { return }
        self.lastCPU.withLock { last in
            self.cpu.increment(by: figures.cpuSeconds - last)
            last = max(last, figures.cpuSeconds)
        }
        self.resident.record(Double(figures.residentBytes))
        self.virtual.record(Double(figures.virtualBytes))
        self.openFiles.record(figures.openFiles)
        self.maximumFiles.record(figures.maximumFiles)
        self.start.record(figures.startSeconds)
    }
}
