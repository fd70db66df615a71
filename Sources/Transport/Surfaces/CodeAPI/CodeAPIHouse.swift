import Actors
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What the routes of claude-code-api have in common.
struct CodeAPIHouse: Sendable {
    let sessions: SurfaceSessions
    let settings: CodeAPISettings
    /// What the four limited routes count in; `nil` where there is no limit.
    private let window: RequestWindow?

    init(sessions: SurfaceSessions, settings: CodeAPISettings) {
        self.sessions = sessions
        self.settings = settings
        let limit = settings.rateRequests
        self.window = limit > 0 ? RequestWindow(limit, in: settings.rateWindow, .sliding) : nil
    }

    var supervisor: Supervisor { self.sessions.supervisor }

    /// Declares a route that counts against nothing but the server's own limits.
    func on(
        _ endpoints: Endpoints,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ operation: String,
        needs scope: Scope?,
        class: RouteClass = .light,
        use handler: @escaping Endpoints.Handler
    ) {
        endpoints.on(.codeAPI, method, "api/v1/\(path)", operation, needs: scope, class: `class`) { request, context in
            if let window { Self.note(window.state(context), context) }
            return try await handler(request, context)
        }
    }

    /// Declares one of the four routes that are limited as the original limits them.
    func limited(
        _ endpoints: Endpoints,
        _ path: String,
        _ operation: String,
        use handler: @escaping Endpoints.Handler
    ) {
        endpoints.on(.codeAPI, .post, "api/v1/\(path)", operation, needs: .send, class: .work) { request, context in
            if let window {
                let state = window.count(context)
                Self.note(state, context)
                if !state.isAdmitted {
                    var problem = Problem(.rateLimited, "Rate limit exceeded")
                    problem.retryAfter = .seconds(Self.seconds(state))
                    throw problem
                }
            }
            return try await handler(request, context)
        }
    }

    /// The session that a path names, by any of its names.
    func session(_ context: APIContext) async throws -> Session {
        let name = try context.parameters.require("name")
        return try await self.sessions.find(name.removingPercentEncoding ?? name, for: context.caller)
    }

    /// A whole number of the query; one that is none is refused as the original does.
    ///
    /// - Returns: the number within the range, where what lies beyond it is taken for its end.
    static func number(
        _ request: Request,
        _ name: String,
        in range: ClosedRange<Int>,
        default standard: Int
    ) throws(Problem) -> Int {
        guard let text = request.uri.queryParameters[name[...]] else { return standard }
        guard let number = Int(text) else {
            throw Problem(
                .invalidRequest,
                "A parameter of the query is wrong.",
                errors: [Problem.FieldError(pointer: "/\(name)", message: "must be a whole number")]
            )
        }
        return min(max(number, range.lowerBound), range.upperBound)
    }

    /// The user that a request's query names, else the caller's own.
    static func user(_ request: Request, _ context: APIContext) -> String {
        request.uri.queryParameters["user_id"].map(String.init) ?? CodeAPINotes.user(of: context.caller.owner)
    }

    private static func note(_ state: RequestWindow.State, _ context: APIContext) {
        for field in state.fields(reset: Self.seconds(state)) { context.facts.headers[field.name] = field.value }
    }

    /// Whole seconds until there is room again.
    private static func seconds(_ state: RequestWindow.State) -> Int {
        max(1, Int((state.resetsIn / .seconds(1)).rounded(.up)))
    }
}
