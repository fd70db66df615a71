import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What connections may take, over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct ConnectionLimitTests {
        @Test func `one connection too many is told so, and one that closes makes room`() async throws {
            try await TestServer.with(configure: { $0.transport.limits.maximumConnections = 3 }) { server in
                var clients: [HTTPClient] = []
                for _ in 0..<3 {
                    var client = HTTPClient(try await server.connect())
                    try await client.send("GET", "/health/live")
                    #expect(try await client.response().status == 200)
                    clients.append(client)
                }
                for _ in 0..<10 {
                    let answer = try await String(buffer: server.connect().receiveAll())
                    #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 1\r\n"), "\(answer)")
                    #expect(answer.contains("\"too_many_connections\""))
                }
                try await clients[0].send("GET", "/health/live")
                #expect(try await clients[0].response().status == 200)
                clients[0].connection.close()
                try await eventually("there is room again") {
                    var client = HTTPClient(try await server.connect())
                    try await client.send("GET", "/health/live")
                    return try await client.response().status == 200
                }
            }
        }

        @Test func `one address has its share`() async throws {
            try await TestServer.with(configure: {
                $0.transport.limits.maximumConnectionsPerAddress = 1
                $0.transport.limits.exemptsLoopback = false
            }) { server in
                var client = HTTPClient(try await server.connect())
                try await client.send("GET", "/health/live")
                #expect(try await client.response().status == 200)
                #expect(try await String(buffer: server.connect().receiveAll()).hasPrefix("HTTP/1.1 503 "))
            }
        }

        @Test func `a body that stops is refused with 408`() async throws {
            try await TestServer.with(configure: { $0.transport.limits.requestTimeout = .milliseconds(100) }) {
                server in
                for framing in ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
                    let connection = try await server.connect()
                    try await connection.send("POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n\(framing)")
                    let answer = try await String(buffer: connection.receiveAll())
                    #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("\"request_timeout\""), "\(answer)")
                    #expect(answer.ranges(of: "HTTP/1.1").count == 1)
                }
            }
        }

        @Test
        func `what is announced as too large is refused before it is sent, and what grows too large when it does`()
            async throws
        {
            try await TestServer.with { server in
                let announced = try await server.connect()
                try await announced.send(
                    "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
                )
                let first = try await String(buffer: announced.receiveAll())
                #expect(first.hasPrefix("HTTP/1.1 413 ") && first.contains("connection: close"), "\(first)")

                let grown = try await server.connect()
                try await grown.send(
                    "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                let chunk = ByteBuffer(string: "100000\r\n" + String(repeating: "x", count: 1 << 20) + "\r\n")
                for _ in 0..<33 { try await grown.send(chunk) }
                let second = try await String(buffer: grown.receiveAll())
                #expect(second.hasPrefix("HTTP/1.1 413 "), "\(second)")
            }
        }

        @Test func `who expects to be told to go on is, unless the request is refused`() async throws {
            try await TestServer.with { server in
                var client = HTTPClient(try await server.connect())
                let head = "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                try await client.connection.send(head + "Content-Length: 11\r\n\r\n")
                #expect(try await client.head().status == 100)
                try await client.connection.send(#"{"id":"s1"}"#)
                #expect(try await client.response().status == 201)
                #expect(try await server.viewers() == 0)

                for (request, status) in [
                    (head + "Content-Length: 1000000000\r\n\r\n", 413),
                    (
                        "POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
                        404
                    ),
                    ("POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nContent-Length: 9\r\n\r\n", 417),
                ] {
                    var client = HTTPClient(try await server.connect())
                    try await client.connection.send(request)
                    #expect(try await client.response().status == status)
                    #expect(try await client.connection.receive() == nil)
                }
            }
        }

        @Test func `half-closed connections do not linger`() async throws {
            try await TestServer.with { server in
                for text in [
                    "", "GET /health HTTP/1.1\r\n",
                    "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
                ] {
                    let connection = try await server.connect()
                    if !text.isEmpty { try await connection.send(text) }
                    try await connection.closeOutput()
                    _ = try await connection.receiveAll(within: .seconds(5))
                }
                // One that has asked is answered first.
                let asking = try await server.connect()
                try await asking.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await asking.closeOutput()
                #expect(try await String(buffer: asking.receiveAll()).hasPrefix("HTTP/1.1 200 "))
            }
        }

        @Test func `of too many requests in one go the first are answered`() async throws {
            try await TestServer.with(configure: { $0.transport.limits.maximumPipelinedRequests = 4 }) { server in
                let connection = try await server.connect()
                let one = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                try await connection.send(String(repeating: one, count: 1000))
                let answers = try await String(buffer: connection.receiveAll())
                let count = answers.ranges(of: "HTTP/1.1 200 ").count
                #expect((4..<1000).contains(count) && !answers.contains("HTTP/1.1 4"), "\(count)")
            }
        }

        @Test func `a target too long for any buffer is 414`() async throws {
            try await TestServer.with { server in
                for length in [10_000, 100_000] {
                    let connection = try await server.connect()
                    try await connection.send(
                        "GET /\(String(repeating: "x", count: length)) HTTP/1.1\r\nHost: a\r\n\r\n"
                    )
                    #expect(try await String(buffer: connection.receiveAll()).hasPrefix("HTTP/1.1 414 "))
                }
            }
        }
    }
}
