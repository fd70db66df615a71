/// The keys of what log lines say beside their message: dotted, and the same everywhere.
///
/// The message is a constant sentence. What a person wrote, tokens and environments are in neither.
package enum LogKey {
    package static let error = "error"
    package static let code = "error.code"
    package static let reason = "reason"
    package static let count = "count"
    package static let delay = "delay"
    package static let timeout = "timeout"
    package static let duration = "duration_ms"

    package static let sessionID = "session.id"
    package static let sessionState = "session.state"
    package static let turnID = "turn.id"

    package static let requestID = "request.id"
    package static let requestMethod = "request.method"
    package static let requestRoute = "request.route"
    package static let status = "response.status"
    package static let keyID = "key.id"

    package static let webhookID = "webhook.id"
    package static let deliveryID = "delivery.id"
    package static let deliveryState = "delivery.state"
    package static let eventType = "event.type"
    package static let template = "template"
    package static let templateFile = "template.file"
    package static let templatesAdded = "templates.added"
    package static let templatesChanged = "templates.changed"
    package static let templatesRemoved = "templates.removed"

    package static let traceID = "trace.id"
    package static let spanID = "span.id"
    package static let spanParent = "span.parent"
    package static let spanName = "span.name"
    package static let spanKind = "span.kind"

    package static let agentPID = "agent.pid"
    package static let agentSurvivors = "agent.survivors"
    package static let agentSwept = "agent.swept"
    package static let exitCode = "exit.code"
    package static let exitSignal = "exit.signal"
    package static let watchdogPID = "watchdog.pid"
}
