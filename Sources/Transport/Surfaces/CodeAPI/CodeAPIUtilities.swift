import Actors
import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/health`, `/tokens/count`, `/usage` and `/audit` of claude-code-api.
struct CodeAPIUtilities {
    /// More of a message is left out of the audit.
    private static let auditCharacters = 500
    private static let auditLimit = 200

    let house: CodeAPIHouse

    func add(to endpoints: Endpoints) {
        self.house.on(endpoints, .get, "health", "ccaGetHealth", needs: nil, class: .open, use: self.health)
        self.house.on(
            endpoints,
            .post,
            "tokens/count",
            "ccaCountTokens",
            needs: .send,
            class: .work,
            use: self.countTokens
        )
        self.house.on(endpoints, .get, "usage", "ccaGetUsage", needs: .read, use: self.usage)
        self.house.on(endpoints, .get, "audit", "ccaGetAudit", needs: .read, use: self.audit)
    }

    @Sendable private func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let health = CodeAPIHealth(self.house.supervisor)
        var object = JSONMembers()
        object.put("status", health.status)
        object.put("checks", raw: health.checks)
        object.put("meta", raw: CodeAPIEnvelope.meta(context))
        return Response.json(.ok, raw: object.bytes)
    }

    /// An estimate, as the original's: nothing here asks the model.
    @Sendable private func countTokens(_ request: Request, _ context: APIContext) async throws -> Response {
        var fields = try await RequestFields(request.json(context))
        let text = fields.string("text", maximumLength: 1_000_000)
        if text == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("text", "is missing") }
        if text?.isEmpty == true { let _: Void? = fields.wrong("text", "must have at least 1 character") }
        try fields.finish()
        let characters = text?.unicodeScalars.count ?? 0
        let words = text?.split(whereSeparator: \.isWhitespace).count ?? 0
        var object = JSONMembers()
        object.put("characters", characters)
        object.put("words", words)
        object.put("estimated_tokens", max(characters / 4, words))
        return CodeAPIEnvelope.response(.ok, object.bytes, context)
    }

    @Sendable private func usage(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = CodeAPIHouse.user(request, context)
        let own = await self.sessions(of: user, context)
        let addresses = Set(own.map { SessionAddress(owner: $0.summary.owner, id: $0.summary.id) })
        let jobs = self.house.supervisor.jobs.all.filter { addresses.contains($0.address) }
        let turns = own.reduce(0) { $0 + $1.summary.usage.turns }
        func count(_ states: Job.State...) -> Int? {
            jobs.isEmpty ? nil : jobs.count { states.contains($0.state) }
        }
        var ofJobs = JSONMembers()
        ofJobs.put("total", jobs.count)
        ofJobs.put("completed", orNull: count(.succeeded))
        ofJobs.put("running", orNull: count(.running))
        ofJobs.put("failed", orNull: count(.failed))
        var object = JSONMembers()
        object.put("sessions", own.count)
        object.put("cost", own.reduce(0) { $0 + $1.summary.usage.costUsd })
        object.put("turns", turns)
        // A prompt and an answer each.
        object.put("messages", 2 * turns)
        object.put("jobs", ofJobs)
        return CodeAPIEnvelope.response(.ok, object.bytes, context) { $0.put("user_id", user) }
    }

    /// What was said in the sessions of a user, newest first; who did what is at `/v1/audit`.
    @Sendable private func audit(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = CodeAPIHouse.user(request, context)
        let limit = try CodeAPIHouse.number(request, "limit", in: 1...Self.auditLimit, default: 50)
        var entries: [(row: CodeAPIHistory.Row, session: SessionDetails)] = []
        for details in await self.sessions(of: user, context) {
            // Newest activity first: nothing of those that follow can be newer than what there is.
            if entries.count >= limit, entries[limit - 1].row.createdAt > details.summary.lastActivityAt { break }
            guard let session = try? await self.house.sessions.session(of: details.summary, for: context.caller) else {
                continue
            }
            let rows = try await CodeAPIHistory.of(session, limit: limit)
            entries += rows.map { ($0, details) }
            entries.sort { $0.row.createdAt > $1.row.createdAt }
            entries = Array(entries.prefix(limit))
        }
        let items = entries.map { Self.entry($0.row, $0.session) }
        return CodeAPIEnvelope.response(.ok, JSONMembers.array(items), context) {
            $0.put("count", items.count)
            $0.put("user_id", user)
        }
    }

    private static func entry(_ row: CodeAPIHistory.Row, _ session: SessionDetails) -> ByteBuffer {
        let isCut = row.content.unicodeScalars.count > Self.auditCharacters
        let content = isCut ? String(row.content.unicodeScalars.prefix(Self.auditCharacters)) + "..." : row.content
        var object = JSONMembers()
        object.put("id", "\(session.summary.id).\(row.id)")
        object.put("session_rowid", session.summary.id)
        object.put("role", "\(row.role)")
        object.put("content", content)
        object.put("tools_used", orNull: row.tools.map(JSONMembers.array))
        object.put("cost", row.cost)
        object.put("duration_ms", row.durationMS)
        object.put("created_at", row.createdAt)
        object.put("session_name", session.options.name ?? session.summary.id)
        object.put("user_id", session.codeAPIUser)
        return object.bytes
    }

    /// The sessions of a user that the caller may see, newest activity first.
    private func sessions(of user: String, _ context: APIContext) async -> [SessionDetails] {
        await self.house.supervisor.details(for: context.caller).filter { $0.codeAPIUser == user }
    }
}
