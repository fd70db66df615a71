import NIOCore
import NIOPosix
import Synchronization

/// One request and what is answered to it, on a TCP connection of its own to 127.0.0.1.
final class HTTPExchange: Sendable {
    private struct State {
        var response = HTTPResponseDecoder()
        var isClosed = false
    }

    /// Collects the response on the event loop.
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data)
            self.state.withLock { $0.response.receive(bytes.readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.state.withLock { state in
                state.isClosed = true
                state.response.connectionClosed()
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private let channel: any Channel
    private let collector: Collector

    /// Connects and sends the request.
    init(port: Int, _ method: String, _ path: String, headers: [String: String] = [:], body: JSON? = nil) async throws {
        let collector = Collector()
        self.collector = collector
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .channelInitializer { $0.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port)
            .get()
        let bytes = body?.bytes ?? []
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(bytes.count)\r\n"
        if body != nil { head += "Content-Type: application/json\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        var request = ByteBuffer(string: head + "\r\n")
        request.writeBytes(bytes)
        try await self.channel.writeAndFlush(request)
    }

    deinit {
        self.channel.close(promise: nil)
    }

    var hasHead: Bool { self.collector.state.withLock { $0.response.hasHead } }
    var isClosed: Bool { self.collector.state.withLock { $0.isClosed } }
    var isComplete: Bool { self.collector.state.withLock { $0.response.isComplete } }
    var status: Int? { self.collector.state.withLock { $0.response.status } }
    var headers: [String: String] { self.collector.state.withLock { $0.response.headers } }

    /// Gives the part of the body that has come since the last time.
    func takeBody() -> [UInt8] {
        self.collector.state.withLock { $0.response.takeBody() }
    }

    func close() async throws {
        try await self.channel.close()
    }

    /// Closes the connection without waiting for that; it may be closed already.
    func leave() {
        self.channel.close(promise: nil)
    }
}

/// A response that has come whole.
struct HTTPResponse {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The body as JSON, null when it is empty.
    var json: JSON {
        get throws { self.body.isEmpty ? .null : try JSON(self.body) }
    }
}
