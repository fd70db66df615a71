import Actors
import Agent
import NIOCore
import Storage
import Testing

@testable import Transport

extension ServerTests {
    /// One prompt's turn in the answer to its own request.
    @Suite(.timeLimit(.minutes(1)))
    struct TurnStreamTests {
        private static func send(_ server: TestServer, _ text: String = "Hi") async throws -> EventStream {
            let client = HTTPClient(try await server.connect())
            try await client.send(
                "POST",
                "/v1/sessions/s1/messages",
                #"{"content":"\#(text)"}"#,
                headers: ["Accept": "text/event-stream"]
            )
            return try await EventStream(client)
        }

        @Test func `the stream is the turn, and its connection goes on`() async throws {
            try await TestServer.with { server in
                try await server.session()
                for _ in 0..<2 {
                    var stream = try await Self.send(server)
                    #expect(stream.head.status == 200 && stream.head.headers["content-type"] == "text/event-stream")
                    let events = try await stream.rest()
                    #expect(events.first?.type == "message.accepted" && events.last?.type == "turn.ended")
                    #expect(events.contains { $0.type == "agent.stream_event" })
                    #expect(Set(events.dropFirst(3).map { $0.envelope.string("turn") }).count == 1)
                    var client = stream.client
                    try await client.send("GET", "/health")
                    #expect(try await client.response().status == 200)
                }
            }
        }

        @Test func `leaving the stream does not stop the turn`() async throws {
            try await TestServer.with(TestAgent { _ in nil }) { server in
                let session = try await server.session()
                var stream = try await Self.send(server)
                _ = try await stream.upTo("turn.started")
                try await stream.client.connection.reset()
                #expect(await session.summary().state == .running)
                let uuid = "none"
                server.agent.print("s1", TestAgent.turn(TestPrompt(uuid: uuid, text: ""), pieces: ["done"]))
                try await eventually("the turn ends") { await session.summary().state == .idle }
                #expect(
                    session.log.newest(1) { $0.type == "agent.assistant" }.first.map { String(buffer: $0.envelope) }?
                        .contains("done") == true
                )
            }
        }

        @Test func `a message that is handed back ends its stream`() async throws {
            try await TestServer.with(TestAgent { _ in [TestAgent.begin] }) { server in
                try await server.session()
                var first = try await Self.send(server)
                _ = try await first.upTo("turn.started")
                var second = try await Self.send(server)
                _ = try await second.upTo("message.queued")
                #expect(try await server.request("POST", "/v1/sessions/s1/interrupt").status == 200)
                #expect(try await second.rest().last?.type == "message.returned")
                let end = try await first.rest().last
                #expect(end?.type == "turn.ended" && end?.data?.string("outcome") == "interrupted")
            }
        }

        @Test func `a reader that takes nothing is let go`() async throws {
            let agent = TestAgent { _ in [TestAgent.begin] }
            try await TestServer.with(
                agent,
                configure: {
                    $0.transport.fanout.maximumLagTime = .milliseconds(200)
                    $0.supervisor.logBytes = 64 << 20
                }
            ) { server in
                try await server.session()
                let connection = try await server.connect(receiveBuffer: 4096, isReading: false)
                let client = HTTPClient(connection)
                try await client.send(
                    "POST",
                    "/v1/sessions/s1/messages",
                    #"{"content":"Hi"}"#,
                    headers: ["Accept": "text/event-stream"]
                )
                let session = try await server.supervisor.session("s1")
                try await eventually("the turn runs") { await session.summary().state == .running }
                let turn = await session.summary().turn
                let data = ByteBuffer(string: "\"\(String(repeating: "x", count: 1 << 20))\"")
                for _ in 0..<24 { session.log.append([EventDraft("agent.assistant", turn: turn, data: data)]) }
                // Nothing of it is read, so only the server can end it; then what it had sent is found to be cut.
                try await eventually("the connection is gone") { connectionIsGone(connection) }
            }
        }
    }
}

/// Whether the other side has ended a connection that reads nothing: a write to it fails in the end.
private func connectionIsGone(_ connection: RawConnection) -> Bool {
    connection.channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
    return !connection.channel.isActive
}
