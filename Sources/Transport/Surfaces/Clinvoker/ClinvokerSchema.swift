import Agent
import NIOCore

/// The schemas of what the routes answer with, which every answer names in `$schema` and `Link`.
enum ClinvokerSchema {
    /// What there is a schema of.
    enum Name: String, CaseIterable {
        case errorModel = "ErrorModel"
        case errorDetail = "ErrorDetail"
        case parallelResponse = "ParallelResponse"
        case chainResponse = "ChainResponse"
        case compareResponse = "CompareResponse"
        case taskResult = "TaskResult"
        case chainStepResult = "ChainStepResult"
        case compareResult = "CompareResult"
        case backendsResponse = "BackendsResponse"
        case backendInfo = "BackendInfo"
        case sessionsResponse = "SessionsResponse"
        case sessionResponse = "SessionResponse"
        case tokenUsage = "TokenUsage"
        case deleteSessionResponse = "DeleteSessionResponse"
        case healthResponse = "HealthResponse"
        case sessionStore = "SessionStore"

        /// Where it lies, without the host.
        func path(_ context: APIContext) -> String { context.client.path("/schemas/\(self.rawValue).json") }

        /// Where it lies, as the client calls this server.
        func address(_ context: APIContext) -> String {
            "\(context.client.scheme)://\(context.client.host ?? "localhost")\(self.path(context))"
        }
    }

    /// One member: its name, with a `?` behind it where it may be missing, and its type.
    private typealias Member = (name: StaticString, type: Kind, isRequired: Bool)

    private indirect enum Kind {
        case string, integer, boolean
        case list(Kind)
        case of(Name)
    }

    /// The schema (JSON Schema 2020-12).
    static func document(_ name: Name, _ context: APIContext) -> ByteBuffer {
        var properties = JSONObjectWriter()
        let members = Self.members(of: name)
        if Self.named.contains(name) { properties.add("$schema", raw: Self.schema(.string, context)) }
        for member in members { properties.add(member.name, raw: Self.schema(member.type, context)) }
        var document = JSONObjectWriter()
        document.add("$schema", "https://json-schema.org/draft/2020-12/schema")
        document.add("$id", name.address(context))
        document.add("type", "object")
        document.add("properties", raw: properties.json)
        document.add("required", texts: members.filter(\.isRequired).map { "\($0.name)" })
        return document.json
    }

    /// Those that are answers by themselves and name their schema.
    private static let named: Set<Name> = [
        .errorModel, .parallelResponse, .chainResponse, .compareResponse, .backendsResponse, .sessionsResponse,
        .sessionResponse, .deleteSessionResponse, .healthResponse,
    ]

    private static func schema(_ kind: Kind, _ context: APIContext) -> ByteBuffer {
        var schema = JSONObjectWriter()
        switch kind {
        case .string: schema.add("type", "string")
        case .integer: schema.add("type", "integer")
        case .boolean: schema.add("type", "boolean")
        case .list(let items):
            schema.add("type", "array")
            schema.add("items", raw: Self.schema(items, context))
        case .of(let name): schema.add("$ref", name.address(context))
        }
        return schema.json
    }

    private static func members(of name: Name) -> [Member] {
        switch name {
        case .errorModel:
            [
                ("title", .string, true), ("status", .integer, true), ("detail", .string, true),
                ("errors", .list(.of(.errorDetail)), false),
            ]
        case .errorDetail: [("message", .string, true), ("location", .string, true)]
        case .parallelResponse:
            [
                ("total_tasks", .integer, true), ("completed", .integer, true), ("failed", .integer, true),
                ("total_duration_ms", .integer, true), ("results", .list(.of(.taskResult)), true),
            ]
        case .chainResponse:
            [
                ("total_steps", .integer, true), ("completed_steps", .integer, true), ("failed_step", .integer, false),
                ("total_duration_ms", .integer, true), ("results", .list(.of(.chainStepResult)), true),
            ]
        case .compareResponse:
            [
                ("prompt", .string, true), ("backends", .list(.string), true),
                ("results", .list(.of(.compareResult)), true), ("total_duration_ms", .integer, true),
            ]
        case .taskResult:
            [
                ("session_id", .string, false), ("backend", .string, true), ("exit_code", .integer, true),
                ("duration_ms", .integer, true), ("output", .string, false), ("error", .string, false),
                ("token_usage", .of(.tokenUsage), false),
            ]
        case .chainStepResult:
            [
                ("step", .integer, true), ("name", .string, false), ("backend", .string, true),
                ("exit_code", .integer, true), ("error", .string, false), ("session_id", .string, false),
                ("duration_ms", .integer, true), ("output", .string, false),
            ]
        case .compareResult:
            [
                ("backend", .string, true), ("model", .string, false), ("exit_code", .integer, true),
                ("error", .string, false), ("duration_ms", .integer, true), ("session_id", .string, false),
                ("output", .string, false),
            ]
        case .tokenUsage:
            [
                ("input_tokens", .integer, true), ("output_tokens", .integer, true), ("cached_tokens", .integer, false),
                ("reasoning_tokens", .integer, false),
            ]
        case .backendsResponse: [("backends", .list(.of(.backendInfo)), true)]
        case .backendInfo: [("name", .string, true), ("available", .boolean, true)]
        case .sessionsResponse:
            [
                ("sessions", .list(.of(.sessionResponse)), true), ("total", .integer, true), ("limit", .integer, true),
                ("offset", .integer, true),
            ]
        case .sessionResponse:
            [
                ("id", .string, true), ("backend", .string, true), ("created_at", .string, true),
                ("last_used", .string, true), ("working_dir", .string, false), ("model", .string, false),
                ("initial_prompt", .string, false), ("status", .string, false), ("turn_count", .integer, false),
                ("token_usage", .of(.tokenUsage), false), ("tags", .list(.string), false), ("title", .string, false),
            ]
        case .deleteSessionResponse: [("deleted", .boolean, true), ("id", .string, true)]
        case .healthResponse:
            [
                ("status", .string, true), ("version", .string, true), ("uptime", .string, true),
                ("uptime_ms", .integer, true), ("uptime_millis", .integer, true),
                ("backends", .list(.of(.backendInfo)), true), ("session_store", .of(.sessionStore), true),
            ]
        case .sessionStore:
            [("available", .boolean, true), ("session_count", .integer, true), ("error", .string, false)]
        }
    }
}

extension JSONObjectWriter {
    /// An answer of clinvoker's that names its schema before everything else.
    init(_ type: ClinvokerSchema.Name, _ context: APIContext) {
        self.init()
        self.add("$schema", type.address(context))
    }
}
