import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// Streams and sockets of a key with a limit of its own.
    @Suite(.timeLimit(.minutes(1)))
    struct StreamPlaceTests {
        /// A server with a key that may have two, and one that may have as many as it likes.
        private static func with(_ body: (TestServer, _ two: String, _ any: String) async throws -> Void) async throws {
            let keys = try TestKeys()
            try keys.file.write(
                keys.file.read().map { key in
                    guard key.name == "alice" else { return key }
                    return AccessKey(
                        id: key.id,
                        name: key.name,
                        digest: key.digest,
                        scopes: key.scopes,
                        createdAt: key.createdAt,
                        limits: KeyLimits(subscribers: 2)
                    )
                }
            )
            let ring = try keys.ring()
            try await TestServer.with(configure: { $0.transport.keys = ring }) { server in
                for token in [keys.alice, keys.bob] {
                    let made = try await server.request("POST", "/v1/sessions", #"{"id":"s1"}"#, headers: token.bearer)
                    #expect(made.status == 201)
                }
                try await body(server, keys.alice, keys.bob)
            }
        }

        private static func stream(_ server: TestServer, _ token: String) async throws -> EventStream {
            var stream = try await server.events(headers: token.bearer)
            _ = try await stream.upTo("stream.synced")
            return stream
        }

        @Test func `one stream too many is refused until another has ended`() async throws {
            try await Self.with { server, two, any in
                let first = try await Self.stream(server, two)
                let second = try await Self.stream(server, two)
                for path in ["/v1/sessions/s1/events", "/v1/events"] {
                    let refused = try await server.request("GET", path, headers: two.bearer)
                    #expect(refused.status == 429 && refused.code == "too_many_streams", "\(refused.body)")
                    #expect(refused.head.headers["retry-after"] == "1")
                }
                // What is no stream is served, and so are others.
                #expect(try await server.request("GET", "/v1/sessions/s1", headers: two.bearer).status == 200)
                for _ in 0..<3 { _ = try await Self.stream(server, any) }
                first.client.connection.close()
                try await eventually("there is room again") {
                    let client = HTTPClient(try await server.connect())
                    var stream = try await EventStream(client, path: "/v1/events", headers: two.bearer)
                    guard stream.head.status == 200 else { return false }
                    _ = try await stream.upTo("stream.synced")
                    return true
                }
                second.client.connection.close()
            }
        }

        @Test func `sockets and what is attached over them count as well`() async throws {
            try await Self.with { server, two, any in
                // One for the socket, one for what its path attaches.
                var full = try await server.socket("/v1/sessions/s1/ws", headers: two.bearer)
                _ = try await full.upTo("stream.synced")
                let refused = try await server.request("GET", "/v1/sessions/s1/events", headers: two.bearer)
                #expect(refused.status == 429 && refused.code == "too_many_streams")
                var third = try await server.socket(headers: two.bearer)
                let end = try await third.close()
                #expect(end?.code == 4013 && end?.reason == "too_many_streams")
                var other = try await server.socket("/v1/sessions/s1/ws", headers: any.bearer)
                _ = try await other.upTo("stream.synced")
                // A place that an attachment gives back can be taken by another.
                #expect(try await full.ask(1, #""op":"detach""#).envelope.bool("ok") == true)
                try await eventually("there is room for one") {
                    let client = HTTPClient(try await server.connect())
                    return try await EventStream(client, path: "/v1/events", headers: two.bearer).head.status == 200
                }
                let error = try await full.ask(2, #""op":"attach""#).envelope.object("error")
                #expect(error?.string("code") == "too_many_streams")
            }
        }
    }
}
