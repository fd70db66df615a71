import Actors
import Tracing

/// Those who look on at everything that comes over the wire.
struct Observation: Sendable {
    let metrics: TransportMetrics
    let recorder: ActRecorder
    /// `nil` when nobody traces.
    let tracer: (any Tracer)?

    /// Follows something as a span, if somebody traces; what it does belongs to it.
    func span<Value>(_ name: String, _ body: () async throws -> Value) async rethrows -> Value {
        guard let tracer else { return try await body() }
        let span = tracer.startAnySpan(name, context: .topLevel, ofKind: .server)
        defer { span.end() }
        return try await ServiceContext.withValue(span.context) { try await body() }
    }
}
