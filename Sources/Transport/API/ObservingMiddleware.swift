import Actors
import Agent
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Tracing

/// Stands around everything a request goes through: counts it, follows it as a span, and notes it at debug level.
///
/// Until the head of the answer: a stream may go on for hours after that.
struct ObservingMiddleware: RouterMiddleware {
    let metrics: RequestMetrics
    /// `nil` when nobody traces.
    let tracer: (any Tracer)?

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        self.metrics.began()
        let response: Response
        do {
            response = try await self.follow(request, context, next)
        } catch {
            self.note(request, context, .internalServerError, since: start)
            throw error
        }
        self.note(request, context, response.status, since: start)
        return response
    }

    private func note(
        _ request: Request,
        _ context: APIContext,
        _ status: HTTPResponse.Status,
        since start: ContinuousClock.Instant
    ) {
        let time = start.duration(to: .now)
        let route = context.endpointPath
        self.metrics.ended(request.method, route: route, status: status, after: time)
        context.logger.debug(
            "request",
            metadata: {
                var metadata: Logger.Metadata = [
                    LogKey.requestID: "\(context.facts.requestID)",
                    LogKey.requestMethod: "\(request.method.rawValue)",
                    LogKey.requestRoute: "\(RequestMetrics.template(route))",
                    LogKey.status: .stringConvertible(status.code),
                    LogKey.duration: .stringConvertible(Int(time / .milliseconds(1))),
                ]
                if let key = context.facts.keyID { metadata[LogKey.keyID] = "\(key)" }
                return metadata
            }()
        )
    }

    /// Within a span, if somebody traces: a child of the client's, if it names one (W3C Trace Context).
    private func follow(
        _ request: Request,
        _ context: APIContext,
        _ next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let tracer else { return try await next(request, context) }
        var parent = ServiceContext.topLevel
        tracer.extract(request.headers, into: &parent, using: FieldExtractor())
        let span = tracer.startAnySpan("request", context: parent, ofKind: .server)
        defer { span.end() }
        span.attributes["http.request.method"] = request.method.rawValue
        let response = try await ServiceContext.withValue(span.context) { try await next(request, context) }
        // Neither path nor query: they may hold what is nobody's business.
        let route = RequestMetrics.template(context.endpointPath)
        span.operationName = "\(request.method.rawValue) \(route)"
        span.attributes["http.route"] = route
        span.attributes["http.response.status_code"] = Int(response.status.code)
        span.attributes["request.id"] = context.facts.requestID
        if let key = context.facts.keyID { span.attributes["key.id"] = key }
        if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
        return response
    }
}

/// Reads a tracer's fields from a request's.
struct FieldExtractor: Extractor {
    func extract(key: String, from fields: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { fields[$0] }
    }
}
