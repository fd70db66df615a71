import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// That `/openapi.json` says what the server does.
    @Suite(.timeLimit(.minutes(1)))
    struct OpenAPIDocumentTests {
        private static let methods = ["get", "put", "post", "delete", "patch"]

        /// One operation, as the router or the document has it.
        private struct Operation: Hashable, CustomStringConvertible {
            let method: String
            let path: String
            let id: String
            let scope: String

            var description: String { "\(self.method) \(self.path) \(self.id) needs \(self.scope)" }
        }

        private static func described() throws -> Set<Operation> {
            let document = try OpenAPIDocument(version: "1", needsKeys: true).root
            let operations = (document["paths"]?.members ?? []).flatMap { path in
                path.value.members.filter { Self.methods.contains($0.key) }.map { method in
                    Operation(
                        method: method.key.uppercased(),
                        path: path.key,
                        id: method.value["operationId"]?.text ?? "",
                        scope: method.value["x-required-scope"]?.text ?? "nothing"
                    )
                }
            }
            return Set(operations)
        }

        @Test func `every route is in the document, and no other`() async throws {
            try await TestServer.with { server in
                let declared = server.transport.endpoints.filter { $0.surface == nil }.map { endpoint in
                    let parts = endpoint.path.split(separator: "/").map { part in
                        part == "**" ? "{path}" : part.hasPrefix(":") ? "{\(part.dropFirst())}" : part
                    }
                    return Operation(
                        method: "\(endpoint.method)",
                        path: "/\(parts.joined(separator: "/"))",
                        id: endpoint.operation,
                        scope: endpoint.scope?.rawValue ?? "nothing"
                    )
                }
                let described = try Self.described()
                #expect(Set(declared).subtracting(described).map(\.description).sorted() == [], "not in the document")
                #expect(described.subtracting(declared).map(\.description).sorted() == [], "not in the router")
                #expect(Set(described.map(\.id)).count == described.count, "an operationId stands twice")
            }
        }

        @Test func `every code is in the closed list, and no other`() throws {
            let document = try OpenAPIDocument(version: "1", needsKeys: true).root
            let listed = document["components"]?["schemas"]?["ErrorCode"]?["enum"]?.elements.compactMap(\.text) ?? []
            let known =
                Problem.Code.allCases.map(\.rawValue) + SessionError.Code.allCases.map(\.rawValue)
                + FileError.Code.allCases.map(\.rawValue)
            #expect(Set(listed) == Set(known))
            #expect(listed.count == Set(listed).count)
            #expect(Set(known).count == known.count, "two lists have one code, with two statuses perhaps")
        }

        @Test func `no operation names a code that is not in the list`() throws {
            for source in OpenAPISource.operations {
                for path in try DocumentNode(yaml: source).members {
                    for operation in path.value.members {
                        let codes = operation.value["errors"]?.elements.compactMap(\.text) ?? []
                        let unknown = codes.filter { OpenAPIDocument.statuses[$0] == nil }
                        #expect(unknown.isEmpty, "\(operation.key) \(path.key)")
                    }
                }
            }
        }

        @Test func `every reference leads somewhere`() throws {
            for root in try [
                OpenAPIDocument(version: "1", needsKeys: true).root, AsyncAPIDocument(version: "1").root,
            ] {
                #expect(Documents.danglingReferences(in: root) == [])
            }
        }

        @Test func `requests refuse unknown fields, and say so`() throws {
            let document = try OpenAPIDocument(version: "1", needsKeys: true).root
            for path in document["paths"]?.members ?? [] {
                for operation in path.value.members {
                    guard let body = operation.value["requestBody"]?["content"]?["application/json"]?["schema"] else {
                        continue
                    }
                    for schema in Documents.alternatives(of: body, in: document) {
                        #expect(schema["additionalProperties"] == .bool(false), "\(operation.key) \(path.key)")
                    }
                }
            }
        }

        @Test func `a server without keys says that it wants none`() async throws {
            try await TestServer.with { server in
                let answer = try await server.request("GET", "/openapi.json")
                #expect(answer.status == 200)
                let document = try DocumentNode(yaml: answer.body)
                let security = document["paths"]?["/v1/sessions"]?["get"]?["security"]?.elements ?? []
                #expect(security.contains(.object([])))
                let withKeys = try OpenAPIDocument(version: "1", needsKeys: true).root
                let needed = withKeys["paths"]?["/v1/sessions"]?["get"]?["security"]?.elements ?? []
                #expect(needed.count == 4 && !needed.contains(.object([])))
            }
        }

        @Test func `indented it is the same`() throws {
            let compact = try APIDocuments.openAPI(version: "1")
            let indented = try APIDocuments.openAPI(version: "1", isIndented: true)
            #expect(indented.readableBytes > compact.readableBytes)
            #expect(try DocumentNode(yaml: String(buffer: compact)) == DocumentNode(yaml: String(buffer: indented)))
            #expect(try JSONSerialization.jsonObject(with: Data(indented.readableBytesView)) is [String: Any])
        }
    }
}
