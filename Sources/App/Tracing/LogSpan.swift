import Agent
import Logging
import Synchronization
import Tracing

/// A span that becomes a line of the log.
final class LogSpan: Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var status: SpanStatus?
        var events: [String] = []
        var error: String?
        var isOpen = true
    }

    /// Events of one span that are told; more are not.
    private static let maximumEvents = 32

    let context: ServiceContext
    private let trace: TraceContext
    private let parentID: String?
    private let kind: SpanKind
    private let startedAt: UInt64
    private let logger: Logger
    private let state: Mutex<State>

    init(_ name: String, parent: ServiceContext, kind: SpanKind, startedAt: UInt64, _ logger: Logger) {
        let trace = parent.trace?.child ?? TraceContext()
        var context = parent
        context.trace = trace
        self.context = context
        self.trace = trace
        self.parentID = parent.trace?.spanID
        self.kind = kind
        self.startedAt = startedAt
        self.logger = logger
        self.state = Mutex(State(name: name))
    }

    var operationName: String {
        get { self.state.withLock { $0.name } }
        set { self.state.withLock { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { self.state.withLock { $0.attributes } }
        set { self.state.withLock { $0.attributes = newValue } }
    }

    var isRecording: Bool { self.state.withLock { $0.isOpen } }

    func setStatus(_ status: SpanStatus) {
        self.state.withLock { $0.status = status }
    }

    func addEvent(_ event: SpanEvent) {
        self.state.withLock { if $0.events.count < Self.maximumEvents { $0.events.append(event.name) } }
    }

    func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        self.state.withLock { $0.error = "\(error)" }
    }

    /// Nothing is linked in a line of text.
    func addLink(_ link: SpanLink) {}

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let ended: State? = self.state.withLock { state in
            guard state.isOpen else { return nil }
            state.isOpen = false
            return state
        }
        guard let ended else { return }
        let nanoseconds = instant().nanosecondsSinceEpoch
        let milliseconds = nanoseconds > self.startedAt ? (nanoseconds - self.startedAt) / 1_000_000 : 0
        self.logger.debug("span", metadata: self.metadata(ended, milliseconds))
    }

    private func metadata(_ state: State, _ milliseconds: UInt64) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            LogKey.spanName: "\(state.name)",
            LogKey.spanKind: "\(self.kind)",
            LogKey.traceID: "\(self.trace.traceID)",
            LogKey.spanID: "\(self.trace.spanID)",
            LogKey.duration: .stringConvertible(Int(clamping: milliseconds)),
        ]
        if let parentID { metadata[LogKey.spanParent] = "\(parentID)" }
        if let status = state.status { metadata["span.status"] = "\(status.code)" }
        if let message = state.status?.message { metadata["span.status_message"] = "\(message)" }
        if let error = state.error { metadata[LogKey.error] = "\(error)" }
        if !state.events.isEmpty { metadata["span.events"] = .array(state.events.map { "\($0)" }) }
        state.attributes.forEach { name, value in metadata[name] = Self.value(value) }
        return metadata
    }

    private static func value(_ attribute: SpanAttribute) -> Logger.MetadataValue {
        switch attribute {
        case .int32(let number): .stringConvertible(Int(number))
        case .int64(let number): .stringConvertible(Int(number))
        case .double(let number): "\(number)"
        case .bool(let flag): .stringConvertible(flag)
        case .string(let text): "\(text)"
        case .stringArray(let texts): .array(texts.map { "\($0)" })
        case .stringConvertible(let value): "\(value)"
        default: "\(attribute)"
        }
    }
}
