import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What a connection does beside well-formed requests.
    @Suite(.timeLimit(.minutes(1)))
    struct ConnectionChannelTests {
        @Test func `a connection that asks for nothing is closed`() async throws {
            try await TestServer.with(configure: { $0.transport.limits.requestTimeout = .milliseconds(50) }) { server in
                let silent = try await server.connect()
                #expect(try await String(buffer: silent.receiveAll()).hasPrefix("HTTP/1.1 408 "))
                let slow = try await server.connect()
                try await slow.send("GET /health HTTP/1.1\r\nHost: local")
                #expect(try await String(buffer: slow.receiveAll()).hasPrefix("HTTP/1.1 408 "))
            }
        }

        @Test func `a connection that asks for nothing more is closed, but not one with a stream`() async throws {
            try await TestServer.with(configure: {
                $0.transport.limits.idleTimeout = .seconds(1)
                $0.transport.fanout.heartbeat = .milliseconds(50)
            }) { server in
                try await server.session()
                var stream = try await server.events()
                var client = HTTPClient(try await server.connect())
                try await client.send("GET", "/health")
                #expect(try await client.response().status == 200)
                #expect(try await client.connection.receive() == nil)
                for _ in 0..<5 { _ = try await stream.upTo("stream.heartbeat") }
            }
        }

        @Test(arguments: [
            "nonsense\r\n\r\n", "GET /health HTTP/1.1\r\nbroken header\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
        ])
        func `what is not HTTP gets one refusal and a close`(bytes: String) async throws {
            try await TestServer.with { server in
                let connection = try await server.connect()
                try await connection.send(bytes)
                let first = String(buffer: try await connection.receiveAll())
                #expect(first.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && first.hasSuffix("}"), "\(first)")
                #expect(first.ranges(of: "HTTP/1.1").count == 1)

                var client = HTTPClient(try await server.connect())
                try await client.send("GET", "/health")
                #expect(try await client.response().status == 200)
                try await client.connection.send(bytes)
                #expect(try await client.response().status == 400)
                #expect(try await client.connection.receive() == nil)
            }
        }

        @Test func `headers beyond the limit are refused`() async throws {
            try await TestServer.with { server in
                let connection = try await server.connect()
                try await connection.send(
                    "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 40_000))"
                )
                #expect(try await String(buffer: connection.receiveAll()).hasPrefix("HTTP/1.1 431 "))
            }
        }

        @Test func `requests in one go are answered in order`() async throws {
            try await TestServer.with { server in
                var client = HTTPClient(try await server.connect())
                let one = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                let two = "GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
                try await client.connection.send(one + two + one + two)
                for status in [200, 404, 200, 404] { #expect(try await client.response().status == status) }
            }
        }

        @Test func `a request behind an open stream waits for its end`() async throws {
            try await TestServer.with { server in
                try await server.session()
                var stream = try await server.events()
                _ = try await stream.upTo("stream.synced")
                let next = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                try await stream.client.connection.send(String(repeating: next, count: 100))
                _ = try await server.request("DELETE", "/v1/sessions/s1")
                #expect(try await stream.rest().last?.type == "stream.bye")
                var client = stream.client
                for _ in 0..<100 { #expect(try await client.response().status == 200) }
            }
        }

        @Test func `a client of HTTP 1.0 gets what it understands`() async throws {
            try await TestServer.with { server in
                try await server.session()
                let plain = try await server.connect()
                try await plain.send("GET /health/live HTTP/1.0\r\n\r\n")
                let answer = String(buffer: try await plain.receiveAll())
                #expect(
                    answer.hasPrefix("HTTP/1.0 200 OK\r\n") && answer.contains("\r\nconnection: close\r\n"),
                    "\(answer)"
                )
                #expect(answer.hasSuffix("}"))

                let connection = try await server.connect()
                try await connection.send("GET /v1/sessions/s1/events HTTP/1.0\r\n\r\n")
                var stream = try await EventStream(HTTPClient(connection))
                #expect(stream.head.version == "HTTP/1.0" && stream.head.headers["transfer-encoding"] == nil)
                _ = try await stream.upTo("stream.synced")
                _ = try await server.request("DELETE", "/v1/sessions/s1")
                #expect(try await stream.rest().last?.type == "stream.bye")
            }
        }

        @Test(arguments: ["close", "Close", "keep-alive, close"])
        func `who asks for a close gets one`(value: String) async throws {
            try await TestServer.with { server in
                var client = HTTPClient(try await server.connect())
                try await client.send("GET", "/health/live", headers: ["Connection": value])
                let response = try await client.response()
                #expect(response.status == 200 && response.head.headers["connection"] == "close")
                #expect(try await client.connection.receive() == nil)
            }
        }

        @Test func `a stop finds every kind of connection`() async throws {
            try await TestServer.with(
                TestAgent { _ in [TestAgent.begin] },
                configure: { $0.keepsConnections = true }
            ) { server in
                try await server.session()
                // None of these is read to its end or closed by the client.
                _ = try await server.connect()
                _ = try await server.events()
                _ = try await server.socket()
                _ = try await server.socket("/v1/sessions/s1/ws")
                let half = try await server.connect()
                try await half.send("GET /health HTTP/1.1\r\n")
                var idle = HTTPClient(try await server.connect())
                try await idle.send("GET", "/health")
                #expect(try await idle.response().status == 200)
                var turn = HTTPClient(try await server.connect())
                try await turn.send(
                    "POST",
                    "/v1/sessions/s1/messages",
                    #"{"content":"Hi"}"#,
                    headers: ["Accept": "text/event-stream"]
                )
                #expect(try await turn.head().status == 200)
                let waiting = HTTPClient(try await server.connect())
                try await waiting.send("POST", "/v1/sessions/s1/messages", #"{"content":"Hi","wait_ms":3000000}"#)
                try await eventually("the second message waits") {
                    try await server.supervisor.session("s1").summary().queueLength == 1
                }
            }
        }
    }
}
