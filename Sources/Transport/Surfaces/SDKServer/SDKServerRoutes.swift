import Actors
import Agent
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The FastAPI server over the agent SDK: one-off queries and sessions, at the root of its clients' address.
struct SDKServerRoutes {
    let sessions: SurfaceSessions

    func add(to endpoints: Endpoints) {
        endpoints.on(.sdkServer, .get, "", "sdkRoot", needs: nil, class: .open, use: self.root)
        self.add(.get, "health", "sdkHealth", needs: nil, class: .open, to: endpoints, self.health)
        self.add(.post, "query", "sdkQuery", to: endpoints, self.query)
        self.add(.post, "session/start", "sdkStartSession", to: endpoints, self.start)
        self.add(.post, "session/:id/query", "sdkQuerySession", to: endpoints, self.querySession)
        self.add(.post, "session/:id/interrupt", "sdkInterruptSession", to: endpoints, self.interrupt)
        self.add(.get, "session/:id", "sdkGetSession", needs: .read, class: .light, to: endpoints, self.get)
        self.add(.get, "sessions", "sdkListSessions", needs: .read, class: .light, to: endpoints, self.list)
        self.add(.delete, "session/:id", "sdkCloseSession", to: endpoints, self.close)
    }

    /// Declares a route that answers wrong bodies with FastAPI's list, and a slash at the end of its path with the way to the
    /// path without, as Starlette does.
    private func add(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ operation: String,
        needs scope: Scope? = .send,
        class: RouteClass = .work,
        to endpoints: Endpoints,
        _ handler: @escaping Endpoints.Handler
    ) {
        endpoints.on(.sdkServer, method, path, operation, needs: scope, class: `class`) { request, context in
            if context.clientPath.hasSuffix("/") {
                // One slash at the beginning: two would lead to another host.
                let path = "/\(context.clientPath.drop { $0 == "/" }.dropLast(while: "/"))"
                let query = request.uri.query.map { "?\($0)" } ?? ""
                return Response(status: .temporaryRedirect, headers: [.location: "\(path)\(query)"])
            }
            do {
                return try await handler(request, context)
            } catch let invalid as SDKServerFields.Invalid {
                return SDKServerErrors.response(invalid)
            }
        }
    }

    // MARK: The server

    @Sendable private func root(_ request: Request, _ context: APIContext) -> Response {
        var endpoints = JSONMembers()
        endpoints.put("health", "GET /health")
        endpoints.put("query", "POST /query")
        endpoints.put("session_start", "POST /session/start")
        endpoints.put("session_query", "POST /session/{session_id}/query")
        endpoints.put("session_info", "GET /session/{session_id}")
        endpoints.put("session_list", "GET /sessions")
        endpoints.put("session_close", "DELETE /session/{session_id}")
        return Self.json { json in
            json.put("name", Surface.sdkServer.title)
            json.put("version", Surface.sdkServer.version)
            json.put("endpoints", endpoints)
        }
    }

    /// Not authenticated it is when a session of the caller waits for somebody to log in.
    @Sendable private func health(_ request: Request, _ context: APIContext) async throws -> Response {
        try await self.sessions.supervisor.checkAcceptsWork()
        let summaries = await self.sessions.lasting(for: context.caller)
        return Self.json { json in
            json.put("status", "healthy")
            json.put("authenticated", !summaries.contains { $0.waitingOn == .login })
            json.put("active_sessions", summaries.count)
            json.put("timestamp", Self.naive(Timestamp.now()))
        }
    }

    // MARK: Queries

    @Sendable private func query(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await SDKServerFields(request, context)
        let prompt = fields.string("prompt", isRequired: true).map { SDKServerPrompt($0, "prompt", &fields) }
        let options = SDKServerOptions(&fields, for: context.caller)
        let isStream = fields.bool("stream") ?? false
        let showsThinking = fields.bool("include_thinking") ?? false
        try fields.finish()
        let content = prompt?.content ?? ByteBuffer()
        if isStream {
            let stream = try await self.sessions.streamOnce(content, options.session, context) { _ in
                SDKServerStream(showsThinking: showsThinking)
            }
            return stream.response(context, headers: Self.streamHeaders)
        }
        let reply = try Self.checked(await self.sessions.askOnce(content, options.session, context))
        return Self.json { json in
            json.put("response", reply.joined(showsThinking: showsThinking))
            json.putNull("session_id")
            json.put("duration_ms", reply.durationMS)
            json.put("num_turns", reply.result?.numTurns ?? 0)
            json.put("total_cost_usd", reply.costUSD)
        }
    }

    // MARK: Sessions

    @Sendable private func start(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await SDKServerFields(request, context)
        let prompt = fields.string("initial_prompt").map { SDKServerPrompt($0, "initial_prompt", &fields) }
        var options = SDKServerOptions(&fields, for: context.caller).session
        try fields.finish()
        options.id = UUID().uuidString.lowercased()
        let session = try await self.sessions.create(options, for: context.caller)
        var said: String?
        if let prompt {
            do {
                said = try Self.checked(await self.sessions.ask(prompt.content, of: session, context)).joined()
            } catch {
                await session.beginEnd(.deleted)
                throw error
            }
        }
        let summary = await session.summary()
        return Self.json { json in
            json.put("session_id", summary.id)
            json.put("status", "started")
            json.put("initial_response", orNull: said)
            json.put("created_at", Self.naive(summary.createdAt))
        }
    }

    @Sendable private func querySession(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await SDKServerFields(request, context)
        let prompt = fields.string("prompt", isRequired: true).map { SDKServerPrompt($0, "prompt", &fields) }
        let isStream = fields.bool("stream") ?? false
        try fields.finish()
        let (id, session) = try await self.session(context)
        let (receipt, start) = try await self.sessions.submit(prompt?.content ?? ByteBuffer(), to: session)
        if isStream {
            let projection = SDKServerStream(showsThinking: false)
            return self.sessions.stream(projection, of: receipt.messageID, in: session, after: start)
                .response(context, headers: Self.streamHeaders)
        }
        let reply = try Self.checked(
            await self.sessions.reply(to: receipt.messageID, of: session, after: start, context)
        )
        return Self.json { json in
            json.put("session_id", id)
            json.put("response", reply.joined())
            json.put("duration_ms", reply.durationMS)
        }
    }

    @Sendable private func interrupt(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.session(context)
        _ = await session.interrupt()
        return Self.status("interrupted", id)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.session(context)
        let summary = await session.summary()
        return Self.json { json in
            json.put("session_id", id)
            json.put("created_at", Self.naive(summary.createdAt))
            json.put("active", true)
            json.put("model", orNull: summary.model)
        }
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let summaries = await self.sessions.lasting(for: context.caller)
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        let ids = summaries.map { summary in
            summary.owner == context.caller.owner
                ? summary.id : SessionAddress(owner: summary.owner, id: summary.id).qualified
        }
        return Self.json { json in
            json.put("active_sessions", ids)
            json.put("count", ids.count)
        }
    }

    @Sendable private func close(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, session) = try await self.session(context)
        await session.end(.deleted)
        return Self.status("closed", id)
    }

    // MARK: Steps

    private func session(_ context: APIContext) async throws -> (id: String, Session) {
        let id = try context.parameters.require("id")
        do {
            return (id, try await self.sessions.find(id, for: context.caller))
        } catch {
            throw Problem(.notFound, SessionError.Code.sessionNotFound.rawValue, "Session \(id) not found")
        }
    }

    /// The original answers with what its CLI said, however the turn went, and with 500 when there is nothing to say.
    private static func checked(_ reply: TurnReply) throws(Problem) -> TurnReply {
        guard !reply.isResult, let failure = reply.failure else { return reply }
        guard failure.status != .serviceUnavailable else { throw failure }
        throw Problem(.internalServerError, failure.code, failure.detail)
    }

    private static func status(_ status: String, _ id: String) -> Response {
        Self.json { json in
            json.put("status", status)
            json.put("session_id", id)
        }
    }

    private static func json(_ fill: (inout JSONMembers) -> Void) -> Response {
        Response.json(.ok, raw: JSONMembers.object(fill))
    }

    private static let streamHeaders: HTTPFields = [.contentType: "text/event-stream; charset=utf-8"]

    /// A time as Python writes one that knows no zone.
    private static func naive(_ time: String) -> String { String(time.prefix { $0 != "Z" }) }
}

extension Substring {
    fileprivate func dropLast(while character: Character) -> Substring {
        var rest = self
        while rest.count > 1, rest.last == character { rest.removeLast() }
        return rest
    }
}
