import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// Sessions: make, list, look, end.
extension CodingAgentsRoutes {
    @Sendable func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.make(request.json(context), context)
        return await Response.json(.created, raw: CodingAgentsSession(session).created)
    }

    /// Makes the session that a body asks for.
    func make(_ body: ByteBuffer, _ context: APIContext) async throws -> Session {
        let create = try CodingAgentsCreate(body, for: context.caller)
        return try await self.cap.hold(create.options.id ?? "", for: context.caller, self.sessions) {
            try await self.sessions.create(create.options, for: context.caller)
        }
    }

    /// Every session of the caller, whoever made it; last used first.
    @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
        var items: [ByteBuffer] = []
        for session in await self.sessions.all(for: context.caller) {
            let item = await CodingAgentsSession(session)
            if item.status == "active" { items.append(item.item) }
        }
        var body = JSONMembers()
        body.put("sessions", array: items)
        body.put("total", items.count)
        return Response.json(.ok, raw: body.bytes)
    }

    @Sendable func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try await Response.json(.ok, raw: CodingAgentsSession(self.anySession(context)).whole)
    }

    @Sendable func end(_ request: Request, _ context: APIContext) async throws -> Response {
        // One that has ended is ended again without ado, as long as it is remembered.
        try await self.anySession(context).end(.deleted)
        return Response(status: .noContent)
    }

    /// The same as `session`, one that has ended and is remembered included.
    func anySession(_ context: APIContext) async throws -> Session {
        let id = try Self.id(context)
        if let session = try? await self.sessions.find(id, for: context.caller) { return session }
        do {
            return try await self.sessions.supervisor.session(id, for: context.caller)
        } catch {
            throw Self.notFound(id)
        }
    }
}
