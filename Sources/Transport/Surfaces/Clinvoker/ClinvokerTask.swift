import Actors
import Agent
import Foundation
import NIOCore

/// One prompt as clinvoker's requests have it: a whole request, a task of `parallel`, a step of `chain`.
struct ClinvokerTask: Sendable {
    /// What the answer looks like; all but the last are the same object.
    enum Format: String, Sendable {
        case standard = "default"
        case text, json
        case stream = "stream-json"
    }

    var backend: String
    /// JSON, checked.
    var prompt: ByteBuffer
    var model: String?
    var workdir: String?
    var approvalMode: String?
    var sandboxMode: String?
    /// As the client wrote it.
    var outputFormat: String?
    var maximumTurns: Int?
    var systemPrompt: String?
    var isVerbose = false
    var isDryRun = false
    var isEphemeral = false
    var extra: [String] = []
    /// JSON: an object of strings.
    var metadata: String?
    /// Of a step.
    var name: String?

    init(backend: String, prompt: ByteBuffer) {
        self.backend = backend
        self.prompt = prompt
    }

    /// Reads one; what is wrong with it is noted in the fields.
    init(_ fields: inout ClinvokerFields) {
        fields.require("backend", "prompt")
        self.init(backend: fields.string("backend") ?? "", prompt: fields.prompt("prompt") ?? Self.nothing)
        self.model = fields.string("model", maximum: 256).flatMap(Self.filled)
        self.workdir = fields.string("workdir", maximum: 4096).flatMap(Self.filled)
        self.approvalMode = fields.string("approval_mode", maximum: 256)
        self.sandboxMode = fields.string("sandbox_mode", maximum: 256)
        self.outputFormat = fields.string("output_format", maximum: 256)
        // No program has a flag for it; it is only looked at.
        _ = fields.integer("max_tokens")
        self.maximumTurns = fields.integer("max_turns").flatMap(Self.turns)
        self.systemPrompt = fields.string("system_prompt").flatMap(Self.filled)
        self.isVerbose = fields.bool("verbose")
        self.isDryRun = fields.bool("dry_run")
        self.isEphemeral = fields.bool("ephemeral")
        self.extra = fields.strings("extra") ?? []
        self.metadata = fields.texts("metadata")
        self.name = fields.string("name", maximum: 256)
    }

    /// The prompt as text.
    var text: String { JSONText.string(self.prompt) ?? "" }

    /// `nil` for a word that is none of the formats.
    var format: Format? {
        let word = (self.outputFormat ?? "").trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        return word.isEmpty ? .json : Format(rawValue: word)
    }

    /// - Throws: `Problem`, 400, for a field that is there and empty.
    func checkFilled() throws(Problem) {
        guard !self.backend.isEmpty else { throw ClinvokerFields.empty("backend is required") }
        guard !self.text.isEmpty else { throw ClinvokerFields.empty("prompt is required") }
    }

    /// The same with another text in the place of a mark.
    func replacing(_ mark: String, with text: String) -> ClinvokerTask {
        var task = self
        task.prompt = JSONText.quoted(self.text.replacing(mark, with: text))
        return task
    }

    /// A limit of model calls; 0 stands for none.
    static func turns(_ number: Int) -> Int? { number > 0 ? min(number, 10_000) : nil }

    static func turns(_ text: String) -> Int? { Int(text).flatMap { Self.turns($0) } }

    /// Whether a text is one of Claude's session ids.
    static func isConversation(_ text: String) -> Bool { UUID(uuidString: text) != nil }

    private static let nothing = JSONText.quoted("")

    private static func filled(_ text: String) -> String? { text.isEmpty ? nil : text }
}
