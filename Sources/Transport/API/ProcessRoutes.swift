import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// What is done with a session's process, and what it is asked: hibernate, wake, restart, rewind, the use of its context,
/// its MCP servers, commands and models (API.md, Sessions).
struct ProcessRoutes {
    let sessions: SessionRoutes

    func add(to endpoints: Endpoints) {
        endpoints.on(
            .post,
            "sessions/:id/hibernate",
            "hibernateSession",
            needs: .send,
            class: .work,
            use: self.hibernate
        )
        endpoints.on(.post, "sessions/:id/wake", "wakeSession", needs: .send, class: .work, use: self.wake)
        endpoints.on(.post, "sessions/:id/restart", "restartSession", needs: .send, class: .work, use: self.restart)
        endpoints.on(.post, "sessions/:id/rewind", "rewindSession", needs: .send, class: .work, use: self.rewind)
        endpoints.on(.get, "sessions/:id/context", "getContextUse", needs: .read, class: .work, use: self.contextUse)
        endpoints.on(.get, "sessions/:id/mcp", "getMcpStatus", needs: .read, class: .work, use: self.mcpStatus)
        endpoints.on(.get, "sessions/:id/agent", "getAgentFacts", needs: .read, use: self.facts)
    }

    @Sendable private func hibernate(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.bare(request, context)
        try await session.hibernate()
        return await Response.json(.ok, session.summary())
    }

    @Sendable private func wake(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.bare(request, context)
        try await session.wake()
        return await Response.json(.accepted, session.summary())
    }

    @Sendable private func restart(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.bare(request, context)
        try await session.restart()
        return await Response.json(.accepted, session.summary())
    }

    @Sendable private func rewind(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        var fields = try await RequestFields(request.json(context))
        let rewind = try RewindRequest(&fields)
        try await session.rewind(to: rewind.message)
        return await Response.json(.ok, session.summary())
    }

    /// The summary: the full answer makes two dozen calls to the API (PROTOCOL §5.2).
    @Sendable private func contextUse(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.sessions.session(context)
        let use = try await session.ask("get_context_usage", ByteBuffer(string: "{\"detail\":\"summary\"}"))
        return Response.json(.ok, raw: use ?? ByteBuffer(string: "{}"))
    }

    @Sendable private func mcpStatus(_ request: Request, _ context: APIContext) async throws -> Response {
        let status = try await self.sessions.session(context).ask("mcp_status")
        return Response.json(.ok, raw: status ?? ByteBuffer(string: "{}"))
    }

    @Sendable private func facts(_ request: Request, _ context: APIContext) async throws -> Response {
        try await Response.json(.ok, raw: self.sessions.session(context).agentFacts())
    }

    /// The session of a request whose body says nothing.
    private func bare(_ request: Request, _ context: APIContext) async throws -> Session {
        var fields = try await RequestFields(request.json(context))
        try fields.finish()
        return try await self.sessions.session(context)
    }
}
