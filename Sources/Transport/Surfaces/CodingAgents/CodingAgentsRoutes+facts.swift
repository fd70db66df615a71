import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// What the server says of itself.
extension CodingAgentsRoutes {
    private static let endpoints = [
        "POST /api/v1/sessions", "GET /api/v1/sessions", "GET /api/v1/sessions/:id", "DELETE /api/v1/sessions/:id",
        "POST /api/v1/sessions/:id/messages", "GET /api/v1/sessions/:id/messages", "POST /api/v1/sessions/:id/stream",
        "GET /api/v1/models", "GET /api/v1/health",
    ]

    /// The models that the CLI offers.
    @Sendable func models(_ request: Request, _ context: APIContext) async throws -> Response {
        // The server's own choice has no name here: it is what a session without a model gets.
        let models = await self.catalog.models(for: context.caller).filter { $0 != ModelCatalog.server }
        var body = JSONMembers()
        body.put(
            "models",
            array: models.map { known in
                var model = JSONMembers()
                model.put("id", known.id)
                model.put("name", known.name)
                return model.bytes
            }
        )
        return Response.json(.ok, raw: body.bytes)
    }

    @Sendable func info(_ request: Request, _ context: APIContext) async throws -> Response {
        var code = JSONMembers()
        code.put("endpoint", "/api/v1")
        code.put("documentation", "/api-docs")
        code.put("endpoints", Self.endpoints)
        var apis = JSONMembers()
        apis.put("claudeCode", code)
        var body = JSONMembers()
        body.put("name", "@kadreio/mcp-claude-code")
        body.put("version", "1.0.0")
        body.put("transport", "HTTP")
        body.put("apis", apis)
        return Response.json(.ok, raw: body.bytes)
    }

    /// `/api/v1/health`: the caller's sessions, as nobody else's are anybody's business.
    @Sendable func apiHealth(_ request: Request, _ context: APIContext) async throws -> Response {
        var counts = JSONMembers()
        let (active, total) = await self.sessions.supervisor.counts(for: context.caller)
        counts.put("active", active)
        counts.put("total", total)
        var body = JSONMembers()
        body.put("status", "healthy")
        body.put("timestamp", Timestamp.now())
        body.put("sessions", counts)
        return Response.json(.ok, raw: body.bytes)
    }

    /// `/health`.
    @Sendable func health(_ request: Request, _ context: APIContext) async throws -> Response {
        func api(_ isEnabled: Bool, _ endpoint: String) -> JSONMembers {
            var api = JSONMembers()
            api.put("enabled", isEnabled)
            api.put("endpoint", endpoint)
            return api
        }
        var apis = JSONMembers()
        apis.put("mcp", api(false, "/mcp"))
        apis.put("claudeCode", api(true, "/api/v1"))
        var body = JSONMembers()
        body.put("status", "OK")
        body.put("service", "MCP Server")
        body.put("transport", "HTTP")
        body.put("timestamp", Timestamp.now())
        body.put("activeSessions", await self.sessions.supervisor.counts(for: context.caller).active)
        body.put("apis", apis)
        return Response.json(.ok, raw: body.bytes)
    }
}
