import Actors
import Agent
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What RFC 6455 asks of a server, over real sockets.
    @Suite(.timeLimit(.minutes(1)))
    struct WebSocketHandlerTests {
        private static let ping = ByteBuffer(string: #"{"ref":1,"op":"ping"}"#)

        /// A frame that breaks a rule, and the code it is answered with.
        struct Violation: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let frames: [ByteBuffer]
            let code: Int

            init(_ description: String, _ code: Int, _ frames: ByteBuffer...) {
                self.testDescription = description
                self.frames = frames
                self.code = code
            }
        }

        private static func frame(
            _ opcode: UInt8,
            _ bytes: [UInt8] = [],
            isFinal: Bool = true,
            isMasked: Bool = true,
            reserved: UInt8 = 0
        ) -> ByteBuffer {
            WebSocketClient.frame(
                opcode: opcode,
                ByteBuffer(bytes: bytes),
                isFinal: isFinal,
                isMasked: isMasked,
                reserved: reserved
            )
        }

        private static let violations = [
            Violation("unmasked", 1002, Self.frame(1, [0x7B, 0x7D], isMasked: false)),
            Violation("first reserved bit", 1002, Self.frame(1, [0x7B, 0x7D], reserved: 4)),
            Violation("second reserved bit", 1002, Self.frame(1, [0x7B, 0x7D], reserved: 2)),
            Violation("third reserved bit", 1002, Self.frame(9, reserved: 1)),
            Violation("reserved opcode", 1002, Self.frame(3)),
            Violation("reserved control opcode", 1002, Self.frame(0xB)),
            Violation("binary", 1003, Self.frame(2, [1])),
            Violation("text that is not UTF-8", 1007, Self.frame(1, [0xC3, 0x28])),
            Violation("a surrogate", 1007, Self.frame(1, [0xED, 0xA0, 0x80])),
            Violation("UTF-8 cut at the end", 1007, Self.frame(1, [0xC3], isFinal: false), Self.frame(0, [])),
            Violation("continuation of nothing", 1002, Self.frame(0, [0x7B])),
            Violation("text within text", 1002, Self.frame(1, [0x7B], isFinal: false), Self.frame(1, [0x7D])),
            Violation("a ping in pieces", 1002, Self.frame(9, isFinal: false)),
            Violation("a long ping", 1002, Self.frame(9, Array(repeating: 0, count: 126))),
            Violation("half a close code", 1002, Self.frame(8, [3])),
            Violation("a close code nobody may send", 1002, Self.frame(8, [3, 0xED])),
            Violation("a close reason that is not UTF-8", 1007, Self.frame(8, [3, 0xE8, 0xFF])),
        ]

        @Test(arguments: Self.violations)
        func `a violation is answered with its code`(violation: Violation) async throws {
            try await TestServer.with { server in
                var socket = try await server.socket()
                for frame in violation.frames { try await socket.connection.send(frame) }
                #expect(try await socket.close()?.code == violation.code)
                #expect(try await socket.frame() == nil)
            }
        }

        @Test func `a message beyond the limit is refused by its length alone`() async throws {
            try await TestServer.with { server in
                for length in [UInt64(32 << 20) + 1, UInt64.max] {
                    var socket = try await server.socket()
                    var header = ByteBuffer(bytes: [0x81, 0xFF])
                    header.writeInteger(length)
                    header.writeInteger(UInt32(0))
                    try await socket.connection.send(header)
                    #expect(try await socket.close()?.code == 1009)
                }
            }
        }

        @Test func `pieces beyond the limit are refused`() async throws {
            try await TestServer.with(configure: { $0.transport.webSocket.maximumMessageBytes = 1000 }) { server in
                var socket = try await server.socket()
                let piece = ByteBuffer(repeating: 0x20, count: 400)
                for index in 0..<3 {
                    // The last may find the connection closed.
                    try? await socket.send(opcode: index == 0 ? 1 : 0, piece, isFinal: false)
                }
                #expect(try await socket.close()?.code == 1009)
            }
        }

        @Test func `a message may come in pieces, with a ping between them, byte by byte`() async throws {
            try await TestServer.with { server in
                var socket = try await server.socket()
                var bytes = ByteBuffer()
                for (index, byte) in Self.ping.readableBytesView.enumerated() {
                    let isFinal = index == Self.ping.readableBytes - 1
                    bytes.writeImmutableBuffer(Self.frame(index == 0 ? 1 : 0, [byte], isFinal: isFinal))
                    if index == 3 { bytes.writeImmutableBuffer(Self.frame(9, [1, 2, 3])) }
                }
                while let byte = bytes.readSlice(length: 1) { try await socket.connection.send(byte) }
                let pong = try await socket.frame()
                #expect(pong?.opcode == 10 && pong.map { Array($0.payload.readableBytesView) } == [1, 2, 3])
                #expect(try await socket.message()?.envelope.int("ref") == 1)
            }
        }

        @Test(arguments: [[], [3, 0xE8], [3, 0xE8, 0x62, 0x79, 0x65], [0x0F, 0xA0]] as [[UInt8]])
        func `a close is answered with a close`(payload: [UInt8]) async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/s1/ws")
                _ = try await socket.upTo("stream.synced")
                try await socket.connection.send(Self.frame(8, payload))
                #expect(try await socket.close()?.code == 1000)
                #expect(try await socket.frame() == nil)
                try await eventually("the viewer has left") { try await server.viewers() == 0 }
            }
        }

        @Test func `a client that answers no ping is closed, one that does is not`() async throws {
            try await TestServer.with(configure: {
                $0.transport.webSocket.pingInterval = .milliseconds(20)
                $0.transport.webSocket.pongPatience = .milliseconds(100)
            }) { server in
                try await server.session()
                var silent = try await server.socket("/v1/sessions/s1/ws")
                var polite = try await server.socket()
                for _ in 0..<10 {
                    var frame = try await polite.frame()
                    while frame?.opcode != 9 { frame = try await polite.frame() }
                    try await polite.send(opcode: 10, frame?.payload ?? ByteBuffer())
                }
                #expect(try await silent.close()?.code == 4012)
                try await eventually("the viewer has left") { try await server.viewers() == 0 }
            }
        }

        @Test func `a flood of commands closes the socket`() async throws {
            try await TestServer.with(configure: { $0.transport.webSocket.maximumWaitingCommands = 4 }) { server in
                var socket = try await server.socket()
                var flood = ByteBuffer()
                for _ in 0..<2000 { flood.writeImmutableBuffer(WebSocketClient.frame(opcode: 1, Self.ping)) }
                try await socket.connection.send(flood)
                #expect(try await socket.close()?.code == 4013)
            }
        }

        @Test func `a flood of what takes its time closes the socket`() async throws {
            try await TestServer.with(
                TestAgent { _ in [TestAgent.begin] },
                configure: { $0.transport.webSocket.maximumWaitingCommands = 4 }
            ) { server in
                try await server.session()
                var socket = try await server.socket()
                for _ in 0..<200 {
                    // After the close a write may fail, which is as it should be.
                    try? await socket.send(#"{"op":"end","session":"s1"}"#)
                    if try await server.supervisor.session("s1").summary().state == .ended { break }
                }
                _ = try await socket.frame()
            }
        }

        @Test func `pongs nobody reads do not pile up`() async throws {
            try await TestServer.with { server in
                let socket = try await WebSocketClient(server.connect(receiveBuffer: 4096), path: "/v1/ws")
                try await socket.connection.channel.setOption(.autoRead, value: false).get()
                var flood = ByteBuffer()
                let ping = WebSocketClient.frame(opcode: 9, ByteBuffer(repeating: 0x61, count: 125))
                for _ in 0..<8192 { flood.writeImmutableBuffer(ping) }
                let connection = socket.connection
                // The server takes in what it is sent until it has had enough, and then ends the connection.
                try await eventually("the server has had enough", within: .seconds(30)) {
                    if !connection.channel.isActive { return true }
                    if connection.channel.isWritable { connection.channel.writeAndFlush(flood, promise: nil) }
                    return false
                }
            }
        }

        enum Departure: CaseIterable {
            case close, reset, halfClose
        }

        @Test(arguments: Departure.allCases)
        func `a client that leaves without a word is noticed`(departure: Departure) async throws {
            try await TestServer.with { server in
                try await server.session()
                var socket = try await server.socket("/v1/sessions/s1/ws")
                _ = try await socket.upTo("stream.synced")
                switch departure {
                case .close: try await socket.connection.channel.close()
                case .reset: try await socket.connection.reset()
                case .halfClose: try await socket.connection.closeOutput()
                }
                try await eventually("the viewer has left") { try await server.viewers() == 0 }
            }
        }
    }
}
