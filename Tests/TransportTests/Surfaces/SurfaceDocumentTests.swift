import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What is written of the surfaces, held against the router.
    @Suite(.timeLimit(.minutes(1)))
    struct SurfaceDocumentTests {
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
