import Actors
import NIOCore

/// A session as claude-code-api's clients see it.
struct CodeAPIItem: Sendable {
    let name: String
    let user: String
    let workingDirectory: String
    let systemPrompt: String?
    let model: String?
    let maximumTurns: Int?
    let permissionMode: String?
    let effort: String?
    /// Between commas.
    let allowedTools: String?
    let disallowedTools: String?
    /// `pending` until it has answered once, then `active`.
    let status: String
    let totalCost: Double
    let totalTurns: Int
    let createdAt: String
    let updatedAt: String

    init(_ details: SessionDetails) {
        let (summary, options) = (details.summary, details.options)
        self.name = options.name ?? summary.id
        self.user = details.codeAPIUser
        self.workingDirectory = summary.cwd
        self.systemPrompt = options.systemPrompt ?? options.appendSystemPrompt
        self.model = options.model
        self.maximumTurns = options.maximumTurns
        self.permissionMode = options.notes?[CodeAPINotes.hasUsualMode] == nil ? options.permissionMode : nil
        self.effort = options.effort
        self.allowedTools = Self.list(options.allowedTools)
        self.disallowedTools = Self.list(options.disallowedTools)
        self.status = details.hasSpoken ? "active" : "pending"
        self.totalCost = summary.usage.costUsd
        self.totalTurns = summary.usage.turns
        self.createdAt = summary.createdAt
        self.updatedAt = summary.lastActivityAt
    }

    /// In the order of the original's documents.
    var json: ByteBuffer {
        var object = JSONMembers()
        self.add(to: &object)
        return object.bytes
    }

    /// Adds its members to an object that may have others, which may have another word for the state.
    func add(to object: inout JSONMembers, status: String? = nil) {
        object.put("name", self.name)
        object.put("user_id", self.user)
        object.put("working_dir", self.workingDirectory)
        object.put("system_prompt", orNull: self.systemPrompt)
        object.put("model", orNull: self.model)
        object.put("max_turns", orNull: self.maximumTurns)
        object.put("permission_mode", orNull: self.permissionMode)
        object.put("effort", orNull: self.effort)
        object.put("allowed_tools", orNull: self.allowedTools)
        object.put("disallowed_tools", orNull: self.disallowedTools)
        object.put("status", status ?? self.status)
        object.put("total_cost", self.totalCost)
        object.put("total_turns", self.totalTurns)
        object.put("created_at", self.createdAt)
        object.put("updated_at", self.updatedAt)
    }

    private static func list(_ tools: [String]) -> String? {
        tools.isEmpty ? nil : tools.joined(separator: ",")
    }
}

extension SessionDetails {
    /// Whether it has a conversation that goes on: it has answered, or took up one that had.
    var hasSpoken: Bool { self.summary.usage.turns > 0 || self.options.resume != nil }
}
