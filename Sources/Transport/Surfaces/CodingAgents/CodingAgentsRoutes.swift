import Actors
import Agent
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The REST API of mcp-coding-agents: sessions, messages, streams (docs/surfaces/coding-agents.md).
struct CodingAgentsRoutes {
    let sessions: SurfaceSessions
    let catalog: ModelCatalog
    let cap: CodingAgentsCap
    private let window: RequestWindow?

    /// - Parameters:
    ///   - sessions: what it works with.
    ///   - catalog: knows the models.
    ///   - settings: what its clients are held to.
    init(sessions: SurfaceSessions, catalog: ModelCatalog, settings: CodingAgentsSettings) {
        self.sessions = sessions
        self.catalog = catalog
        self.cap = CodingAgentsCap(settings.maximumSessions)
        let requests = settings.requestsPerHour
        self.window = requests > 0 ? RequestWindow(requests, in: .seconds(3600), .fixed) : nil
    }

    func add(to endpoints: Endpoints) {
        func on(
            _ method: HTTPRequest.Method,
            _ path: String,
            _ operation: String,
            needs scope: Scope?,
            class: RouteClass = .light,
            orFails code: String,
            use handler: @escaping Endpoints.Handler
        ) {
            endpoints.on(.codingAgents, method, "api/v1/\(path)", operation, needs: scope, class: `class`) {
                try await self.counted(orFails: code, $0, $1, handler)
            }
        }
        on(
            .post,
            "sessions",
            "mcpapiCreateSession",
            needs: .send,
            class: .work,
            orFails: "SESSION_CREATE_FAILED",
            use: self.create
        )
        on(.get, "sessions", "mcpapiListSessions", needs: .read, orFails: "LIST_SESSIONS_FAILED", use: self.list)
        on(.get, "sessions/:id", "mcpapiGetSession", needs: .read, orFails: "GET_SESSION_FAILED", use: self.get)
        on(
            .delete,
            "sessions/:id",
            "mcpapiEndSession",
            needs: .send,
            class: .work,
            orFails: "END_SESSION_FAILED",
            use: self.end
        )
        on(
            .post,
            "sessions/:id/messages",
            "mcpapiSendMessage",
            needs: .send,
            class: .work,
            orFails: "MESSAGE_SEND_FAILED",
            use: self.send
        )
        on(
            .get,
            "sessions/:id/messages",
            "mcpapiListMessages",
            needs: .read,
            orFails: "GET_MESSAGES_FAILED",
            use: self.history
        )
        on(
            .post,
            "sessions/:id/stream",
            "mcpapiStreamMessage",
            needs: .send,
            class: .work,
            orFails: "SSE_SETUP_FAILED",
            use: self.stream
        )
        on(
            .get,
            "sessions/:id/stream",
            "mcpapiStreamPrompt",
            needs: .send,
            class: .work,
            orFails: "SSE_SETUP_FAILED",
            use: self.streamQuery
        )
        on(
            .get,
            "models",
            "mcpapiListModels",
            needs: .read,
            orFails: "LIST_MODELS_FAILED",
            use: self.models
        )
        on(.get, "health", "mcpapiHealth", needs: nil, class: .open, orFails: "HEALTH_FAILED", use: self.apiHealth)
        endpoints.on(.codingAgents, .get, "health", "mcpapiServerHealth", needs: nil, class: .open, use: self.health)
        endpoints.on(.codingAgents, .get, "", "mcpapiInfo", needs: nil, class: .open, use: self.info)
    }

    /// Counts a request in its caller's window, and names its failure as the original does.
    private func counted(
        orFails code: String,
        _ request: Request,
        _ context: APIContext,
        _ handler: Endpoints.Handler
    ) async throws -> Response {
        let window = self.window?.count(context)
        context.facts.window = window
        if let window, !window.isAdmitted {
            var problem = Problem(.tooManyRequests, CodingAgentsErrors.rateLimitExceeded, "Too many requests")
            problem.retryAfter = window.resetsIn
            throw problem
        }
        var response: Response
        do {
            response = try await handler(request, context)
        } catch {
            throw Self.named(error, code, context)
        }
        window?.add(to: &response.headers)
        return response
    }

    /// What stands in the way of the session or the server is a failure of the operation.
    private static func named(_ error: any Error, _ code: String, _ context: APIContext) -> any Error {
        let problem = Problem(error)
        guard [.conflict, .gone, .internalServerError, .serviceUnavailable].contains(problem.status) else {
            return error
        }
        if problem.status == .internalServerError {
            context.logger.error(
                "request failed",
                metadata: [LogKey.error: "\(error)", LogKey.requestID: "\(context.requestID)"]
            )
        }
        var named = Problem(problem.status, code, problem.detail)
        named.retryAfter = problem.retryAfter
        return named
    }

    /// The session that a path names, by any of its names.
    func session(_ context: APIContext) async throws -> Session {
        let id = try Self.id(context)
        do {
            return try await self.sessions.find(id, for: context.caller)
        } catch {
            throw Self.notFound(id)
        }
    }

    /// What stands in the path for the session.
    static func id(_ context: APIContext) throws -> String {
        let id = try context.parameters.require("id")
        return id.removingPercentEncoding ?? id
    }

    static func notFound(_ id: String) -> Problem {
        Problem(.notFound, "SESSION_NOT_FOUND", "Session \(id) not found")
    }
}

extension RequestWindow.State {
    /// The state as this surface's clients see it: the end in milliseconds since 1970.
    func add(to headers: inout HTTPFields) {
        for field in self.fields(reset: self.resetsAt) { headers[field.name] = field.value }
    }
}
