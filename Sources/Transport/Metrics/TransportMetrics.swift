import Actors
import Metrics

/// What the wire counts; made once for a server.
final class TransportMetrics: Sendable {
    let streams: StreamMetrics
    let requests: RequestMetrics
    let connections: ConnectionMetrics
    /// WebSockets that we closed.
    let webSocketsClosed: CounterSet<StreamCode>
    private let commands: [WebSocketCommand.Operation: (done: Counter, refused: Counter)]

    init(factory: any MetricsFactory) {
        self.streams = StreamMetrics(factory)
        self.requests = RequestMetrics(factory)
        self.connections = ConnectionMetrics(factory)
        self.webSocketsClosed = MetricName.webSocketsClosed.counters("code", factory)
        self.commands = Dictionary(
            uniqueKeysWithValues: WebSocketCommand.Operation.allCases.map { operation in
                func counter(_ outcome: String) -> Counter {
                    MetricName.webSocketCommands.counter(
                        factory,
                        [("operation", operation.rawValue), ("outcome", outcome)]
                    )
                }
                return (operation, (counter("done"), counter("refused")))
            }
        )
    }

    /// A command over a WebSocket was carried out, or was not.
    func commanded(_ operation: WebSocketCommand.Operation, isDone: Bool) {
        let counters = self.commands[operation]
        if isDone { counters?.done.increment() } else { counters?.refused.increment() }
    }
}
