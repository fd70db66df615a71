import Actors
import Agent
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What is written of the surfaces, held against the router.
    @Suite(.timeLimit(.minutes(1)))
    struct SurfaceDocumentTests {
        /// The pages of `docs/surfaces`, by whose they are.
        private static let pages: [(Surface, String)] = [
            (.clinvoker, "clinvoker"), (.sdkServer, "fastapi-server"), (.codeAPI, "claude-code-api"),
            (.codingAgents, "coding-agents"), (.openAI, "openai"), (.anthropic, "anthropic"), (.shared, "shared"),
        ]

        private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/surfaces")

        /// The rows of a page's table of routes: method, path, operation and scope in one line.
        private static func rows(_ page: String) throws -> [String] {
            let text = try String(contentsOf: Self.docs.appending(path: "\(page).md"), encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let table = lines.drop { $0 != "## Routes" }.dropFirst().prefix { !$0.hasPrefix("## ") }
            return table.filter { $0.hasPrefix("|") }.dropFirst(2).map { row in
                row.split(separator: "|").map { cell in
                    cell.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
                }.prefix(4).joined(separator: " ")
            }
        }

        @Test(arguments: Self.pages)
        func `a page's table has the routes of the router, and no others`(surface: Surface, page: String) async throws {
            try await TestServer.with { server in
                let declared = server.transport.endpoints.filter { $0.surface == surface }.map { endpoint in
                    let path = surface.path(of: endpoint)
                    let scope = endpoint.scope?.rawValue ?? "none"
                    return "\(endpoint.method) \(path.isEmpty ? "/" : path) \(endpoint.operation) \(scope)"
                }
                let written = try Self.rows(page)
                #expect(Set(declared).subtracting(written).sorted() == [], "not in the table of \(page).md")
                #expect(Set(written).subtracting(declared).sorted() == [], "not in the router")
            }
        }

        @Test(arguments: [
            "clinvk/openapi.json", "sdk/openapi.json", "cca/openapi.json", "mcpapi/api-docs/openapi.json",
        ])
        func `each system has its document where the original has it`(path: String) async throws {
            try await TestServer.with { server in
                let answer = try await server.request("GET", "/compat/\(path)")
                #expect(answer.status == 200 && answer.json?.string("openapi") == "3.1.0")
                let base = path.prefix { $0 != "/" }
                let servers = answer.json?.array("servers")?.first.map { String(buffer: $0) }
                #expect(servers == #"{"url":"/compat/\#(base)"}"#)
                #expect((answer.json?.object("paths")?.members.count ?? 0) > 0)
            }
        }

        @Test(arguments: ["clinvk/docs", "sdk/docs", "sdk/redoc", "cca/docs", "cca/redoc", "mcpapi/api-docs"])
        func `each system has its page, whose files are there`(path: String) async throws {
            try await TestServer.with { server in
                let page = try await server.request("GET", "/compat/\(path)")
                #expect(page.status == 200 && page.head.headers["content-type"] == "text/html; charset=utf-8")
                let names = page.body.matches(of: /(?:src|href|data-openapi)="([^"#:]+)"/).map { String($0.1) }
                #expect(names.count == 3)
                let directory = "/compat/\(path)".split(separator: "/").dropLast().joined(separator: "/")
                for name in names {
                    #expect(try await server.request("GET", "/\(directory)/\(name)").status == 200, "\(name)")
                }
            }
        }
    }
}
