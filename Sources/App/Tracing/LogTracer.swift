import Agent
import Logging
import Tracing

/// Writes each span as one line of the log when it ends, at debug level (`--trace log`).
///
/// Understands and passes on W3C Trace Context. A tracer that sends spans elsewhere can be bootstrapped in its place.
struct LogTracer: Tracer {
    private static let parentField = "traceparent"
    private static let stateField = "tracestate"

    private let logger: Logger

    /// - Parameter logger: where the lines go.
    init(_ logger: Logger) {
        self.logger = logger
    }

    /// What log lines say beside their own facts where a span is open.
    static let metadata = Logger.MetadataProvider {
        guard let trace = ServiceContext.current?.trace else { return [:] }
        return [LogKey.traceID: "\(trace.traceID)", LogKey.spanID: "\(trace.spanID)"]
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> LogSpan {
        let parent = context()
        return LogSpan(
            operationName,
            parent: parent,
            kind: kind,
            startedAt: instant().nanosecondsSinceEpoch,
            self.logger
        )
    }

    func extract<Carrier, Extract>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract: Extractor, Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: Self.parentField, from: carrier) else { return }
        context.trace = TraceContext(parent: parent, state: extractor.extract(key: Self.stateField, from: carrier))
    }

    func inject<Carrier, Inject>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject: Injector, Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.parent, forKey: Self.parentField, into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: Self.stateField, into: &carrier) }
    }

    /// Every span is written when it ends: nothing waits.
    func forceFlush() {}
}
