import Testing

extension HostileTests {
    /// Clients that take their time.
    @Suite
    struct SlowClientTests {
        /// Far less than the 1024 bytes a second that would earn a body more time.
        private static let pause: Duration = .milliseconds(50)

        /// Sends a little on each, again and again, until it is answered; returns when the server has closed all of them.
        private static func trickle(_ sockets: [RawSocket], _ piece: (Int) -> String) async throws {
            var next = ContinuousClock.now
            try await waitUntil("end of all of them", within: .seconds(60)) {
                for socket in sockets { socket.pull() }
                guard ContinuousClock.now >= next else { return sockets.allSatisfy(\.isEnded) }
                next = .now + Self.pause
                // Who has been answered is on its way out: what came after that would cut the answer off.
                for (index, socket) in sockets.enumerated() where !socket.isEnded && socket.status == nil {
                    socket.push(piece(index).utf8)
                }
                return sockets.allSatisfy(\.isEnded)
            }
        }

        @Test func `200 clients that trickle their heads are told 408`() async throws {
            try await Siege.run("slow heads", bound: 24) { siege in
                let sockets = try siege.connect(200)
                for socket in sockets { socket.push("GET /v1/sessions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".utf8) }
                try await siege.expectServed()
                // The trickle does not help: what counts is when the head is whole.
                try await Self.trickle(sockets) { _ in "x" }
                #expect(sockets.allSatisfy { $0.status == 408 && $0.answers == 1 })
            }
        }

        @Test func `200 clients that trickle their bodies are told 408`() async throws {
            try await Siege.run("slow bodies", bound: 24) { siege in
                let sockets = try siege.connect(200)
                for (index, socket) in sockets.enumerated() {
                    let framing =
                        index % 2 == 0 ? "Content-Length: 1000000\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n"
                    socket.push("POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n\(framing)".utf8)
                }
                try await siege.expectServed()
                try await Self.trickle(sockets) { $0 % 2 == 0 ? " " : "1\r\n \r\n" }
                #expect(sockets.allSatisfy { $0.status == 408 && $0.answers == 1 })
            }
        }

        @Test func `500 connections that say nothing, and 500 that close their side, are closed`() async throws {
            try await Siege.run("half-open", bound: 24) { siege in
                let halfClosed = try siege.connect(500)
                for (index, socket) in halfClosed.enumerated() {
                    if index % 2 == 0 { socket.push("GET /v1/sess".utf8) }
                    socket.closeOutput()
                }
                let silent = try siege.connect(500)
                try await siege.expectServed()
                try await readToEnd(halfClosed)
                try await readToEnd(silent)
                #expect(silent.allSatisfy { $0.status == 408 })
                // All of them are still open on our side.
                try await siege.expectRestored(bound: 24)
            }
        }

        @Test func `connections beyond the limit are told 503 or dropped, and the count is exact`() async throws {
            try await Siege.run("connection flood", ["--max-connections", "50"], bound: 24) { siege in
                // They wait for the end of a session, so each keeps its place.
                var kept: [RawSocket] = []
                for _ in 0..<49 {
                    let socket = try siege.connect()
                    socket.push("GET /v1/sessions/witness/events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    try await socket.read { $0.text.contains("stream.synced") }
                    #expect(socket.status == 200)
                    kept.append(socket)
                }
                let flood = try siege.connect(500)
                var last: [RawSocket] = []
                for socket in flood {
                    // One place is left; whoever has it is told 408 when the second is over.
                    try await socket.readToEnd()
                    if socket.status == 408 { last.append(socket) }
                }
                #expect(last.count == 1)
                #expect(flood.allSatisfy { $0.receivedBytes == 0 || $0.status == 503 || $0.status == 408 })
                let told = flood.filter { $0.status == 503 }
                #expect(told.count >= 64 && told.allSatisfy { $0.text.contains("too_many_connections") })
                print("hostile: connection flood: of 500 beyond 49 were told \(told.count), admitted \(last.count)")
                #expect(kept.allSatisfy { !$0.isEnded })
                for socket in kept { socket.close() }
                var isServed = false
                for _ in 0..<500 where !isServed {
                    let socket = try siege.connect()
                    socket.push("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    try await socket.read { $0.status != nil }
                    isServed = socket.status == 200
                }
                #expect(isServed, "there is room for others when the first have left")
            }
        }
    }
}
