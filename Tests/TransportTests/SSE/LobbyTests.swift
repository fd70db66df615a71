import Actors
import Agent
import Testing

@testable import Transport

extension ServerTests {
    /// `GET /v1/events` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct LobbyTests {
        @Test func `it tells the lives of all sessions, and nothing of what is said`() async throws {
            try await TestServer.with { server in
                try await server.session("old")
                var stream = try await server.events("/v1/events")
                let greeting = try await stream.upTo("stream.synced")
                #expect(greeting.map(\.type) == ["stream.hello", "stream.snapshot", "stream.synced"])
                let known = greeting[1].data?.array("sessions") ?? []
                #expect(known.count == 1)
                let cursor = try #require(greeting[2].data?.string("cursor"))

                try await server.session("s1")
                let sent = try await server.request(
                    "POST",
                    "/v1/sessions/s1/messages",
                    #"{"content":"Hi","wait_ms":9000}"#
                )
                #expect(sent.status == 200)
                let events = try await stream.upTo("turn.ended")
                #expect(events.allSatisfy { $0.envelope.string("session") == "s1" })
                #expect(events.allSatisfy { $0.type.hasPrefix("session.") || $0.type.hasPrefix("turn.") })
                #expect(events.first?.type == "session.created")
                #expect(events.last?.data?.string("outcome") == "completed")
                #expect(events.last?.data?.string("result") == nil)

                // Who comes back with a cursor gets the same again, and no snapshot.
                var again = try await server.events("/v1/events", headers: ["Last-Event-ID": cursor])
                let replayed = try await again.upTo("stream.synced")
                #expect(replayed.first?.data?.string("resume") == "replay")
                #expect(
                    replayed.compactMap(\.wireID).prefix(events.count)
                        == events.compactMap(\.wireID).prefix(events.count)
                )
            }
        }

        @Test func `a filter passes what was asked for, and a wrong cursor is refused`() async throws {
            try await TestServer.with { server in
                #expect(try await server.request("GET", "/v1/events?after=x").status == 400)
                var stream = try await server.events("/v1/events?types=session.ended")
                _ = try await stream.upTo("stream.synced")
                let session = try await server.session("s1")
                await session.end(.deleted)
                let events = try await stream.upTo("session.ended")
                #expect(events.map(\.type) == ["session.ended"])
                #expect(events.first?.data?.string("reason") == "deleted")
            }
        }
    }
}
