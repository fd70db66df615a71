import Actors
import HTTPTypes

/// Puts `/openapi.json` together from its source (see `OpenAPISource`).
///
/// Decides only. What follows from the source is written here once: who may call an operation, and how each can fail.
struct OpenAPIDocument {
    /// What every operation may answer with, beside what it lists itself.
    private static let always: [Problem.Code] = [
        .badRequest, .forbiddenOrigin, .requestTimeout, .targetTooLong, .expectationFailed, .rateLimited,
        .headersTooLarge, .internalError, .tooManyConnections,
    ]
    /// What every operation with a body may answer with.
    private static let withBody: [Problem.Code] = [
        .invalidJSON, .invalidRequest, .bodyTooLarge, .unsupportedMediaType, .tooManyBodies,
    ]
    /// What every operation on a session may answer with.
    private static let withSession: [SessionError.Code] = [.sessionNotFound, .ambiguousSession]
    private static let methods: Set = ["get", "put", "post", "delete", "patch"]

    /// The status of every code there is: the closed list.
    static let statuses: [String: Int] = {
        let problems = Problem.Code.allCases.map { ($0.rawValue, Problem($0, "").status.code) }
        let refusals = SessionError.Code.allCases.map { ($0.rawValue, Problem(SessionError($0, "")).status.code) }
        let files = FileError.Code.allCases.map { ($0.rawValue, Problem(FileError($0, "")).status.code) }
        return Dictionary(problems + refusals + files) { first, _ in first }
    }()

    /// The whole document.
    private(set) var root: DocumentNode

    private let needsKeys: Bool

    /// - Parameters:
    ///   - version: the program's.
    ///   - needsKeys: whether the server has keys; else every operation can do without.
    ///   - prefix: what stands before the paths for its reader, as `/troupe`.
    /// - Throws: when the source is no YAML.
    init(version: String, needsKeys: Bool, prefix: String = "") throws {
        self.needsKeys = needsKeys
        self.root = .null
        var root = try DocumentNode(yaml: OpenAPISource.info.replacing("VERSION", with: version))
        if !prefix.isEmpty {
            let server = DocumentNode.of(["url": .string(prefix), "description": .string("This server.")])
            root["servers"] = .array([server])
        }
        var paths: [DocumentNode.Member] = []
        for source in OpenAPISource.operations {
            paths += try DocumentNode(yaml: source).members.map { path in
                .init(key: path.key, value: self.path(path.value, at: path.key))
            }
        }
        root["paths"] = .object(paths)
        var components = try DocumentNode(yaml: OpenAPISource.components)
        components["responses"] = .object(
            Self.codesByStatus(Self.always.map(\.rawValue)).map { status, codes in
                .init(key: "\(status)", value: Self.failure(status, codes).value)
            }
        )
        components["schemas"] = .object(try Self.schemas())
        root["components"] = components
        self.root = root
    }

    /// The schemas of both documents, in their order.
    static func schemas() throws -> [DocumentNode.Member] {
        var schemas: [DocumentNode.Member] = []
        for source in OpenAPISource.schemas {
            schemas += try DocumentNode(yaml: source).members.map {
                .init(key: $0.key, value: Self.withNulls($0.value))
            }
        }
        let codes = Self.statuses.keys.sorted().map { DocumentNode.string($0) }
        let code = DocumentNode.of([
            "type": .string("string"), "enum": .array(codes),
            "description": .string("The closed list of reasons, each with one status."),
        ])
        return schemas + [.init(key: "ErrorCode", value: code)]
    }

    // MARK: Operations

    private func path(_ path: DocumentNode, at name: String) -> DocumentNode {
        .object(
            path.members.map { member in
                guard Self.methods.contains(member.key) else { return member }
                return .init(key: member.key, value: self.operation(member.value, at: name))
            }
        )
    }

    private func operation(_ source: DocumentNode, at path: String) -> DocumentNode {
        let scope = source["scope"]?.text ?? "open"
        var codes = Self.always.map(\.rawValue) + (source["errors"]?.elements.compactMap(\.text) ?? [])
        if source["requestBody"] != nil { codes += Self.withBody.map(\.rawValue) }
        if path.hasPrefix("/v1/sessions/{id}") { codes += Self.withSession.map(\.rawValue) }
        if scope != "open" { codes += [Problem.Code.unauthorized, .forbidden].map(\.rawValue) }
        var operation = DocumentNode.object([])
        for member in source.members {
            switch member.key {
            case "scope":
                if scope != "open" { operation["x-required-scope"] = member.value }
                operation["security"] = self.security(scope)
            case "errors", "answers", "responses": continue
            default: operation[member.key] = member.value
            }
        }
        var responses = source["responses"]?.members.map { Self.withRequestID($0) } ?? []
        responses += (source["answers"]?.members ?? []).map { answer in
            Self.answer(answer.key, answer.value.elements.compactMap(\.text))
        }
        let named = Set(responses.map(\.key))
        let common = Self.codesByStatus(Self.always.map(\.rawValue))
        for (status, codes) in Self.codesByStatus(codes) where !named.contains("\(status)") {
            let isCommon = common.contains { $0.status == status && $0.codes == codes }
            let shared = DocumentNode.Member(key: "\(status)", value: .reference("components/responses/\(status)"))
            responses.append(isCommon ? shared : Self.failure(status, codes))
        }
        operation["responses"] = .object(responses)
        return operation
    }

    private static func codesByStatus(_ codes: [String]) -> [(status: Int, codes: [String])] {
        Dictionary(grouping: Set(codes)) { Self.statuses[$0] ?? 500 }
            .map { (status: $0.key, codes: $0.value.sorted()) }
            .sorted { $0.status < $1.status }
    }

    private func security(_ scope: String) -> DocumentNode {
        guard scope != "open" else { return .array([]) }
        let schemes = ["bearer", "apiKey", "cookie", "ticket"].map { DocumentNode.of([$0: .array([])]) }
        return .array(schemes + (self.needsKeys ? [] : [.object([])]))
    }

    /// `'200': [Session, The session.]` in full.
    private static func answer(_ status: String, _ parts: [String]) -> DocumentNode.Member {
        let schema = DocumentNode.reference("components/schemas/\(parts.first ?? "")")
        let answer = DocumentNode.of([
            "description": .string(parts.dropFirst().first ?? ""),
            "content": .of(["application/json": .of(["schema": schema])]),
        ])
        return Self.withRequestID(.init(key: status, value: answer))
    }

    private static func failure(_ status: Int, _ codes: [String]) -> DocumentNode.Member {
        let narrowed = DocumentNode.of([
            "type": .string("object"),
            "properties": .of([
                "status": .of(["const": .number("\(status)")]),
                "code": .of(["enum": .array(codes.map { .string($0) })]),
            ]),
        ])
        let schema = DocumentNode.of([
            "allOf": .array([.reference("components/schemas/Problem"), narrowed])
        ])
        var failure = DocumentNode.of([
            "description": .string(codes.map { "`\($0)`" }.joined(separator: ", ")),
            "content": .of(["application/problem+json": .of(["schema": schema])]),
        ])
        let header: String? =
            switch status {
            case 401: "WWW-Authenticate"
            case 405: "Allow"
            case 429, 503: "Retry-After"
            default: nil
            }
        if let header {
            let name = header.filter { $0 != "-" }
            failure["headers"] = .of([header: .reference("components/headers/\(name)")])
        }
        return Self.withRequestID(.init(key: "\(status)", value: failure))
    }

    private static func withRequestID(_ response: DocumentNode.Member) -> DocumentNode.Member {
        var value = response.value
        var headers = value["headers"] ?? .object([])
        headers["X-Request-ID"] = .reference("components/headers/RequestID")
        value["headers"] = headers
        return .init(key: response.key, value: value)
    }

    // MARK: Schemas

    /// Of a request, `null` stands for a field that is not there; required ones aside.
    private static func withNulls(_ schema: DocumentNode) -> DocumentNode {
        guard schema["x-fields-may-be-null"] != nil else { return schema }
        let required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
        var schema = schema
        schema["x-fields-may-be-null"] = nil
        schema["properties"] = .object(
            (schema["properties"]?.members ?? []).map { property in
                guard !required.contains(property.key) else { return property }
                return .init(key: property.key, value: Self.orNull(property.value))
            }
        )
        return schema
    }

    private static func orNull(_ schema: DocumentNode) -> DocumentNode {
        var schema = schema
        if let reference = schema["$ref"] {
            schema["$ref"] = nil
            let null = DocumentNode.of(["type": .string("null")])
            schema["anyOf"] = .array([.of(["$ref": reference]), null])
            return schema
        }
        if let type = schema["type"], type != .string("null") { schema["type"] = .array([type, .string("null")]) }
        if let choices = schema["enum"] { schema["enum"] = .array(choices.elements + [.null]) }
        return schema
    }
}
