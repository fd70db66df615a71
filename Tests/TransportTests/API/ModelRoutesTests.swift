import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// `/v1/models` and `/v1/tokens/count` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct ModelRoutesTests {
        private static let models = #"[{"value":"sonnet","displayName":"Sonnet"},{"value":"opus"}]"#

        @Test func `the models are those that an agent has told of`() async throws {
            try await TestServer.with(TestAgent(facts: #"{"models":\#(Self.models)}"#)) { server in
                let none = try await server.request("GET", "/v1/models")
                #expect(none.status == 200 && none.body == #"{"models":[],"as_of":null}"#)
                try await server.session()
                let some = try await server.request("GET", "/v1/models")
                #expect(some.json?.raw("models").map { String(buffer: $0) } == Self.models)
                #expect(some.json?.string("as_of").flatMap { Timestamp.normal($0) } != nil)
            }
        }

        @Test func `a key with an account of its own is told of that alone`() async throws {
            let house = Caller.anonymous
            var own = AccessKey(id: "k1", name: "own", digest: "", scopes: Scope.usual, createdAt: "")
            own.workspace = KeyWorkspace(credential: "env:OTHER")
            try await TestServer.with(TestAgent(facts: #"{"models":\#(Self.models)}"#)) { server in
                try await server.session()
                #expect(server.supervisor.models.list(for: house) != nil)
                #expect(server.supervisor.models.list(for: Caller(own)) == nil)
            }
        }

        @Test(arguments: [
            ("one two three", 13, 3, 3), ("12345678901234567890", 20, 1, 5), ("é", 1, 1, 1), ("   ", 3, 0, 0),
        ])
        func `tokens are estimated`(text: String, characters: Int, words: Int, tokens: Int) async throws {
            try await TestServer.with { server in
                let count = try await server.request("POST", "/v1/tokens/count", #"{"text":"\#(text)"}"#)
                #expect(count.status == 200)
                #expect(count.json?.int("characters") == characters && count.json?.int("words") == words)
                #expect(count.json?.int("estimated_tokens") == tokens)
            }
        }

        @Test(arguments: ["{}", #"{"text":""}"#, #"{"text":7}"#, #"{"text":"x","y":1}"#])
        func `what has no text is refused`(body: String) async throws {
            try await TestServer.with { server in
                let refused = try await server.request("POST", "/v1/tokens/count", body)
                #expect(refused.status == 422)
            }
        }
    }
}
