import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// The documents and their page over real sockets, and what is answered where no route is.
    @Suite(.timeLimit(.minutes(1)))
    struct DocumentRoutesTests {
        @Test(arguments: [
            ("/openapi.json", "application/json"), ("/asyncapi.json", "application/json"),
            ("/docs", "text/html; charset=utf-8"), ("/docs/docs.js", "text/javascript; charset=utf-8"),
            ("/docs/docs.css", "text/css; charset=utf-8"),
        ])
        func `the documents are served`(path: String, type: String) async throws {
            try await TestServer.with { server in
                let answer = try await server.request("GET", path)
                #expect(answer.status == 200)
                #expect(answer.head.headers["content-type"] == type)
                #expect(answer.body.utf8.count > 500)
            }
        }

        @Test func `the page needs nothing from elsewhere, and its policy lets nothing else in`() async throws {
            try await TestServer.with { server in
                let page = try await server.request("GET", "/docs")
                let policy = try #require(page.head.headers["content-security-policy"])
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            }
            // No address of elsewhere, nothing in line that the policy would stop.
            for text in [DocsPage.html(), DocsPage.style, DocsPage.script] {
                #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("//cdn"))
            }
            for inline in ["<style", " style=", " onclick", " onload"] { #expect(!DocsPage.html().contains(inline)) }
            #expect(!DocsPage.script.contains("innerHTML") && !DocsPage.script.contains("eval("))
        }

        @Test(arguments: [
            ("PUT", "/v1/sessions", "GET, HEAD, OPTIONS, POST"),
            ("POST", "/v1/sessions/s1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
            ("TRACE", "/health", "GET, HEAD, OPTIONS"), ("PROPFIND", "/v1/usage", "GET, HEAD, OPTIONS"),
            ("DELETE", "/v1/sessions/s1/interrupt", "OPTIONS, POST"),
        ])
        func `a method that a path has not is refused with those it has`(
            method: String,
            path: String,
            allowed: String
        ) async throws {
            try await TestServer.with { server in
                let refused = try await server.request(method, path)
                #expect(refused.status == 405)
                #expect(refused.head.headers["allow"] == allowed)
                #expect(refused.head.headers["content-type"] == "application/problem+json")
                #expect(refused.code == "method_not_allowed")
            }
        }

        @Test func `OPTIONS says what there is, and nothing of what is not`() async throws {
            try await TestServer.with { server in
                let there = try await server.request("OPTIONS", "/v1/sessions/nobody")
                #expect(there.status == 204 && there.head.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH")
                let nowhere = try await server.request("OPTIONS", "/v1/nothing")
                #expect(nowhere.status == 404 && nowhere.head.headers["allow"] == nil)
                #expect(try await server.request("PUT", "/v1/nothing").code == "not_found")
            }
        }
    }
}
