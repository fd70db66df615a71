import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// `GET /v1/usage` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct UsageRoutesTests {
        /// Every turn uses two models.
        private static var spending: TestAgent {
            TestAgent { prompt in
                let models =
                    #"{"opus":{"inputTokens":10,"outputTokens":5,"costUSD":0.5},"haiku":{"inputTokens":1,"costUSD":0.25}}"#
                return [
                    TestAgent.begin,
                    #"{"type":"result","is_error":false,"terminal_reason":"completed","result":"ok","#
                        + #""user_message_uuids":["\#(prompt.uuid)"],"model_usage_since_last_result":\#(models)}"#,
                ]
            }
        }

        private static func rows(_ server: TestServer, _ query: String) async throws -> [String] {
            let usage = try await server.request("GET", "/v1/usage\(query)")
            #expect(usage.status == 200)
            let rows = usage.json?.raw("usage").flatMap { JSONObject.elements($0) }?.compactMap { JSONObject($0) } ?? []
            return rows.map { "\($0.string("key") ?? "") \($0.int("turns") ?? -1) \($0.double("cost_usd") ?? -1)" }
        }

        @Test func `what was used is summed up as asked`() async throws {
            try await TestServer.with(Self.spending) { server in
                for (id, turns) in [("s1", 2), ("s2", 1)] {
                    try await server.session(id)
                    for _ in 0..<turns {
                        let body = #"{"content":"Hi","wait_ms":9000}"#
                        #expect(try await server.request("POST", "/v1/sessions/\(id)/messages", body).status == 200)
                    }
                }
                #expect(try await Self.rows(server, "") == ["s1 2 1.5", "s2 1 0.75"])
                #expect(try await Self.rows(server, "?by=session&session=s2") == ["s2 1 0.75"])
                let models = try await Self.rows(server, "?by=model")
                #expect(models.map { $0.prefix(1) + $0.suffix(4) } == ["h0.75", "o 1.5"])
                let day = String(Timestamp.now().prefix(10))
                #expect(try await Self.rows(server, "?by=day&from=2026-01-01").map { $0.suffix(6) } == ["3 2.25"])
                #expect(try await Self.rows(server, "?to=2026-01-01").isEmpty)
                #expect(try await Self.rows(server, "?from=\(day)&to=\(day)").count == 2)
                let total = try await server.request("GET", "/v1/usage?by=day")
                #expect(total.json?.object("total")?.int("input_tokens") == 33)
                #expect(total.json?.string("by") == "day")
            }
        }

        @Test(arguments: ["by=week", "from=yesterday", "to=2026-1-1", "from=", "from=2026-11-21T00:00"])
        func `what cannot be asked is refused`(query: String) async throws {
            try await TestServer.with { server in
                let refused = try await server.request("GET", "/v1/usage?\(query)")
                #expect(refused.status == 400 && refused.code == "bad_request")
            }
        }
    }
}
