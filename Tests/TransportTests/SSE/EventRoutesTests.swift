import Actors
import Agent
import NIOCore
import Storage
import Testing

@testable import Transport

extension ServerTests {
    /// `GET /v1/sessions/{id}/events` over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct EventRoutesTests {
        @Test func `those who watch are told how many they are, and who comes back is not told of before`() async throws
        {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                let session = try await server.session()
                // A turn is open: nothing supersedes what is told in it.
                _ = try await session.submit(content: ByteBuffer(string: "\"Hi\""))
                var first = try await server.events("/v1/sessions/s1/events?after=latest")
                _ = try await first.upTo("stream.synced")
                var second = try await server.events("/v1/sessions/s1/events?after=latest")
                _ = try await second.upTo("stream.synced")
                let joined = try #require(try await first.upTo("viewer.joined").last)
                #expect(joined.wireID == nil && joined.data?.int("viewers") == 2)
                #expect(joined.envelope.bool("durable") == false)
                var third = try await server.events("/v1/sessions/s1/events?after=earliest")
                let replayed = try await third.upTo("stream.synced").map(\.type)
                #expect(replayed.contains("turn.started") && !replayed.contains("viewer.joined"))
                second.client.connection.close()
                third.client.connection.close()
                #expect(try await first.upTo("viewer.left").last?.data?.int("viewers") ?? 9 < 3)
            }
        }

        private static func run(_ server: TestServer, turns: Int = 1) async throws {
            for _ in 0..<turns {
                let sent = try await server.request(
                    "POST",
                    "/v1/sessions/s1/messages",
                    #"{"content":"Hi","wait_ms":9000}"#
                )
                #expect(sent.status == 200)
            }
        }

        @Test func `a stream begins with its greeting, the snapshot and where it stands`() async throws {
            try await TestServer.with { server in
                try await server.session()
                try await Self.run(server)
                var stream = try await server.events()
                #expect(stream.head.status == 200)
                #expect(stream.head.headers["content-type"] == "text/event-stream")
                #expect(stream.head.headers["cache-control"] == "no-store")
                #expect(stream.head.headers["x-accel-buffering"] == "no")
                #expect(stream.head.headers["transfer-encoding"] == "chunked")
                #expect(stream.head.headers["x-request-id"] != nil)
                let events = try await stream.upTo("stream.synced")
                #expect(stream.retries == [1000])
                #expect(events.map(\.type) == ["stream.hello", "stream.snapshot", "stream.synced"])
                #expect(events.allSatisfy { $0.wireID == nil && $0.name == nil })
                #expect(events[0].data?.string("resume") == "fresh" && events[0].data?.int("heartbeat_ms") == 15_000)
                #expect(events[1].data?.object("session")?.string("id") == "s1")
                #expect(events[2].data?.string("cursor") == events[0].data?.string("head"))
                #expect(try await server.viewers() == 1)
                stream.client.connection.close()
            }
        }

        @Test func `only durable events carry an id, in order and without holes`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var stream = try await server.events("/v1/sessions/s1/events?after=earliest")
                try await Self.run(server)
                let events = try await stream.upTo("turn.ended")
                let ids = events.compactMap(\.wireID)
                #expect(ids == (1...ids.count).map { "1.\($0)" })
                for event in events {
                    #expect(event.wireID == event.id)
                    #expect((event.wireID != nil) == (event.envelope.bool("durable") == true))
                }
                #expect(events.contains { $0.type == "agent.stream_event" && $0.wireID == nil })
            }
        }

        @Test func `names, types and previews are as asked`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var named = try await server.events("/v1/sessions/s1/events?named=1")
                var turns = try await server.events("/v1/sessions/s1/events?types=turn.,agent.assistant")
                var whole = try await server.events("/v1/sessions/s1/events?previews=none")
                for index in 0..<3 {
                    switch index {
                    case 0: _ = try await named.upTo("stream.synced")
                    case 1: _ = try await turns.upTo("stream.synced")
                    default: _ = try await whole.upTo("stream.synced")
                    }
                }
                try await Self.run(server)
                #expect(try await named.upTo("turn.ended").allSatisfy { $0.name == $0.type })
                let seen = try await turns.upTo("turn.ended").map(\.type)
                #expect(seen == ["turn.started", "agent.assistant", "turn.ended"])
                #expect(try await !whole.upTo("turn.ended").contains { $0.type == "agent.stream_event" })
                #expect(try await server.request("GET", "/v1/sessions/s1/events?previews=some").status == 400)
            }
        }

        @Test func `the header beats the query, which beats nothing`() async throws {
            try await TestServer.with { server in
                try await server.session()
                try await Self.run(server)
                let path = "/v1/sessions/s1/events?after=1.1"
                var byQuery = try await server.events(path)
                #expect(try await byQuery.upTo("stream.synced").compactMap(\.wireID).first == "1.2")
                var byHeader = try await server.events(path, headers: ["Last-Event-ID": "1.3"])
                let events = try await byHeader.upTo("stream.synced")
                #expect(events.first?.data?.string("resume") == "replay")
                #expect(events.compactMap(\.wireID).first == "1.4")
                let head = try #require(events.last?.data?.string("cursor"))
                var exact = try await server.events(headers: ["Last-Event-ID": head])
                let nothing = try await exact.upTo("stream.synced")
                #expect(nothing.map(\.type) == ["stream.hello", "stream.synced"])
                #expect(nothing[0].data?.string("resume") == "exact")
                var latest = try await server.events("/v1/sessions/s1/events?after=latest")
                #expect(try await latest.upTo("stream.synced").map(\.type) == ["stream.hello", "stream.synced"])
            }
        }

        @Test(arguments: [("9.1", "epoch"), ("1.4000", "unknown")])
        func `a cursor that is none of ours is answered with a gap and the snapshot`(
            cursor: String,
            reason: String
        ) async throws {
            try await TestServer.with { server in
                try await server.session()
                try await Self.run(server)
                var stream = try await server.events(headers: ["Last-Event-ID": cursor])
                let events = try await stream.upTo("stream.synced")
                #expect(events.map(\.type) == ["stream.hello", "stream.gap", "stream.snapshot", "stream.synced"])
                #expect(events[0].data?.string("resume") == "gap")
                #expect(events[1].data?.string("reason") == reason && events[1].data?.string("from") == cursor)
            }
        }

        @Test func `what has left the log is a gap too`() async throws {
            try await TestServer.with(configure: { $0.supervisor.logBytes = 20_000 }) { server in
                try await server.session()
                try await Self.run(server, turns: 20)
                for path in ["/v1/sessions/s1/events?after=earliest", "/v1/sessions/s1/events?after=1.2"] {
                    var stream = try await server.events(path)
                    let events = try await stream.upTo("stream.synced")
                    #expect(events.dropFirst().first?.data?.string("reason") == "evicted")
                }
            }
        }

        @Test(arguments: ["x", "1.x", "1.01", "1", "-1.2", "99999999999999999999.1", "1.1%00"])
        func `a cursor that is garbage is refused`(cursor: String) async throws {
            try await TestServer.with { server in
                try await server.session()
                let refused = try await server.request("GET", "/v1/sessions/s1/events?after=\(cursor)")
                #expect(refused.status == 400 && refused.code == "invalid_cursor")
            }
        }

        @Test func `a stream ends with its session, and its connection goes on`() async throws {
            try await TestServer.with { server in
                let session = try await server.session()
                var stream = try await server.events()
                _ = try await stream.upTo("stream.synced")
                #expect(try await server.request("DELETE", "/v1/sessions/s1").status == 204)
                let rest = try await stream.rest()
                #expect(rest.suffix(2).map(\.type) == ["session.ended", "stream.bye"])
                #expect(rest.last?.data?.int("code") == 4504)
                let last = try #require(rest.compactMap(\.wireID).last)
                #expect(rest.last?.data?.string("cursor") == last)

                var client = stream.client
                try await client.send("GET", "/v1/sessions/s1/events", headers: ["Last-Event-ID": last])
                #expect(try await client.response().status == 204)
                try await client.send("GET", "/v1/sessions/s1/events?after=latest")
                #expect(try await client.response().status == 204)
                var again = try await EventStream(client, path: "/v1/sessions/s1/events?after=earliest")
                #expect(try await again.rest().compactMap(\.wireID).last == last)
                try await eventually("no viewer is left") { await session.summary().viewers == 0 }
            }
        }

        @Test func `heartbeats say where the log is`() async throws {
            try await TestServer.with(configure: { $0.transport.fanout.heartbeat = .milliseconds(20) }) { server in
                let session = try await server.session()
                var stream = try await server.events()
                let beat = try await stream.upTo("stream.heartbeat").last
                #expect(beat?.data?.string("head") == session.log.head.id.description && beat?.wireID == nil)
            }
        }

        enum Departure: CaseIterable {
            case close, reset, halfClose
        }

        @Test(arguments: Departure.allCases)
        func `a client that leaves is noticed`(departure: Departure) async throws {
            try await TestServer.with { server in
                try await server.session()
                var stream = try await server.events()
                _ = try await stream.upTo("stream.synced")
                #expect(try await server.viewers() == 1)
                switch departure {
                case .close: try await stream.client.connection.channel.close()
                case .reset: try await stream.client.connection.reset()
                case .halfClose: try await stream.client.connection.closeOutput()
                }
                try await eventually("the viewer has left") { try await server.viewers() == 0 }
            }
        }

        @Test func `a client that closes its side with its request is no viewer either`() async throws {
            try await TestServer.with { server in
                try await server.session()
                for _ in 0..<20 {
                    let connection = try await server.connect()
                    try await connection.send("GET /v1/sessions/s1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    try await connection.closeOutput()
                }
                try await eventually("the viewers have left") { try await server.viewers() == 0 }
                try await eventually("the groups are gone") { await server.transport.fanout.groupCount() == 0 }
            }
        }

        @Test func `a viewer too many is told so`() async throws {
            try await TestServer.with(configure: { $0.supervisor.session.maximumViewers = 1 }) { server in
                try await server.session()
                var first = try await server.events()
                _ = try await first.upTo("stream.synced")
                var second = try await server.events()
                let bye = try await second.rest()
                #expect(bye.map(\.type) == ["stream.bye"] && bye.first?.data?.int("code") == 4505)
                #expect(try await server.viewers() == 1)
            }
        }

        @Test func `a drain says when to come back, and new streams hear the same`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var stream = try await server.events()
                _ = try await stream.upTo("stream.synced")
                await server.transport.closeStreams()
                let bye = try #require(try await stream.rest().last)
                #expect(bye.data?.int("code") == 4009)
                #expect(stream.retries.count == 2 && stream.retries.last == bye.data?.int("retry_ms"))
                var late = try await server.events()
                #expect(try await late.rest().last?.data?.int("code") == 4009)
            }
        }

        @Test func `the message being written is in the snapshot, and goes on from there`() async throws {
            try await TestServer.with(TestAgent { _ in nil }) { server in
                try await server.session()
                _ = try await server.request("POST", "/v1/sessions/s1/messages", #"{"content":"Hi"}"#)
                let lines = TestAgent.message(["one ", "two ", "three"], number: 1)
                server.agent.print("s1", [TestAgent.begin] + lines.prefix(4))
                let session = try await server.supervisor.session("s1")
                let before = session.log.head.position
                try await eventually("the lines are in the log") {
                    session.log.head.position >= before + 4 || before >= 10
                }
                var stream = try await server.events()
                let partial = try await stream.upTo("stream.snapshot").last?.data?.object("partial")
                let block = partial?.raw("blocks").flatMap { JSONObject.elements($0) }?.first.flatMap { JSONObject($0) }
                #expect(block?.string("text") == "one two ")
                server.agent.print("s1", Array(lines.dropFirst(4)))
                let rest = try await stream.upTo("agent.assistant")
                #expect(rest.first { $0.text.contains("text_delta") }?.text.contains("three") == true)
            }
        }
    }
}
