import Actors
import Agent
import Foundation
import Hummingbird
import NIOCore

/// What `POST /sessions` asks for; fields that nobody knows are passed over.
struct CodingAgentsCreate {
    /// Where this surface's sessions say that they are its own.
    static let origin = "004"
    /// How long a session lives that nobody uses.
    static let timeToLive: Duration = .seconds(3600)
    private static let permissionModes = ["default", "acceptEdits", "bypassPermissions", "plan"]
    private static let standardTurns = 10
    private static let maximumMetadataBytes = 64 << 10

    let options: SessionOptions

    /// - Parameters:
    ///   - body: as it came.
    ///   - caller: who asks.
    /// - Throws: `Problem`, in the original's words where it has any.
    init(_ body: ByteBuffer, for caller: Caller) throws(Problem) {
        let object = try CodingAgentsBody.object(body)
        let mode = try CodingAgentsBody.string("permissionMode", object) ?? Self.permissionModes[0]
        guard Self.permissionModes.contains(mode) else {
            let modes = Self.permissionModes.joined(separator: ", ")
            throw CodingAgentsErrors.invalid("Invalid permissionMode. Must be one of: \(modes)")
        }
        var native = JSONMembers()
        native.put("model", raw: object.nonNull("model"))
        native.put("cwd", raw: object.nonNull("cwd"))
        native.put("append_system_prompt", raw: object.nonNull("appendSystemPrompt"))
        // None is the standard too.
        let turns = object.nonNull("maxTurns").flatMap { Double(String(buffer: $0)) == 0 ? nil : $0 }
        native.put("max_turns", raw: turns ?? ByteBuffer(string: "\(Self.standardTurns)"))
        var options = try Self.options(native, for: caller)
        options.id = UUID().uuidString.lowercased()
        options.permissionMode = mode
        options.timeToLive = Self.timeToLive
        options.notes = ["origin": Self.origin, "metadata": try Self.metadata(object)]
        self.options = options
    }

    /// The native request's options; what is wrong is told by this one's names.
    private static func options(_ native: JSONMembers, for caller: Caller) throws(Problem) -> SessionOptions {
        do throws(Problem) {
            var fields = try RequestFields(native.bytes)
            return try CreateRequest(&fields, for: caller).options
        } catch {
            guard let first = error.errors.first else { throw error }
            let names = ["max_turns": "maxTurns", "append_system_prompt": "appendSystemPrompt"]
            let name = String(first.pointer.dropFirst())
            throw CodingAgentsErrors.invalid(
                "Invalid request body format: \(names[name] ?? name) \(first.message)"
            )
        }
    }

    private static func metadata(_ object: JSONObject) throws(Problem) -> String {
        guard let raw = object.nonNull("metadata") else { return "{}" }
        guard JSONObject(raw) != nil, raw.readableBytes <= Self.maximumMetadataBytes else {
            throw CodingAgentsErrors.invalid(
                "Invalid request body format: metadata must be an object of at most \(Self.maximumMetadataBytes) bytes"
            )
        }
        return String(buffer: JSONText.singleLine(raw))
    }
}

/// What `POST …/messages` and `/stream` ask for.
struct CodingAgentsPrompt {
    /// A year: longer ones are none.
    private static let longest = 365 * 24 * 3_600_000.0

    /// JSON, checked.
    let content: ByteBuffer
    /// Whether the client only wants to know where the stream is.
    let isStream: Bool
    /// How long it may take, in milliseconds; `nil` for as long as it takes.
    let timeout: Int?

    /// Reads a body.
    ///
    /// - Throws: `Problem` in the original's words.
    init(_ body: ByteBuffer) throws(Problem) {
        let object = try CodingAgentsBody.object(body)
        guard let prompt = object.nonNull("prompt") else {
            throw CodingAgentsErrors.invalid("Missing required field: prompt")
        }
        guard JSONText.string(prompt) != nil else {
            throw CodingAgentsErrors.invalid("Field \"prompt\" must be a string")
        }
        if object.nonNull("stream") != nil, object.bool("stream") == nil {
            throw CodingAgentsErrors.invalid("Invalid request body format: stream must be a boolean")
        }
        if object.nonNull("timeout") != nil, object.double("timeout") == nil {
            throw CodingAgentsErrors.invalid("Invalid request body format: timeout must be a number")
        }
        self.content = try Self.checked(prompt)
        self.isStream = object.bool("stream") ?? false
        self.timeout = Self.milliseconds(object.double("timeout"))
    }

    /// Reads the query of `GET …/stream`.
    ///
    /// - Throws: `Problem` when it has no prompt.
    init(_ request: Request) throws(Problem) {
        guard let prompt = Self.value("prompt", of: request) else {
            throw CodingAgentsErrors.invalid("Missing required field: prompt")
        }
        self.content = try Self.checked(JSONText.quoted(prompt))
        self.isStream = true
        self.timeout = Self.milliseconds(Self.value("timeout", of: request).flatMap(Double.init))
    }

    private static func checked(_ prompt: ByteBuffer) throws(Problem) -> ByteBuffer {
        guard prompt.readableBytes > 2 else { throw CodingAgentsErrors.invalid("Missing required field: prompt") }
        do {
            return try PromptContent(prompt).bytes
        } catch {
            throw CodingAgentsErrors.invalid("Invalid prompt: \(error.message)")
        }
    }

    private static func milliseconds(_ number: Double?) -> Int? {
        guard let number, number > 0, number < Self.longest else { return nil }
        return max(1, Int(number))
    }

    /// A field of the query as a form writes it, where a plus is a space.
    private static func value(_ name: String, of request: Request) -> String? {
        let pairs = (request.uri.query ?? "").split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        guard let pair = pairs.first(where: { $0.first == name[...] }), pair.count == 2 else { return nil }
        return pair[1].replacing("+", with: " ").removingPercentEncoding
    }
}

/// Reads bodies as the original does.
enum CodingAgentsBody {
    /// The object that a body is.
    static func object(_ body: ByteBuffer) throws(Problem) -> JSONObject {
        if let object = JSONObject(body) { return object }
        let isOther = body.readableBytes == 0 || JSONText.isValue(body)
        throw CodingAgentsErrors.invalid(
            isOther ? "Request body must be an object" : "Invalid request body format: it is not JSON"
        )
    }

    /// A text of it, which may be missing.
    static func string(_ key: StaticString, _ object: JSONObject) throws(Problem) -> String? {
        guard let raw = object.nonNull(key) else { return nil }
        guard let text = JSONText.string(raw) else {
            throw CodingAgentsErrors.invalid("Invalid request body format: \(key) must be a string")
        }
        return text
    }
}
