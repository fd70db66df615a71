import Actors
import Agent
import NIOCore

/// What `POST /api/v1/sessions` of claude-code-api asks for, and how that is carried out.
///
/// Its fields are closed: one that the system does not know is refused.
struct CodeAPICreate: Sendable {
    let options: SessionOptions
    /// The user the session is for.
    private let user: String

    /// Reads and checks the fields.
    ///
    /// - Parameters:
    ///   - body: of the request.
    ///   - supervisor: has the templates, and the operator's permission mode.
    ///   - caller: who asks.
    ///   - budget: what one request of the session may cost.
    /// - Throws: `Problem` with every field that is wrong; 400 for a name that leaves nothing, or an unknown template.
    init(_ body: ByteBuffer, _ supervisor: Supervisor, for caller: Caller, budget: Double?) throws(Problem) {
        var fields = try RequestFields(body)
        let name = fields.string("name", maximumLength: 128)
        if name == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("name", "is missing") }
        if name?.isEmpty == true { let _: Void? = fields.wrong("name", "must have at least 1 character") }
        let template = fields.string("template", maximumLength: 4096)
        let user = fields.string("user_id", maximumLength: 128)
        let systemPrompt = fields.string("system_prompt", maximumLength: 50_000)
        let model = fields.string("model", maximumLength: 100)
        let maximumTurns = fields.integer("max_turns", in: 1...100)
        let mode = fields.oneOf("permission_mode", CreateRequest.permissionModes)
        let effort = fields.string("effort")
        let allowed = Self.tools(&fields, "allowed_tools", body)
        let disallowed = Self.tools(&fields, "disallowed_tools", body)
        try fields.finish()

        var options = SessionOptions()
        if let template { options = try Self.options(of: template, supervisor, caller) }
        options.name = name
        options.directoryName = try Self.directory(name ?? "")
        options.systemPrompt = systemPrompt ?? options.systemPrompt
        if systemPrompt != nil { options.appendSystemPrompt = nil }
        options.model = model ?? options.model
        options.maximumTurns = maximumTurns ?? options.maximumTurns
        options.permissionMode = mode ?? options.permissionMode
        options.effort = effort ?? options.effort
        options.allowedTools = allowed ?? options.allowedTools
        options.disallowedTools = disallowed ?? options.disallowedTools
        self.user = user.flatMap { $0 == "default" ? nil : $0 } ?? CodeAPINotes.user(of: caller.owner)
        options.notes = [CodeAPINotes.made: "1", CodeAPINotes.user: self.user]
        if let budget, options.budgetUSD == nil {
            options.budgetUSD = budget
            options.notes?[CodeAPINotes.hasRequestBudget] = "1"
        }
        let mayAnswer = caller.may(.approve) || caller.may(.admin)
        if options.permissionMode == nil, supervisor.standardPermissionMode == nil, mayAnswer {
            // The original lets its agents write below their directory without asking anybody.
            options.permissionMode = "acceptEdits"
            options.notes?[CodeAPINotes.hasUsualMode] = "1"
        }
        self.options = options
    }

    /// Makes the session.
    ///
    /// - Parameters:
    ///   - sessions: the house.
    ///   - caller: whose it becomes.
    ///   - limit: sessions that its user may have; the one that was idle longest ends for one more.
    /// - Returns: the session.
    /// - Throws: `SessionError`; `session_limit` when every session of its user works.
    func carryOut(
        _ sessions: SurfaceSessions,
        for caller: Caller,
        limit: Int?
    ) async throws(SessionError) -> Session {
        if let limit { try await self.makeRoom(sessions, for: caller, limit: limit) }
        return try await sessions.create(self.options, for: caller)
    }

    private func makeRoom(_ sessions: SurfaceSessions, for caller: Caller, limit: Int) async throws(SessionError) {
        let own = await sessions.supervisor.details(for: caller).filter {
            $0.isOfCodeAPI && $0.summary.owner == caller.owner && $0.codeAPIUser == self.user
        }
        guard own.count >= limit else { return }
        let idle = own.filter { $0.summary.turn == nil && $0.summary.queueLength == 0 }
        // Several at once when the limit has become smaller.
        guard idle.count > own.count - limit else {
            throw SessionError(
                .sessionLimit,
                "User has \(limit) sessions, and all of them work.",
                retryAfter: .seconds(30)
            )
        }
        for details in idle.suffix(own.count - limit + 1) {
            guard let session = try? await sessions.session(of: details.summary, for: caller) else { continue }
            await session.beginEnd(.deleted)
        }
    }

    /// The options of a template, as if its fields had been sent.
    private static func options(
        of template: String,
        _ supervisor: Supervisor,
        _ caller: Caller
    ) throws(Problem) -> SessionOptions {
        guard let template = try? supervisor.templates.template(template) else {
            throw Problem(.badRequest, "Template '\(template)' not found")
        }
        var fields = try RequestFields(template.options)
        return try CreateRequest(&fields, for: caller).options
    }

    /// The name as a directory's: without what would lead elsewhere.
    private static func directory(_ name: String) throws(Problem) -> String {
        var text = name
        for part in ["..", "/", "\\"] { text = text.replacing(part, with: "") }
        guard (try? RelativePath(names: [text])) != nil else { throw Problem(.badRequest, "Invalid project name") }
        return text
    }

    /// Names between commas; an array of them is understood too.
    private static func tools(_ fields: inout RequestFields, _ key: StaticString, _ body: ByteBuffer) -> [String]? {
        if JSONObject(body)?.array(key) != nil { return fields.strings(key) }
        return fields.string(key, maximumLength: 16 << 10)?.split(separator: ",")
            .map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }
}

extension Substring {
    /// Without what stands at both ends and is of a kind.
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> String {
        var rest = self.drop(while: isUnwanted)
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return String(rest)
    }
}
