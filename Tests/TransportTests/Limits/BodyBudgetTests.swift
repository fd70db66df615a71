import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

@Suite struct BodyBudgetTests {
    @Test func `shares take what is there, give it back, and find no more`() {
        let budget = BodyBudget(limit: 1_000_000)
        var first: BodyBudget.Share? = BodyBudget.Share(of: budget)
        let second = BodyBudget.Share(of: budget)
        #expect(first?.hold(600_000) == true && budget.held == 600_000)
        #expect(second.mayHold(400_000) && !second.mayHold(400_001))
        #expect(second.hold(300_000) && !second.hold(400_001) && budget.held == 900_000)
        // What it holds already counts as its own.
        #expect(second.mayHold(400_000) && second.hold(400_000))
        #expect(second.hold(100_000) && budget.held == 700_000)
        first = nil
        #expect(budget.held == 100_000)
        second.release()
        #expect(budget.held == 0)
    }

    @Test func `what is small always finds room and is not counted`() {
        let budget = BodyBudget(limit: 100_000)
        let full = BodyBudget.Share(of: budget)
        #expect(full.hold(100_000))
        let small = BodyBudget.Share(of: budget)
        #expect(small.mayHold(BodyBudget.freeBytes) && small.hold(BodyBudget.freeBytes) && budget.held == 100_000)
        #expect(!small.hold(BodyBudget.freeBytes + 1))
        // From the first byte that is too much, all of them count.
        #expect(full.hold(0) && small.hold(BodyBudget.freeBytes + 1) && budget.held == BodyBudget.freeBytes + 1)
    }
}

extension ServerTests {
    /// The memory of all bodies, over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct BodyMemoryTests {
        private static let limit = 1 << 20

        private static func with(_ body: (TestServer) async throws -> Void) async throws {
            try await TestServer.with(configure: {
                $0.transport.limits.maximumBodyBytes = Self.limit
                $0.transport.limits.maximumBodiesBytes = Self.limit
            }) { server in
                try await body(server)
                try await eventually("everything is given back") { server.transport.bodies.held == 0 }
            }
        }

        /// A request to make a session, as long as asked for.
        private static func create(_ id: String, _ bytes: Int) -> String {
            let fields = #"{"id":"\#(id)""#
            return fields + String(repeating: " ", count: bytes - fields.utf8.count - 1) + "}"
        }

        @Test func `a body without room is refused at once, a small one is served, and room comes back`() async throws {
            try await Self.with { server in
                let body = Self.create("first", 900_000)
                var holder = HTTPClient(try await server.connect())
                let head = "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
                try await holder.connection.send("\(head)Content-Length: 900000\r\n\r\n\(body.prefix(800_000))")
                try await eventually("it is held") { server.transport.bodies.held == 800_000 }

                // By what it announces, before any of it is sent.
                var announced = HTTPClient(try await server.connect())
                try await announced.connection.send("\(head)Content-Length: 500000\r\n\r\n")
                let refused = try await announced.response()
                #expect(refused.status == 503 && refused.code == "too_many_bodies")
                #expect(refused.head.headers["retry-after"] == "1")
                // By what comes, where nothing is announced.
                var chunked = HTTPClient(try await server.connect())
                let chunk = String(repeating: " ", count: 500_000)
                try await chunked.connection.send(
                    "\(head)Transfer-Encoding: chunked\r\n\r\n\(String(500_000, radix: 16))\r\n\(chunk)\r\n"
                )
                let grown = try await chunked.response()
                #expect(grown.status == 503 && grown.code == "too_many_bodies")
                #expect(try await server.request("POST", "/v1/sessions", Self.create("small", 60_000)).status == 201)
                #expect(server.transport.bodies.held == 800_000)

                try await holder.connection.send(String(body.dropFirst(800_000)))
                #expect(try await holder.response().status == 201)
                try await eventually("there is room") { server.transport.bodies.held == 0 }
                #expect(try await server.request("POST", "/v1/sessions", Self.create("large", 900_000)).status == 201)
            }
        }

        @Test func `what is cut off holds nothing any more, and what waits for its turn neither`() async throws {
            let agent = TestAgent { _ in nil }
            try await TestServer.with(
                agent,
                configure: {
                    $0.transport.limits.maximumBodyBytes = Self.limit
                    $0.transport.limits.maximumBodiesBytes = Self.limit
                }
            ) { server in
                let cut = try await server.connect()
                let head = "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
                try await cut.send(head + String(repeating: " ", count: 800_000))
                try await eventually("it is held") { server.transport.bodies.held == 800_000 }
                cut.close()
                try await eventually("it is given back") { server.transport.bodies.held == 0 }

                try await server.session()
                let waiting = HTTPClient(try await server.connect())
                let text = String(repeating: "x", count: 900_000)
                try await waiting.send("POST", "/v1/sessions/s1/messages", #"{"content":"\#(text)","wait_ms":60000}"#)
                try await eventually("the turn is open") {
                    try await server.supervisor.session("s1").summary().state == .running
                }
                try await eventually("it is given back") { server.transport.bodies.held == 0 }
                waiting.connection.close()
            }
        }

        @Test func `messages of sockets count from their first byte until they are done`() async throws {
            try await Self.with { server in
                var holder = try await server.socket()
                let message = Self.command(900_000)
                var frame = WebSocketClient.frame(opcode: 1, ByteBuffer(string: message))
                let whole = frame
                frame.moveWriterIndex(to: 800_000)
                try await holder.connection.send(frame)
                // The handler has nothing of it yet; the decoder has.
                try await eventually("it is held") { server.transport.bodies.held == 800_000 }

                var refused = try await server.socket()
                try await refused.send(Self.command(500_000))
                let end = try await refused.close()
                #expect(end?.code == 4013 && end?.reason == "too_many_bodies")
                // What it had is in its decoder until it has gone.
                refused.connection.close()
                try await eventually("it has gone") { server.transport.bodies.held == 800_000 }
                let body = Self.create("large", 500_000)
                #expect(try await server.request("POST", "/v1/sessions", body).code == "too_many_bodies")
                var small = try await server.socket()
                try await small.send(Self.command(60_000))
                #expect(try await small.message()?.envelope.bool("ok") == true)

                let rest = whole.getSlice(at: 800_000, length: whole.writerIndex - 800_000)
                try await holder.connection.send(rest ?? whole)
                #expect(try await holder.message()?.envelope.bool("ok") == true)
                try await eventually("there is room") { server.transport.bodies.held == 0 }
                // In fragments it is the same, and nothing of it adds up over many messages.
                for _ in 0..<5 {
                    let bytes = ByteBuffer(string: Self.command(700_000))
                    let half = bytes.getSlice(at: 0, length: 350_000) ?? bytes
                    try await holder.send(opcode: 1, half, isFinal: false)
                    try await holder.send(opcode: 0, bytes.getSlice(at: 350_000, length: 350_000) ?? bytes)
                    #expect(try await holder.message()?.envelope.bool("ok") == true)
                    try await eventually("there is room") { server.transport.bodies.held == 0 }
                }
                try await holder.connection.send(frame)
                try await eventually("it is held") { server.transport.bodies.held == 800_000 }
                holder.connection.close()
            }
        }

        /// A command that asks for nothing, as long as asked for.
        private static func command(_ bytes: Int) -> String {
            let start = #"{"ref":1,"op":"ping""#
            return start + String(repeating: " ", count: bytes - start.utf8.count - 1) + "}"
        }
    }
}
