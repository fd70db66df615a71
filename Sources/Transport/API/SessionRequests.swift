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
    /// - Throws: `Problem` with every field that is wrong.
    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        var options = SessionOptions()
        options.id = fields.string("id")
        options.name = fields.string("name", maximumBytes: 256)
        options.model = fields.string("model", maximumBytes: 256)
        options.fallbackModel = fields.string("fallback_model", maximumBytes: 256)
        options.workingDirectory = fields.string("cwd")
        options.addDirectories = fields.strings("add_dirs")
        options.permissionMode = fields.oneOf("permission_mode", Self.permissionModes)
        options.allowedTools = fields.strings("allowed_tools")
        options.disallowedTools = fields.strings("disallowed_tools")
        options.systemPrompt = fields.string("system_prompt", maximumBytes: 64 << 10)
        options.appendSystemPrompt = fields.string("append_system_prompt", maximumBytes: 64 << 10)
        options.maximumTurns = fields.integer("max_turns", in: 1...10_000)
        options.maximumThinkingTokens = fields.integer("max_thinking_tokens", in: 0...1_000_000)
        options.effort = fields.oneOf("effort", ["low", "medium", "high", "xhigh", "max"])
        options.resume = fields.string("resume")
        options.tags = fields.strings("tags")
        options.timeToLive = fields.duration("ttl_ms", maximum: .seconds(30 * 24 * 3600))
        self.message = fields.content("message")
        Self.check(options, &fields)
        try fields.finish(ignoring: ignored)
        self.options = options
    }

    private static func check(_ options: SessionOptions, _ fields: inout RequestFields) {
        if let id = options.id, !Identifier.isAcceptable(id) {
            let _: Void? = fields.wrong("id", "must be 1 to 64 of A-Z a-z 0-9 _ -")
        }
        if let directory = options.workingDirectory, !Self.isDirectory(directory) {
            let _: Void? = fields.wrong("cwd", "must be the absolute path of a directory")
        }
        if !options.addDirectories.allSatisfy(Self.isDirectory) {
            let _: Void? = fields.wrong("add_dirs", "must be absolute paths of directories")
        }
        if let id = options.resume, UUID(uuidString: id) == nil {
            let _: Void? = fields.wrong("resume", "must be the UUID of a Claude session")
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return path.hasPrefix("/") && !path.contains("\0")
            && FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

/// What `POST …/messages` and the operation `send` ask for.
struct MessageRequest {
    /// What the queue knows; `steer` and `interrupt` are not taken yet.
    private static let deliveries = ["queue"]
    /// The longest a request may wait for its turn.
    private static let maximumWait: Duration = .seconds(3600)

    let content: ByteBuffer
    /// How long to wait for the turn's end.
    let wait: Duration?

    init(_ fields: inout RequestFields, ignoring ignored: Set<String> = []) throws(Problem) {
        let content = fields.content("content")
        _ = fields.oneOf("delivery", Self.deliveries)
        self.wait = fields.duration("wait_ms", maximum: Self.maximumWait)
        if content == nil, fields.errors.isEmpty { let _: Void? = fields.wrong("content", "is missing") }
        try fields.finish(ignoring: ignored)
        self.content = content ?? ByteBuffer()
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
