import Actors
import HTTPTypes
import Hummingbird

/// The routes as they are declared, each behind the gate.
///
/// Used while the server is put together, by one task.
final class Endpoints {
    typealias Handler = @Sendable (Request, APIContext) async throws -> Response

    private let router: Router<APIContext>
    private let gate: Gate
    private let recorder: ActRecorder
    /// All of them, in the order of their declaration.
    private(set) var declared: [Endpoint] = []

    init(_ router: Router<APIContext>, gate: Gate, recorder: ActRecorder) {
        self.recorder = recorder
        self.router = router
        self.gate = gate
    }

    /// Declares a route below `/v1`.
    ///
    /// - Parameters:
    ///   - method: GET makes a HEAD as well.
    ///   - path: without `/v1`, with its parameters, as `sessions/:id`.
    ///   - operation: its `operationId`.
    ///   - scope: what a caller needs; `nil` for nothing, not even a key.
    ///   - class: what it counts as.
    ///   - isForViewers: whether the holder of a viewer link may call it.
    ///   - handler: answers it.
    func on(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ operation: String,
        needs scope: Scope?,
        class: RouteClass = .light,
        isForViewers: Bool = false,
        use handler: @escaping Handler
    ) {
        self.root(
            method,
            "v1/\(path)",
            operation,
            needs: scope,
            class: `class`,
            isForViewers: isForViewers,
            use: handler
        )
    }

    /// The same for a route of another system's API.
    ///
    /// Its path is as the system's clients call it, without the slash before it: `api/v1/prompt`.
    func on(
        _ surface: Surface,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ operation: String,
        needs scope: Scope?,
        class: RouteClass = .light,
        use handler: @escaping Handler
    ) {
        self.root(
            method,
            path.isEmpty ? surface.root : "\(surface.root)/\(path)",
            operation,
            needs: scope,
            class: `class`,
            surface: surface,
            use: handler
        )
    }

    /// The same for a route that is not below `/v1`.
    func root(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ operation: String,
        needs scope: Scope?,
        class: RouteClass = .light,
        isForViewers: Bool = false,
        surface: Surface? = nil,
        use handler: @escaping Handler
    ) {
        let endpoint = Endpoint(
            method: method,
            path: "/\(path)",
            operation: operation,
            scope: scope,
            class: `class`,
            isForViewers: isForViewers,
            surface: surface
        )
        self.declared.append(endpoint)
        let (gate, recorder) = (self.gate, self.recorder)
        self.router.on(RouterPath(path), method: method) { request, context in
            var context = context
            context.endpoint = endpoint
            let caller: Caller
            do throws(Problem) {
                caller = try gate.admit(request, to: endpoint, context)
            } catch {
                if endpoint.isAct, let known = context.facts.caller {
                    recorder.refused(operation, known, .http, context.requestID, error)
                }
                throw error
            }
            context.caller = caller
            context.isInForce = { gate.authenticator.keys.isInForce(caller) }
            try gate.count(caller, endpoint, context)
            // A prompt with its images is only ever work.
            if endpoint.class != .work {
                context.maxUploadSize = min(context.maxUploadSize, gate.maximumSmallBodyBytes)
            }
            // For as long as the handler has the body; what it answers with may last longer.
            let body = BodyBudget.Share(of: gate.bodies)
            defer { body.release() }
            context.body = body
            if endpoint.class == .stream, let place = try gate.meter.place(for: caller) {
                return try await handler(request, context).holding(place)
            }
            guard endpoint.isAct else { return try await handler(request, context) }
            return try await recorder.record(operation, by: caller, origin: .http, request: context.requestID) {
                try await handler(request, context)
            }
        }
    }
}
