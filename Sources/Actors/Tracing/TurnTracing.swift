import Tracing

/// Follows one session's turns as spans, and in each turn its tools.
///
/// There is none where nobody traces, so that it costs nothing there. It reads what the session has read anyway.
struct TurnTracing {
    /// Prompts whose request is remembered until their turn begins.
    private static let maximumWaiting = 64

    private let tracer: any Tracer
    private let session: String
    /// Where the prompts that wait came from, by their ids.
    private var requests: [String: ServiceContext] = [:]
    private var turn: (id: String, span: any Span)?
    /// The open ones, by the CLI's ids.
    private var tools: [String: any Span] = [:]

    /// - Parameters:
    ///   - tracer: the program's; `nil` when nobody traces.
    ///   - session: the session's id.
    init?(_ tracer: (any Tracer)?, session: String) {
        guard let tracer else { return nil }
        self.tracer = tracer
        self.session = session
    }

    /// A prompt was taken in the course of what this task does.
    mutating func promptTaken(_ id: String) {
        guard let context = ServiceContext.current, self.requests.count < Self.maximumWaiting else { return }
        self.requests[id] = context
    }

    /// A prompt will not become a turn.
    mutating func promptGone(_ id: String) {
        self.requests[id] = nil
    }

    mutating func turnBegan(_ turn: Turn) {
        let context = turn.prompt.flatMap { self.requests.removeValue(forKey: $0.id) } ?? .topLevel
        let span = self.tracer.startAnySpan("turn", context: context, ofKind: .internal)
        span.attributes["session.id"] = self.session
        span.attributes["turn.id"] = turn.id
        span.attributes["turn.origin"] = turn.origin.rawValue
        if let prompt = turn.prompt { span.attributes["message.id"] = prompt.id }
        self.turn?.span.end()
        self.turn = (turn.id, span)
    }

    mutating func toolsStarted(_ tools: [(id: String, name: String)]) {
        guard let turn else { return }
        for tool in tools where self.tools[tool.id] == nil {
            let span = self.tracer.startAnySpan("tool", context: turn.span.context, ofKind: .internal)
            span.attributes["session.id"] = self.session
            span.attributes["turn.id"] = turn.id
            span.attributes["tool.name"] = tool.name
            span.attributes["tool.id"] = tool.id
            self.tools[tool.id] = span
        }
    }

    mutating func toolsFinished(_ ids: [String]) {
        for id in ids { self.tools.removeValue(forKey: id)?.end() }
    }

    mutating func turnEnded(_ turn: Turn, _ outcome: TurnOutcome, _ result: TurnResult?) {
        for span in self.tools.values {
            // Its result never came: the turn was stopped, or its process died.
            span.setStatus(SpanStatus(code: .error, message: "unfinished"))
            span.end()
        }
        self.tools = [:]
        guard let open = self.turn, open.id == turn.id else { return }
        self.turn = nil
        open.span.attributes["turn.outcome"] = outcome.rawValue
        if let reason = turn.stopReason { open.span.attributes["turn.stop_reason"] = reason.rawValue }
        if let result {
            open.span.attributes["tokens.input"] = result.usage.inputTokens
            open.span.attributes["tokens.output"] = result.usage.outputTokens
            open.span.attributes["cost.usd"] = result.costUSD
        }
        switch outcome {
        case .failed, .killed: open.span.setStatus(SpanStatus(code: .error))
        case .completed, .interrupted, .budget: break
        }
        open.span.end()
    }
}
