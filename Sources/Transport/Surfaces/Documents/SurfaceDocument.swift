import Actors
import HTTPTypes
import NIOCore

/// A surface's OpenAPI document: which routes there are, who may call them, and what stands in their paths.
///
/// What bodies look like is the original's to say; `docs/surfaces/` says where we differ.
struct SurfaceDocument {
    private(set) var root: DocumentNode

    /// - Parameters:
    ///   - surface: whose.
    ///   - endpoints: of the whole server.
    ///   - base: what stands before the paths for its reader; empty on a port of its own.
    ///   - dialect: the version of OpenAPI; nothing in it needs more than 3.0.
    init(_ surface: Surface, _ endpoints: [Endpoint], base: String, dialect: String = "3.1.0") {
        var paths = DocumentNode.object([])
        for endpoint in endpoints where surface.members.contains(endpoint.surface) {
            let parts = surface.path(of: endpoint).split(separator: "/").map { part in
                part == "**" ? "{path}" : part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
            }
            let path = "/\(parts.joined(separator: "/"))"
            var item = paths[path] ?? .object([])
            item["\(endpoint.method)".lowercased()] = Self.operation(endpoint, parts, surface)
            paths[path] = item
        }
        self.root = .of([
            "openapi": .string(dialect),
            "info": .of([
                "title": .string(surface.title), "version": .string(surface.version),
                "description": .string(
                    "The API of \(surface.title), spoken by Troupe. Its own documents say what bodies hold."
                ),
            ]),
            "servers": .array([.of(["url": .string(base.isEmpty ? "/" : base)])]),
            "tags": .array([.of(["name": .string(surface.title)])]),
            "paths": paths,
            "components": .of([
                "securitySchemes": .of([
                    "apiKey": .of([
                        "type": .string("apiKey"), "in": .string("header"), "name": .string("X-API-Key"),
                    ]),
                    "bearer": .of(["type": .string("http"), "scheme": .string("bearer")]),
                ])
            ]),
        ])
    }

    private static func operation(_ endpoint: Endpoint, _ parts: [String], _ surface: Surface) -> DocumentNode {
        var operation = DocumentNode.of([
            "operationId": .string(endpoint.operation), "summary": .string(endpoint.operation),
            "tags": .array([.string(surface.title)]),
        ])
        let parameters = parts.filter { $0.hasPrefix("{") }.map { part in
            DocumentNode.of([
                "name": .string(String(part.dropFirst().dropLast())), "in": .string("path"), "required": .bool(true),
                "schema": .of(["type": .string("string")]),
            ])
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if [.post, .put, .patch].contains(endpoint.method) {
            let body = DocumentNode.of(["schema": .of(["type": .string("object")])])
            operation["requestBody"] = .of(["content": .of(["application/json": body])])
        }
        let key = ["bearer", "apiKey"].map { DocumentNode.of([$0: .array([])]) }
        operation["security"] = .array(endpoint.scope == nil ? [] : key)
        if let scope = endpoint.scope { operation["x-required-scope"] = .string(scope.rawValue) }
        operation["responses"] = .of([
            "2XX": .of(["description": .string("Done, or on its way.")]),
            "default": .of(["description": .string("Refused, in the original's shape.")]),
        ])
        return operation
    }
}

extension Surface {
    /// What the original calls its API.
    var title: String {
        switch self {
        case .clinvoker: "clinvoker API"
        case .sdkServer: "Claude Code SDK API"
        case .codeAPI: "Claude Code API"
        case .codingAgents: "Claude Code REST API"
        case .openAI: "OpenAI API"
        case .anthropic: "Anthropic API"
        case .shared: "Shared paths"
        }
    }

    /// The version of it that the original names.
    var version: String { self == .codeAPI ? "0.2.0" : "1.0.0" }

    /// The surfaces that its clients find below one address.
    var members: [Surface?] { self == .clinvoker ? [.clinvoker, .openAI, .anthropic] : [self] }

    /// A route's path as the surface's clients call it.
    func path(of endpoint: Endpoint) -> String {
        guard endpoint.surface == self, self != .openAI, self != .anthropic else { return endpoint.path }
        return String(endpoint.path.dropFirst(self.root.utf8.count + 1))
    }
}
