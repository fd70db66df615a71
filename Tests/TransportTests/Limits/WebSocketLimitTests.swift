import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// What one WebSocket may send.
    @Suite(.timeLimit(.minutes(1)))
    struct WebSocketLimitTests {
        private static func closeCode(_ socket: inout WebSocketClient) async throws -> Int? {
            while let frame = try await socket.frame() {
                if frame.opcode == 8 { return frame.closeCode }
            }
            return nil
        }

        @Test(arguments: [UInt8(9), 10])
        func `a flood of pings or pongs is closed`(opcode: UInt8) async throws {
            try await TestServer.with(configure: { $0.transport.webSocket.maximumControlFrames = 50 }) { server in
                var socket = try await server.socket()
                for _ in 0..<51 { try await socket.send(opcode: opcode) }
                #expect(try await Self.closeCode(&socket) == 4013)
            }
        }

        @Test func `a message of too many fragments is closed, and so is one of empty ones`() async throws {
            try await TestServer.with(configure: {
                $0.transport.webSocket.maximumFragments = 10
                $0.transport.webSocket.maximumControlFrames = 5
            }) { server in
                for (payload, code) in [("x", 1009), ("", 4013)] {
                    var socket = try await server.socket()
                    try await socket.send(opcode: 1, ByteBuffer(string: "{"), isFinal: false)
                    for _ in 0..<10 { try await socket.send(opcode: 0, ByteBuffer(string: payload), isFinal: false) }
                    #expect(try await Self.closeCode(&socket) == code)
                }
            }
        }

        @Test(arguments: [true, false])
        func `a message that stops is closed, silence is not`(inFrame: Bool) async throws {
            try await TestServer.with(configure: { $0.transport.limits.requestTimeout = .milliseconds(100) }) {
                server in
                var quiet = try await server.socket()
                var socket = try await server.socket()
                if inFrame {
                    var frame = WebSocketClient.frame(opcode: 1, ByteBuffer(string: #"{"op":"ping"}"#))
                    frame.moveWriterIndex(to: frame.writerIndex - 1)
                    try await socket.connection.send(frame)
                } else {
                    try await socket.send(opcode: 1, ByteBuffer(string: #"{"op":"#), isFinal: false)
                }
                #expect(try await Self.closeCode(&socket) == 4008)
                try await quiet.send(#"{"ref":1,"op":"ping"}"#)
                #expect(try await quiet.frame()?.text.contains(#""ok":true"#) == true)
            }
        }
    }
}
