import Testing

extension HostileTests {
    /// Many clients that each send as much as one may.
    @Suite
    struct BodyFloodTests {
        private static let clients = 48
        /// Most of the 32 MiB that each announces.
        private static let sent = 30
        private static let budget = 64
        private static let megabyte = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        private static let arguments = ["--max-bodies-mib", "\(Self.budget)"]
        /// MiB beside the budget: what the kernel's chunks and the growing of buffers take.
        private static let slack = 96

        @Test func `48 bodies of 30 MiB hold no more than all bodies may`() async throws {
            try await Siege.run("large bodies", Self.arguments, bound: 96) { siege in
                let head = "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(32 << 20)\r\n\r\n"
                let sockets = try await Self.flood(siege, Array(head.utf8)) { Self.megabyte }
                let refused = sockets.filter { $0.status == 503 && $0.text.contains("too_many_bodies") }
                print("hostile: large bodies: \(refused.count) of \(Self.clients) were told 503")
                #expect(refused.count >= Self.clients - Self.budget / Self.sent)
                #expect(refused.allSatisfy { $0.text.lowercased().contains("\r\nretry-after: 1\r\n") })
                for socket in sockets { socket.close() }
                // There is room again for who comes now.
                let large: JSON = [
                    "id": "large", "name": .text(String(repeating: "x", count: 100)), "message": Self.long,
                ]
                try await siege.expectRestored(bound: 96)
                #expect(try await siege.server.request("POST", "/v1/sessions", large).status == 201)
                #expect(try await siege.server.request("DELETE", "/v1/sessions/large").status == 204)
            }
        }

        @Test func `48 messages of 30 MiB hold no more than all bodies may`() async throws {
            try await Siege.run("large messages", Self.arguments, bound: 96) { siege in
                let frame = WebSocketBytes.frame(1, length: 32 << 20)
                let sockets = try await Self.flood(siege, WebSocketBytes.handshake("/v1/ws") + frame) { Self.megabyte }
                let refused = sockets.filter { WebSocketBytes.closeCode($0) == 4013 }
                print("hostile: large messages: \(refused.count) of \(Self.clients) were closed with 4013")
                #expect(refused.count >= Self.clients - Self.budget / Self.sent - 2)
                for socket in sockets { socket.close() }
            }
        }

        private static let long = JSON.text("say " + String(repeating: "x", count: 2 << 20))

        /// Each sends its start and then a piece in turn, until all have sent most of a body or were refused.
        private static func flood(
            _ siege: Siege,
            _ start: [UInt8],
            _ piece: () -> [UInt8]
        ) async throws -> [RawSocket] {
            let sockets = try siege.connect(Self.clients)
            for socket in sockets { try await socket.send(start) }
            for round in 0..<Self.sent {
                for socket in sockets where !socket.isEnded && !Self.isRefused(socket) {
                    try await socket.send(piece())
                }
                if round % 5 == 4 { try await siege.expectServed() }
                siege.expectHeld(below: Self.budget + Self.slack)
            }
            try await waitUntil("refusal of most of them") {
                for socket in sockets { socket.pull() }
                return sockets.count(where: Self.isRefused) >= Self.clients - Self.budget / Self.sent
            }
            siege.expectHeld(below: Self.budget + Self.slack)
            return sockets
        }

        private static func isRefused(_ socket: RawSocket) -> Bool {
            socket.isEnded || socket.status == 503 || WebSocketBytes.closeCode(socket) != nil
        }
    }
}
