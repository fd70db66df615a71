import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/sessions` of claude-code-api: sessions by name.
struct CodeAPISessions {
    /// Sessions on a page at most.
    private static let pageLimit = 100

    let house: CodeAPIHouse

    func add(to endpoints: Endpoints) {
        self.house.limited(endpoints, "sessions", "ccaCreateSession", use: self.create)
        self.house.on(endpoints, .get, "sessions", "ccaListSessions", needs: .read, use: self.list)
        self.house.on(endpoints, .get, "sessions/:name", "ccaGetSession", needs: .read, use: self.get)
        self.house.on(
            endpoints,
            .delete,
            "sessions/:name",
            "ccaDeleteSession",
            needs: .send,
            class: .work,
            use: self.remove
        )
        self.house.on(
            endpoints,
            .post,
            "sessions/:name/repo",
            "ccaMoveSession",
            needs: .send,
            class: .work,
            use: self.move
        )
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let create = try await CodeAPICreate(
            request.json(context),
            self.house.supervisor,
            for: context.caller,
            budget: self.house.settings.maximumCostPerRequest
        )
        let session = try await create.carryOut(
            self.house.sessions,
            for: context.caller,
            limit: self.house.settings.maximumSessionsPerUser
        )
        let item = await CodeAPIItem(session.details())
        return CodeAPIEnvelope.response(
            .created,
            item.json,
            context,
            headers: [.location: "\(context.clientPath)/\(session.id)"]
        )
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let page = try CodeAPIHouse.number(request, "page", in: 1...1_000_000, default: 1)
        let limit = try CodeAPIHouse.number(request, "limit", in: 1...Self.pageLimit, default: 20)
        var all = await self.house.supervisor.details(for: context.caller)
        if let user = request.uri.queryParameters["user_id"] { all.removeAll { $0.codeAPIUser != user } }
        let items = all.dropFirst((page - 1) * limit).prefix(limit).map { CodeAPIItem($0).json }
        return CodeAPIEnvelope.response(.ok, JSONMembers.array(items), context) {
            $0.put("pagination", raw: Self.pagination(total: all.count, page: page, limit: limit))
        }
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.house.session(context)
        return await CodeAPIEnvelope.response(.ok, CodeAPIItem(session.details()).json, context)
    }

    @Sendable private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        try await self.house.session(context).end(.deleted)
        return Response(status: .noContent)
    }

    /// Another directory to work in, where the conversation goes on.
    @Sendable private func move(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.house.session(context)
        var fields = try await RequestFields(request.json(context))
        let directory = fields.string("working_dir", maximumLength: 1024)
        if directory == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("working_dir", "is missing") }
        try fields.finish()
        guard await session.details().hasSpoken else {
            throw Problem(.badRequest, "Session has no claude session_id yet")
        }
        do {
            try await session.move(to: directory ?? "")
        } catch {
            guard error.code == .workspaceRefused else { throw error }
            // Which of the two it is would tell what the machine has.
            throw Problem(.badRequest, "Directory outside approved path")
        }
        return await CodeAPIEnvelope.response(.ok, CodeAPIItem(session.details()).json, context)
    }

    /// `{"total","page","limit","pages"}`.
    static func pagination(total: Int, page: Int, limit: Int) -> ByteBuffer {
        var object = JSONMembers()
        object.put("total", total)
        object.put("page", page)
        object.put("limit", limit)
        object.put("pages", (total + limit - 1) / limit)
        return object.bytes
    }
}
