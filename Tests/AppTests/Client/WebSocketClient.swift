import NIOCore
import NIOPosix
import Synchronization

/// A client of the WebSocket `/v1/ws` that sends commands and reads what comes back; its frames are short.
final class WebSocketClient {
    private let channel: any Channel
    private let received: Received

    /// Collects the bytes on the event loop.
    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let bytes = Mutex(ByteBuffer())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var chunk = self.unwrapInboundIn(data)
            self.bytes.withLock { _ = $0.writeBuffer(&chunk) }
        }
    }

    /// Connects and waits for the upgrade.
    init(port: Int, path: String = "/v1/ws") async throws {
        let received = Received()
        self.received = received
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(received) }
            .connect(host: "127.0.0.1", port: port)
            .get()
        let request = """
            GET \(path) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r

            """
        try await self.channel.writeAndFlush(ByteBuffer(string: request))
        try await waitUntil("upgrade to a WebSocket") { received.bytes.withLock { Self.skipHead(of: &$0) } }
    }

    deinit {
        self.channel.close(promise: nil)
    }

    /// Sends a command and gives the answer that carries its `ref`; events on the way are passed over.
    func ask(_ ref: Int, _ fields: [String: JSON]) async throws -> JSON {
        let command = JSON.object(fields.merging(["ref": .number(Double(ref))]) { $1 }).bytes
        var frame = ByteBuffer(bytes: [0x81, 0x80 | 126])
        frame.writeInteger(UInt16(command.count))
        // A mask of zeros leaves the bytes as they are.
        frame.writeInteger(UInt32(0))
        frame.writeBytes(command)
        try await self.channel.writeAndFlush(frame)
        return try await self.next { $0["ref"].integer == ref }
    }

    /// The next message that is wanted.
    func next(where isWanted: (JSON) -> Bool) async throws -> JSON {
        try await waitFor("message of a WebSocket") {
            while let text = self.received.bytes.withLock({ Self.takeFrame(of: &$0) }) {
                guard let message = try? JSON(text), isWanted(message) else { continue }
                return message
            }
            return nil
        }
    }

    private static func skipHead(of bytes: inout ByteBuffer) -> Bool {
        guard let end = bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        bytes.moveReaderIndex(to: end.upperBound)
        return true
    }

    /// The payload of a whole frame.
    private static func takeFrame(of bytes: inout ByteBuffer) -> [UInt8]? {
        var rest = bytes
        guard rest.readInteger(as: UInt8.self) != nil, let short = rest.readInteger(as: UInt8.self) else { return nil }
        var length = Int(short)
        if short == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if short == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard let payload = rest.readBytes(length: length) else { return nil }
        bytes = rest
        return payload
    }
}
