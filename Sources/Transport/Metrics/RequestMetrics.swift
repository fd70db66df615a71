import Actors
import HTTPTypes
import Metrics
import Synchronization

/// What requests count: by method, the route's template and the class of the status, never by path.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        /// As the router has it; `nil` when none fits.
        let route: String?
    }

    /// What one route counts.
    private struct Counts {
        let duration: Metrics.Timer
        var classes: [Int: Counter] = [:]
    }

    /// Methods that there are; others share a name.
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let factory: any MetricsFactory
    private let counts = Mutex<[Key: Counts]>([:])
    private let running = Atomic(0)
    private let runningGauge: Gauge
    /// Those that were one too many.
    let limited: CounterSet<RouteClass>

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        self.limited = MetricName.requestsLimited.counters("class", factory)
        self.runningGauge = MetricName.requestsRunning.gauge(factory)
    }

    func began() {
        self.running.add(1, ordering: .relaxed)
    }

    /// A request has its answer.
    ///
    /// - Parameters:
    ///   - method: as the client wrote it.
    ///   - route: the template, `nil` when none fits.
    ///   - status: of the answer.
    ///   - time: from the head of the request.
    func ended(_ method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, after time: Duration) {
        self.running.subtract(1, ordering: .relaxed)
        let name = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        // Those without a route share one entry, whatever was asked for.
        let key = Key(method: name, route: route?.hasPrefix("/") == true ? route : nil)
        let statusClass = status.code / 100
        let (timer, counter) = self.counts.withLock { counts in
            var entry =
                counts[key] ?? Counts(duration: MetricName.requestsDuration.timer(self.factory, Self.labels(key)))
            let counter =
                entry.classes[statusClass]
                ?? MetricName.requests.counter(self.factory, Self.labels(key) + [("status", "\(statusClass)xx")])
            entry.classes[statusClass] = counter
            counts[key] = entry
            return (entry.duration, counter)
        }
        counter.increment()
        timer.record(time)
    }

    /// Takes what there is now.
    func measure() {
        self.runningGauge.record(self.running.load(ordering: .relaxed))
    }

    private static func labels(_ key: Key) -> [(String, String)] {
        [("method", key.method), ("route", Self.template(key.route))]
    }

    /// A route as its template is written elsewhere: `/v1/sessions/{id}`.
    static func template(_ route: String?) -> String {
        // The router writes what it has no route for as a word.
        guard let route, route.hasPrefix("/") else { return "none" }
        guard route.contains(":") else { return route }
        return route.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            .joined(separator: "/")
    }
}
