import Actors
import Agent
import Foundation
import NIOCore
import Storage

/// What `POST /v1/sessions` and the operation `create` ask for.
struct CreateRequest {
    /// The CLI's own names (PROTOCOL §2.1).
    static let permissionModes = ["default", "acceptEdits", "plan", "dontAsk", "auto", "bypassPermissions"]

    let options: SessionOptions
    /// The first prompt.
    let message: ByteBuffer?

    /// Reads and checks the fields.
    ///
    /// - Parameters:
    ///   - fields: of the request.
    ///   - ignored: fields of others.
    ///   - caller: who asks; one that may work in some directories only is not told here which others exist.
    /// - Throws: `Problem` with every field that is wrong.
    init(
        _ fields: inout RequestFields,
        ignoring ignored: Set<String> = [],
        for caller: Caller = .system
    ) throws(Problem) {
        var options = SessionOptions()
        options.id = fields.string("id")
        options.name = fields.string("name", maximumLength: 256)
        options.model = fields.string("model", maximumLength: 256)
        options.fallbackModel = fields.string("fallback_model", maximumLength: 256)
        options.workingDirectory = fields.string("cwd")
        options.addDirectories = fields.strings("add_dirs")
        options.permissionMode = fields.oneOf("permission_mode", Self.permissionModes)
        options.allowedTools = fields.strings("allowed_tools")
        options.disallowedTools = fields.strings("disallowed_tools")
        options.systemPrompt = fields.string("system_prompt", maximumLength: 64 << 10)
        options.appendSystemPrompt = fields.string("append_system_prompt", maximumLength: 64 << 10)
        options.maximumTurns = fields.integer("max_turns", in: 1...10_000)
        options.maximumThinkingTokens = fields.integer("max_thinking_tokens", in: 0...1_000_000)
        options.effort = fields.oneOf("effort", ["low", "medium", "high", "xhigh", "max"])
        options.mcpServers = fields.object("mcp_servers", maximumBytes: 256 << 10)
        options.agents = fields.object("agents", maximumBytes: 256 << 10)
        options.settings = fields.object("settings", maximumBytes: 256 << 10)
        options.environment = fields.texts("env")
        options.worktree = Self.worktree(&fields)
        options.resume = fields.string("resume")
        options.isFork = fields.bool("fork") ?? false
        options.tags = fields.strings("tags")
        options.timeToLive = fields.duration("ttl_ms", maximum: ChangeRequest.maximumLife)
        options.hibernateAfter = fields.duration("hibernate_after_ms", maximum: ChangeRequest.maximumLife)
        options.budgetUSD = fields.amount("budget_usd")
        options.budgetTurns = fields.integer("budget_turns", in: 1...1_000_000)
        self.message = fields.content("message")
        Self.check(options, &fields, looks: caller.may(.settings))
        try fields.finish(ignoring: ignored)
        self.options = options
    }

    /// Makes the session and hands it its first prompt.
    ///
    /// - Parameters:
    ///   - supervisor: the house.
    ///   - caller: whose it becomes.
    ///   - key: asked again with the same key, it is the same session.
    /// - Returns: the session.
    /// - Throws: `SessionError`.
    func carryOut(_ supervisor: Supervisor, for caller: Caller, key: IdempotencyKey?) async throws -> Session {
        let session = try await supervisor.create(self.options, for: caller, key: key)
        // Under the session's own key: asked again, the prompt is not sent again.
        if let message { _ = try await session.submit(content: message, key: key) }
        await session.durable()
        return session
    }

    /// `{"repository":"/…","branch":"…"}`.
    private static func worktree(_ fields: inout RequestFields) -> WorktreeRequest? {
        guard let text = fields.object("worktree", maximumBytes: 8 << 10),
            var inner = try? RequestFields(ByteBuffer(string: text))
        else { return nil }
        let repository = inner.string("repository")
        let branch = inner.string("branch", maximumLength: 255)
        guard let repository, repository.hasPrefix("/"), !repository.utf8.contains(0), (try? inner.finish()) != nil
        else { return fields.wrong("worktree", "must be the absolute path of a repository, and may name a branch") }
        return WorktreeRequest(repository: repository, branch: branch)
    }

    private static func check(_ options: SessionOptions, _ fields: inout RequestFields, looks: Bool) {
        if let id = options.id, !Identifier.isAcceptable(id) {
            let _: Void? = fields.wrong("id", "must be 1 to 64 of A-Z a-z 0-9 _ -")
        }
        if let directory = options.workingDirectory, !Self.isDirectory(directory, looks) {
            let _: Void? = fields.wrong("cwd", "must be the absolute path of a directory")
        }
        if !options.addDirectories.allSatisfy({ Self.isDirectory($0, looks) }) {
            let _: Void? = fields.wrong("add_dirs", "must be absolute paths of directories")
        }
        if options.isFork, options.resume == nil {
            let _: Void? = fields.wrong("fork", "needs resume, the Claude session to copy")
        }
        if let id = options.resume, UUID(uuidString: id) == nil {
            let _: Void? = fields.wrong("resume", "must be the UUID of a Claude session")
        }
    }

    /// Whether a path is absolute and, if that may be looked at, a directory.
    static func isDirectory(_ path: String, _ looks: Bool) -> Bool {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else { return false }
        var isDirectory: ObjCBool = false
        return !looks
            || FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

/// What `POST …/messages` and the operation `send` ask for.
struct MessageRequest {
    /// The longest a request may wait for its turn.
    private static let maximumWait: Duration = .seconds(3600)

    let content: ByteBuffer
    let delivery: Prompt.Delivery
    /// Whose words they are.
    let origin: Prompt.Origin
    /// How long to wait for the turn's end.
    let wait: Duration?

    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        let content = fields.content("content")
        let delivery = fields.oneOf("delivery", Prompt.Delivery.allCases.map(\.rawValue))
        self.delivery = delivery.flatMap(Prompt.Delivery.init) ?? .queue
        self.wait = fields.duration("wait_ms", maximum: Self.maximumWait)
        self.origin = .client
        if content == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("content", "is missing") }
        try fields.finish(ignoring: ignored)
        self.content = content ?? ByteBuffer()
    }

    /// What `POST …/compact` asks for: the CLI's own command.
    init(compacting fields: inout RequestFields) throws(Problem) {
        let instructions = fields.string("instructions").map { " \($0)" } ?? ""
        self.wait = fields.duration("wait_ms", maximum: Self.maximumWait)
        try fields.finish()
        self.content = JSONText.quoted("/compact\(instructions)")
        self.origin = .command
        self.delivery = .queue
    }
}

/// What `PATCH` of a waiting message and the operation `queue.edit` ask for.
struct EditRequest {
    let content: ByteBuffer?
    /// From 1.
    let position: Int?

    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        self.content = fields.content("content")
        self.position = fields.integer("position", in: 1...1_000_000)
        try fields.finish(ignoring: ignored)
    }
}

/// What `PATCH` of a session and the operation `set` ask for.
struct ChangeRequest {
    static let maximumLife: Duration = .seconds(365 * 24 * 3600)

    let change: SessionChange

    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        var change = SessionChange()
        change.name = fields.string("name", maximumLength: 256)
        change.tags = fields.has("tags") ? fields.strings("tags") : nil
        change.timeToLive = fields.duration("ttl_ms", maximum: Self.maximumLife)
        change.hibernateAfter = fields.duration("hibernate_after_ms", maximum: Self.maximumLife)
        change.model = fields.string("model", maximumLength: 256)
        change.permissionMode = fields.oneOf("permission_mode", CreateRequest.permissionModes)
        change.maximumThinkingTokens = fields.integer("max_thinking_tokens", in: 0...1_000_000)
        // `null` lifts a limit.
        if fields.has("budget_usd") || fields.has("budget_turns") {
            change.limitsUSD = fields.has("budget_usd")
            change.limitsTurns = fields.has("budget_turns")
            change.budget = Budget(
                limitUSD: fields.amount("budget_usd"),
                limitTurns: fields.integer("budget_turns", in: 1...1_000_000)
            )
        }
        try fields.finish(ignoring: ignored)
        self.change = change
    }
}

/// What `POST …/fork` and the operation `fork` ask for.
struct ForkRequest {
    let id: String?
    let change: SessionChange

    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        var change = SessionChange()
        let id = fields.string("id")
        change.name = fields.string("name", maximumLength: 256)
        change.tags = fields.has("tags") ? fields.strings("tags") : nil
        change.model = fields.string("model", maximumLength: 256)
        change.permissionMode = fields.oneOf("permission_mode", CreateRequest.permissionModes)
        if let id, !Identifier.isAcceptable(id) {
            let _: Void? = fields.wrong("id", "must be 1 to 64 of A-Z a-z 0-9 _ -")
        }
        try fields.finish(ignoring: ignored)
        self.id = id
        self.change = change
    }
}

/// What `POST …/rewind` asks for.
struct RewindRequest {
    /// The uuid of the message that becomes the last.
    let message: String

    init(_ fields: inout RequestFields) throws(Problem) {
        let uuid = fields.string("message_uuid")
        if uuid.flatMap({ UUID(uuidString: $0) }) == nil {
            let _: Void? = fields.wrong("message_uuid", "must be the uuid in the data of an agent's message")
        }
        try fields.finish()
        self.message = uuid ?? ""
    }
}

/// What answering an approval and the operation `answer` ask for.
struct AnswerRequest {
    let answer: ApprovalAnswer

    /// - Parameters:
    ///   - fields: of the request.
    ///   - by: who answers.
    ///   - ignored: fields of others.
    /// - Throws: `Problem` with every field that is wrong.
    init(_ fields: inout RequestFields, by: String, ignoring ignored: Set<String> = []) throws(Problem) {
        let decision = fields.oneOf("decision", Approval.Decision.allCases.map(\.rawValue))
            .flatMap(Approval.Decision.init)
        var answer = ApprovalAnswer(decision ?? .deny, by: by)
        answer.updatedInput = fields.object("updated_input", maximumBytes: 8 << 20).map { ByteBuffer(string: $0) }
        answer.answers = fields.object("answers", maximumBytes: 1 << 20).map { ByteBuffer(string: $0) }
        answer.message = fields.string("message", maximumLength: 64 << 10)
        answer.isRemembered = fields.oneOf("remember", ["session"]) != nil
        if decision == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("decision", "is missing") }
        if answer.decision != .allow, answer.updatedInput != nil || answer.answers != nil || answer.isRemembered {
            let _: Void? = fields.wrong("decision", "must be allow to change, answer or remember anything")
        }
        try fields.finish(ignoring: ignored)
        self.answer = answer
    }
}

/// Where a client wants its stream to begin, and what it wants of it.
struct StreamRequest {
    let resume: ResumeRequest
    /// What it brought, as it wrote it.
    let cursor: String?
    let filter: EventFilter

    /// - Throws: `Problem` for a cursor that is none, or a filter of the wrong kind.
    init(cursor: String?, types: [String], previews: String?) throws(Problem) {
        switch cursor {
        case nil, "": self.resume = .snapshot
        case "earliest": self.resume = .earliest
        case "latest": self.resume = .latest
        case .some(let text):
            guard let id = EventID(text) else {
                throw Problem(.invalidCursor, "The cursor is none that this server gives out.")
            }
            self.resume = .after(id)
        }
        self.cursor = cursor
        guard [nil, "all", "none"].contains(previews) else {
            throw Problem(.badRequest, "previews is all or none.")
        }
        self.filter = EventFilter(types: types, includesPreviews: previews != "none")
    }
}
