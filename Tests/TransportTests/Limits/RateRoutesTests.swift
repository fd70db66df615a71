import Actors
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// Rates and places, as clients see them.
    @Suite(.timeLimit(.minutes(1)))
    struct RateRoutesTests {
        private static let key = "a-token-of-some-length"

        private static func withRates(
            _ rates: RateLimits,
            isOpen: Bool = true,
            _ body: (TestServer) async throws -> Void
        ) async throws {
            let ring = try isOpen ? KeyRing.open : KeyRing(plain: [try #require(KeyRing.PlainKey("ann:\(Self.key)"))])
            try await TestServer.with(configure: {
                $0.transport.rates = RateLimiter(rates)
                $0.transport.keys = ring
            }) { try await body($0) }
        }

        @Test func `what is left is told with every answer, and when there is nothing, when to come back`() async throws
        {
            try await Self.withRates(RateLimits(light: 3, work: 1)) { server in
                for left in [2, 1] {
                    let response = try await server.request("GET", "/v1/sessions")
                    #expect(response.status == 200)
                    #expect(response.head.headers["ratelimit-policy"] == "\"light\";q=3;w=60")
                    #expect(response.head.headers["ratelimit-remaining"] == "\(left)")
                }
                // A refusal by the route counts, and tells, like any other answer.
                let missing = try await server.request("GET", "/v1/sessions/none")
                #expect(missing.status == 404 && missing.head.headers["ratelimit-remaining"] == "0")
                let refused = try await server.request("GET", "/v1/sessions")
                #expect(refused.status == 429 && refused.code == "rate_limited")
                #expect(refused.head.headers["retry-after"].flatMap { Int($0) }.map { (1...20).contains($0) } == true)
                #expect(refused.head.headers["ratelimit"]?.hasPrefix("\"light\";r=0;t=") == true)
                // Other classes have quotas of their own; health has none.
                #expect(try await server.request("POST", "/v1/sessions", "{}").status == 201)
                #expect(try await server.request("POST", "/v1/sessions", "{}").status == 429)
                for _ in 0..<10 { #expect(try await server.request("GET", "/health/live").status == 200) }
            }
        }

        @Test func `who guesses keys is slowed down, who has one is not`() async throws {
            try await Self.withRates(RateLimits(failures: 3), isOpen: false) { server in
                let right = ["Authorization": "Bearer \(Self.key)"], wrong = ["Authorization": "Bearer wrong"]
                for _ in 0..<3 {
                    #expect(try await server.request("GET", "/v1/sessions", headers: wrong).status == 401)
                }
                for _ in 0..<3 {
                    let refused = try await server.request("GET", "/v1/sessions", headers: wrong)
                    #expect(refused.status == 429 && refused.head.headers["retry-after"] == "20")
                    #expect(try await server.request("GET", "/v1/sessions", headers: right).status == 200)
                }
                // Other doors are no way round.
                #expect(try await server.request("POST", "/v1/login", #"{"token":"wrong"}"#).status == 429)
                #expect(try await server.request("GET", "/v1/sessions?ticket=wrong").status == 429)
                #expect(try await server.request("GET", "/v1/sessions").status == 401)
            }
        }

        @Test func `commands of a socket count too, and who does not heed it is let go`() async throws {
            try await Self.withRates(RateLimits(light: 2)) { server in
                var socket = try await server.socket()
                for ref in 1...2 {
                    try await socket.send(#"{"ref":\#(ref),"op":"ping"}"#)
                    #expect(try await socket.frame()?.text.contains(#""ok":true"#) == true)
                }
                try await socket.send(#"{"ref":3,"op":"ping"}"#)
                let refused = try #require(try await socket.frame()?.text)
                #expect(refused.contains(#""rate_limited""#) && refused.contains(#""retry_after_ms":"#), "\(refused)")
                for _ in 0..<200 { try await socket.send(#"{"ref":4,"op":"ping"}"#) }
                #expect(try await socket.close()?.code == 4013)
            }
        }

        @Test func `handshakes count as streams`() async throws {
            try await Self.withRates(RateLimits(stream: 1)) { server in
                // Answered, it has been counted.
                var first = try await server.socket()
                _ = try await first.ask(1, #""op":"ping""#)
                var second = try await server.socket()
                #expect(try await second.close()?.code == 4013)
            }
        }

        @Test func `a body where no prompt belongs may have a megabyte`() async throws {
            try await TestServer.with { server in
                let head = "POST /v1/logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n"
                let connection = try await server.connect()
                try await connection.send(head)
                let answer = try await String(buffer: connection.receiveAll())
                #expect(!answer.hasPrefix("HTTP/1.1 2") || answer.contains("onnection: close"), "\(answer)")
            }
        }
    }

    /// The places that a key has for streams.
    @Suite
    struct PlacesTests {
        @Test func `a place is free again when nobody holds it`() {
            let places = Places()
            var held = [places.take("k1", limit: 2), places.take("k1", limit: 2)]
            #expect(held.allSatisfy { $0 != nil } && places.take("k1", limit: 2) == nil)
            #expect(places.take("k2", limit: 1) != nil)
            #expect(places.count == 2)
            held = []
            #expect(places.count == 0)
        }
    }
}
