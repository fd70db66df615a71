import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore

/// The paths that clinvoker, claude-code-api and mcp-coding-agents all have, where nothing says whose client asks
/// (docs/surfaces/shared.md).
struct SharedRoutes {
    private static let prefer = HTTPField.Name("Prefer")

    let codingAgents: CodingAgentsRoutes
    let codeAPI: CodeAPISettings

    private var sessions: SurfaceSessions { self.codingAgents.sessions }

    func add(to endpoints: Endpoints) {
        endpoints.on(.shared, .get, "api/v1/sessions", "sharedListSessions", needs: .read, use: self.list)
        endpoints.on(
            .shared,
            .post,
            "api/v1/sessions",
            "sharedCreateSession",
            needs: .send,
            class: .work,
            use: self.create
        )
        endpoints.on(.shared, .get, "api/v1/sessions/:id", "sharedGetSession", needs: .read, use: self.get)
        endpoints.on(
            .shared,
            .delete,
            "api/v1/sessions/:id",
            "sharedEndSession",
            needs: .send,
            class: .work,
            use: self.end
        )
        endpoints.on(.shared, .get, "api/v1/health", "sharedHealth", needs: nil, class: .open, use: self.health)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let list = try SharedList(request)
        var items: [SharedItem] = []
        for session in await self.sessions.all(for: context.caller) {
            let item = await SharedItem(session)
            if list.fits(item) { items.append(item) }
        }
        return Response.json(.ok, raw: list.page(of: items, context).bytes)
    }

    /// A body with a name is claude-code-api's, any other mcp-coding-agents'; each keeps its own rules.
    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(context)
        let session: Session
        if JSONObject(body)?.raw("name") != nil {
            session = try await CodeAPICreate(
                body,
                self.sessions.supervisor,
                for: context.caller,
                budget: self.codeAPI.maximumCostPerRequest
            ).carryOut(self.sessions, for: context.caller, limit: self.codeAPI.maximumSessionsPerUser)
        } else {
            session = try await Self.asCodingAgents { try await self.codingAgents.make(body, context) }
        }
        let path = context.client.path("/api/v1/sessions/\(session.id)")
        return await Self.answer(.created, SharedItem(session), context, headers: [.location: path])
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try await Self.answer(.ok, SharedItem(self.codingAgents.anySession(context)), context)
    }

    @Sendable private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.codingAgents.anySession(context)
        let isTold = await SharedItem(session).isOfClinvoker || Self.wantsRepresentation(request)
        await session.end(.deleted)
        guard isTold else { return Response(status: .noContent) }
        var body = JSONMembers()
        body.put("deleted", true)
        body.put("id", try CodingAgentsRoutes.id(context))
        return Response.json(.ok, raw: body.bytes)
    }

    @Sendable private func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let health = CodeAPIHealth(self.sessions.supervisor)
        let (active, total) = await self.sessions.supervisor.counts(for: context.caller)
        var counts = JSONMembers()
        counts.put("active", active)
        counts.put("total", total)
        var body = JSONMembers()
        body.put("status", health.status)
        body.put("checks", raw: health.checks)
        body.put("timestamp", Timestamp.now())
        body.put("sessions", counts)
        body.put("meta", raw: CodeAPIEnvelope.meta(context))
        return Response.json(.ok, raw: body.bytes)
    }

    // MARK: Steps

    private static func answer(
        _ status: HTTPResponse.Status,
        _ item: SharedItem,
        _ context: APIContext,
        headers: HTTPFields = [:]
    ) -> Response {
        var body = item.members
        body.put("data", raw: item.data)
        body.put("meta", raw: CodeAPIEnvelope.meta(context))
        return Response.json(status, raw: body.bytes, headers: headers)
    }

    /// What mcp-coding-agents' clients know as a mistake of theirs is 400, where the others have 422.
    private static func asCodingAgents(_ body: () async throws -> Session) async throws -> Session {
        do {
            return try await body()
        } catch {
            let problem = Problem(error)
            guard problem.status == .unprocessableContent else { throw error }
            throw CodingAgentsErrors.invalid(problem.detail)
        }
    }

    /// Whether the client wants a body with its answer (RFC 7240 §4.2).
    private static func wantsRepresentation(_ request: Request) -> Bool {
        if request.uri.queryParameters["representation"] == "1" { return true }
        let preferences = Self.prefer.flatMap { request.headers[$0] }?.split(separator: ",") ?? []
        return preferences.contains { $0.filter { $0 != " " && $0 != "\"" }.lowercased() == "return=representation" }
    }
}
