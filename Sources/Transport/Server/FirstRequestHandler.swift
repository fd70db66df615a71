import NIOCore
import NIOHTTP1

/// Looks at the first request of a connection before NIO's upgrade handler does, and leaves.
///
/// That handler loses the head of a request that asks for an upgrade and gets none (a browser of a foreign page, or
/// `curl --http2` in plain text), so such a request goes on as one that never asked. Bytes that are not HTTP are answered
/// here too, since nobody else listens yet.
final class FirstRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private static let badRequest = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

    private let outlet: StreamOutlet
    private let upgrader: WebSocketUpgrader
    private var hasAnswered = false

    init(_ outlet: StreamOutlet, upgrader: WebSocketUpgrader) {
        self.outlet = outlet
        self.upgrader = upgrader
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if self.upgrader.accept(head) == nil { head.headers.remove(name: "upgrade") }
        context.fireChannelRead(self.wrapInboundOut(.head(head)))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        guard !self.hasAnswered else { return }
        self.hasAnswered = true
        self.outlet.write(ByteBuffer(string: Self.badRequest))
        self.outlet.closeAfterFlush()
    }
}
