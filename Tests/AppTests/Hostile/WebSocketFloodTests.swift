import Testing

extension HostileTests {
    /// Clients that use WebSocket against us.
    @Suite
    struct WebSocketFloodTests {
        private typealias Bytes = WebSocketBytes

        private static let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

        /// What each sends, again and again, and the code it is closed with.
        private static let floods: [(name: String, frames: [[UInt8]], count: Int, code: Int)] = [
            ("pings", [Bytes.frame(9, Array("hello".utf8))], 100_000, 4013),
            ("pongs", [Bytes.frame(10)], 100_000, 4013),
            ("empty fragments", [Bytes.frame(1, isFinal: false), Bytes.frame(0, isFinal: false)], 100_000, 4013),
            ("fragments", [Bytes.frame(1, [65], isFinal: false), Bytes.frame(0, [65], isFinal: false)], 100_000, 1009),
            (
                "large fragments",
                [Bytes.frame(1, Self.megabyte, isFinal: false), Bytes.frame(0, Self.megabyte, isFinal: false)], 100,
                1009
            ),
            ("commands", [Bytes.frame(1, Array(#"{"op":"list"}"#.utf8))], 1_000_000, 4013),
            ("a frame of 2^62 bytes", [Bytes.frame(1, length: 1 << 62)], 1, 1009),
            ("a frame of 1 GB", [Bytes.frame(1, length: 1 << 30)], 1, 1009),
            ("no mask", [Bytes.frame(1, Array("{}".utf8), isMasked: false)], 1, 1002),
            ("a reserved opcode", [Bytes.frame(3)], 1, 1002),
            ("a long ping", [Bytes.frame(9, Array(repeating: 0, count: 126))], 1, 1002),
            ("a continuation of nothing", [Bytes.frame(0, [65])], 1, 1002),
            ("a message in a message", [Bytes.frame(1, [65], isFinal: false), Bytes.frame(1, [65])], 2, 1002),
            ("no UTF-8", [Bytes.frame(1, [0xC3, 0x28])], 1, 1007),
        ]

        @Test func `each is closed with its code`() async throws {
            try await Siege.run("WebSocket floods", bound: 64) { siege in
                for flood in Self.floods {
                    let socket = try siege.connect()
                    socket.push(Bytes.handshake("/v1/ws"))
                    try await socket.read { $0.text.contains("\r\n\r\n") }
                    try #require(socket.status == 101)
                    try await socket.send(flood.frames[0])
                    let next = flood.frames.last ?? []
                    let block =
                        next.count > 1000 ? next : Array(repeating: next, count: min(flood.count, 1000)).flatMap { $0 }
                    var left = flood.count - 1
                    while left > 0, try await socket.send(block) { left -= next.count > 1000 ? 1 : 1000 }
                    try await siege.expectServed()
                    try await socket.readToEnd()
                    print("hostile: WebSocket: \(flood.name): closed after \(socket.sentBytes) bytes")
                    // A client in the middle of a flood may see the reset before the code.
                    let code = Bytes.closeCode(socket)
                    #expect(code == flood.code || code == nil && flood.count > 1, "\(flood.name): \(code ?? 0)")
                    #expect(socket.sentBytes < 64 << 20)
                }
            }
        }

        @Test func `200 messages that never end are closed`() async throws {
            try await Siege.run("WebSocket half messages", bound: 32) { siege in
                let sockets = try siege.connect(200)
                for (index, socket) in sockets.enumerated() {
                    socket.push(Bytes.handshake("/v1/ws"))
                    // Half of them in the middle of a frame, half between two.
                    socket.push(
                        index % 2 == 0 ? Bytes.frame(1, [65], length: 1000) : Bytes.frame(1, [65], isFinal: false)
                    )
                }
                try await siege.expectServed()
                try await readToEnd(sockets)
                #expect(sockets.allSatisfy { Bytes.closeCode($0) == 4008 })
                try await siege.expectRestored(bound: 32)
            }
        }
    }
}
