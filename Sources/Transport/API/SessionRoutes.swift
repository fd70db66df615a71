import Actors
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/sessions`: create, list, look, change, copy, end (API.md, Sessions).
struct SessionRoutes {
    /// What a list holds at most.
    static let listLimit = 1000

    let supervisor: Supervisor

    func add(to endpoints: Endpoints) {
        endpoints.on(.post, "sessions", "createSession", needs: .send, class: .work, use: self.create)
        endpoints.on(.get, "sessions", "listSessions", needs: .read, use: self.list)
        endpoints.on(.get, "sessions/:id", "getSession", needs: .read, isForViewers: true, use: self.get)
        endpoints.on(.patch, "sessions/:id", "changeSession", needs: .send, class: .work, use: self.change)
        endpoints.on(.delete, "sessions/:id", "endSession", needs: .send, class: .work, use: self.end)
        endpoints.on(.post, "sessions/:id/fork", "forkSession", needs: .send, class: .work, use: self.fork)
    }

    /// The session that a path names.
    func session(_ context: APIContext) async throws -> Session {
        try await self.supervisor.session(context.parameters.require("id"), for: context.caller)
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        fields.apply(self.supervisor.templates)
        let create = try CreateRequest(&fields, for: context.caller)
        let key = try request.idempotencyKey(for: body)
        return try await Self.created(create.carryOut(self.supervisor, for: context.caller, key: key), context)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = try request.number("limit", in: 1...Self.listLimit, default: 100)
        let state = try request.choice("state", of: SessionState.allCases.map(\.rawValue))
        let needsInput = try request.choice("needs_input", of: ["true", "false"])
        let after = try query["cursor"].map { text in
            guard let place = SessionPlace(text) else {
                throw Problem(.invalidCursor, "The cursor is none that this list gave out.")
            }
            return place
        }
        var summaries = await self.supervisor.summaries(for: context.caller)
        let counts = Dictionary(summaries.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +)
        if let state { summaries.removeAll { $0.state.rawValue != state } }
        if let tag = query["tag"] { summaries.removeAll { !$0.tags.contains(String(tag)) } }
        if needsInput == "true" { summaries.removeAll { $0.state != .requiresAction } }
        if let text = query["q"] {
            summaries.removeAll { !$0.id.contains(text) && !($0.name ?? "").localizedCaseInsensitiveContains(text) }
        }
        let total = summaries.count
        if let after { summaries.removeAll { SessionPlace($0) >= after } }
        let page = Array(summaries.prefix(limit))
        let next = page.count < summaries.count ? page.last.map { SessionPlace($0).description } : nil
        return Response.json(.ok, SessionList(sessions: page, total: total, counts: counts, nextCursor: next))
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try await Response.json(.ok, self.session(context).summary())
    }

    @Sendable private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let session = try await self.session(context)
        var fields = try await RequestFields(request.json(context))
        let change = try ChangeRequest(&fields)
        try await session.change(change.change, by: context.caller)
        return await Response.json(.ok, session.summary())
    }

    @Sendable private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        try await self.session(context).end(.deleted)
        return Response(status: .noContent)
    }

    @Sendable private func fork(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(context)
        var fields = try RequestFields(body)
        let fork = try ForkRequest(&fields)
        let source = try await self.session(context)
        let copy = try await self.supervisor.fork(
            source.address.qualified,
            fork.change,
            as: fork.id,
            for: context.caller,
            key: request.idempotencyKey(for: body)
        )
        return await Self.created(copy, context)
    }

    private static func created(_ session: Session, _ context: APIContext) async -> Response {
        let path = context.client.path("/v1/sessions/\(session.id)")
        let created = await CreatedSession(session: session.summary(), path: path)
        return Response.json(.created, created, headers: [.location: path])
    }
}

/// A new session, and where its events are.
struct CreatedSession: Encodable {
    let session: SessionSummary
    /// The session's own, as the client calls it.
    let path: String

    private enum Key: String, CodingKey {
        case eventsUrl, wsUrl
    }

    func encode(to encoder: any Encoder) throws {
        try self.session.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode("\(self.path)/events", forKey: .eventsUrl)
        try container.encode("\(self.path)/ws", forKey: .wsUrl)
    }
}

/// `GET /v1/sessions`.
struct SessionList: Encodable {
    let sessions: [SessionSummary]
    let total: Int
    let counts: [String: Int]
    let nextCursor: String?

    private enum Key: String, CodingKey {
        case sessions, total, counts, nextCursor
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(self.sessions, forKey: .sessions)
        try container.encode(self.total, forKey: .total)
        try container.encode(self.counts, forKey: .counts)
        // `null` on the last page, rather than nothing.
        try container.encode(self.nextCursor, forKey: .nextCursor)
    }
}
