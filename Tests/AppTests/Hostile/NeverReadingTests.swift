import Testing

extension HostileTests {
    /// Clients that ask and do not read.
    @Suite
    struct NeverReadingTests {
        @Test func `50 readers of events that read nothing are let go when they are far behind`() async throws {
            try await Siege.run("never-reading SSE", bound: 64) { siege in
                let sockets = try (0..<50).map { _ in try siege.connect(receiveBuffer: 4096) }
                for socket in sockets {
                    socket.push("GET /v1/sessions/witness/events?after=latest HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                }
                try await siege.waitForViewers(50)
                for _ in 0..<8 { _ = try await siege.run("big 1000000") }
                try await siege.expectServed()
                try await siege.waitForViewers(0)
                // They are still connected on their side, and have not read a byte.
                try await siege.expectRestored(bound: 64)
                for socket in sockets { try await socket.readToEnd() }
            }
        }

        @Test func `50 sockets that read nothing are closed when they are far behind`() async throws {
            try await Siege.run("never-reading WebSocket", bound: 64) { siege in
                let sockets = try (0..<50).map { _ in try siege.connect(receiveBuffer: 4096) }
                for socket in sockets { socket.push(WebSocketBytes.handshake("/v1/sessions/witness/ws?after=latest")) }
                try await siege.waitForViewers(50)
                for _ in 0..<8 { _ = try await siege.run("big 1000000") }
                try await siege.expectServed()
                try await siege.waitForViewers(0)
                try await siege.expectRestored(bound: 64)
                for socket in sockets { try await socket.readToEnd() }
            }
        }

        @Test func `who asks again and again for answers and reads none is closed`() async throws {
            try await Siege.run("unread answers", bound: 64) { siege in
                let socket = try siege.connect(receiveBuffer: 4096)
                socket.push(WebSocketBytes.handshake("/v1/ws"))
                let list = WebSocketBytes.frame(1, Array(#"{"ref":1,"op":"list"}"#.utf8))
                var taken = 0
                for _ in 0..<100_000 {
                    guard socket.push(list) != nil else { break }
                    taken += 1
                }
                try await socket.readToEnd()
                print("hostile: unread answers: ended after \(socket.sentBytes) bytes of commands")
                #expect(socket.sentBytes < 16 << 20)
            }
        }
    }
}
