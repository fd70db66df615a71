import Actors
import Agent
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// What there is: sessions, programs, the server's own state.
extension ClinvokerRoutes {
    @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = try Self.number("limit", request)
        let offset = try Self.number("offset", request)
        let (backend, status) = (query["backend"].map(String.init), query["status"].map(String.init))
        var fitting: [ClinvokerSession] = []
        for session in await self.visible(to: context.caller) {
            let view = await ClinvokerSession(session)
            if view.fits(backend: Self.filled(backend), status: Self.filled(status)) { fitting.append(view) }
        }
        let rest = fitting.dropFirst(max(0, offset))
        let page = limit > 0 ? rest.prefix(limit) : rest
        var object = JSONObjectWriter(.sessionsResponse, context)
        object.add("sessions", array: page.map { $0.json() })
        object.add("total", fitting.count)
        object.add("limit", limit)
        object.add("offset", offset)
        return Self.answer(.sessionsResponse, object, context)
    }

    @Sendable func get(_ request: Request, _ context: APIContext) async throws -> Response {
        let view = try await ClinvokerSession(self.session(context))
        let head = JSONObjectWriter(.sessionResponse, context)
        return Response.json(.ok, raw: view.json(head), headers: ClinvokerErrors.link(.sessionResponse, context))
    }

    @Sendable func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        try await self.session(context).end(.deleted)
        var object = JSONObjectWriter(.deleteSessionResponse, context)
        object.add("deleted", true)
        object.add("id", try context.parameters.require("id"))
        return Self.answer(.deleteSessionResponse, object, context)
    }

    @Sendable func backends(_ request: Request, _ context: APIContext) async throws -> Response {
        var object = JSONObjectWriter(.backendsResponse, context)
        object.add("backends", array: self.backendViews.map(\.json))
        return Self.answer(.backendsResponse, object, context)
    }

    @Sendable func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let uptime = ContinuousClock.now - self.started
        let supervisor = self.sessions.supervisor
        var store = JSONObjectWriter()
        var isStoring = true
        // How many sessions others have is nobody's business.
        let count = await supervisor.sessionCount(for: context.caller)
        if let kept = supervisor.store, case .failing(let error) = kept.condition {
            isStoring = false
            store.add("available", false)
            store.add("session_count", count)
            store.add("error", error.code.rawValue)
        } else {
            store.add("available", true)
            store.add("session_count", count)
        }
        let views = self.backendViews
        var object = JSONObjectWriter(.healthResponse, context)
        object.add("status", !isStoring ? "unhealthy" : views.allSatisfy(\.isAvailable) ? "ok" : "degraded")
        object.add("version", self.version.troupe)
        object.add("uptime", Self.text(of: uptime))
        object.add("uptime_ms", Int(uptime / .milliseconds(1)))
        object.add("uptime_millis", Int(uptime / .milliseconds(1)))
        object.add("backends", array: views.map(\.json))
        object.add("session_store", raw: store.json)
        return Self.answer(.healthResponse, object, context)
    }

    @Sendable func schema(_ request: Request, _ context: APIContext) async throws -> Response {
        let file = try context.parameters.require("name")
        guard file.hasSuffix(".json"), let name = ClinvokerSchema.Name(rawValue: String(file.dropLast(5))) else {
            throw Problem(.notFound, "There is no schema of that name.")
        }
        return Response.json(.ok, raw: ClinvokerSchema.document(name, context))
    }

    // MARK: Steps

    /// The session that a path names: by any of its names, or by what its id begins with.
    private func session(_ context: APIContext) async throws -> Session {
        let text = try context.parameters.require("id")
        if let session = try? await self.sessions.find(text, for: context.caller) { return session }
        var flaw = "invalid session prefix: must be hexadecimal"
        if !text.isEmpty, text.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
            let fitting = await self.visible(to: context.caller).filter { $0.id.hasPrefix(text) }
            if fitting.count == 1 { return fitting[0] }
            flaw = fitting.isEmpty ? "no session found with prefix" : "ambiguous prefix: several sessions match"
        }
        var problem = Problem(SessionError(.sessionNotFound, "session not found"))
        problem.errors = [Problem.FieldError(pointer: "path.id", message: flaw)]
        throw problem
    }

    /// The caller's sessions that have not ended, newest activity first.
    private func visible(to caller: Caller) async -> [Session] {
        var sessions: [Session] = []
        for summary in await self.sessions.supervisor.summaries(for: caller) where summary.state != .ended {
            if let session = try? await self.sessions.session(of: summary, for: caller) { sessions.append(session) }
        }
        return sessions
    }

    private var backendViews: [BackendView] {
        self.sessions.supervisor.backends.map { BackendView(name: $0.name, isAvailable: $0.isAvailable) }
    }

    private struct BackendView {
        let name: String
        let isAvailable: Bool

        var json: ByteBuffer {
            var object = JSONObjectWriter()
            object.add("name", self.name)
            object.add("available", self.isAvailable)
            return object.json
        }
    }

    /// A number of the query; 0 for none.
    private static func number(_ name: String, _ request: Request) throws(Problem) -> Int {
        guard let text = request.uri.queryParameters[name[...]], !text.isEmpty else { return 0 }
        guard let number = Int(text) else {
            let flaw = Problem.FieldError(pointer: "query.\(name)", message: "invalid integer")
            throw ClinvokerFields.problem(.invalidRequest, "validation failed", [flaw])
        }
        return number
    }

    private static func filled(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `1h0m5s`, `2m31s`, `7s`.
    static func text(of duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        if hours > 0 { return "\(hours)h\(minutes)m\(seconds % 60)s" }
        return minutes > 0 ? "\(minutes)m\(seconds % 60)s" : "\(seconds)s"
    }
}
