import NIOCore
import NIOHTTP1

/// Ends the connection after the answer to a request that wants it so, and speaks HTTP/1.0 to those who do.
///
/// Such a client knows no chunks: its stream goes on to the end of the connection (RFC 9112 §6.3).
final class PersistenceHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Request {
        let isOld: Bool
        let isLast: Bool
    }

    private let outlet: StreamOutlet
    /// Those not answered yet, oldest first: a client may send the next before it has its answer.
    private var requests: CircularBuffer<Request> = []

    init(_ outlet: StreamOutlet) {
        self.outlet = outlet
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = self.unwrapInboundIn(data) {
            let isOld = head.version == .http1_0
            self.requests.append(Request(isOld: isOld, isLast: isOld || !head.isKeepAlive))
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            let request = self.requests.first
            self.outlet.isChunked = request?.isOld != true
            if request?.isOld == true { head.version = .http1_0 }
            if request?.isLast == true { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            context.write(data, promise: promise)
            if self.requests.popFirst()?.isLast == true { self.outlet.closeAfterFlush() }
        default:
            context.write(data, promise: promise)
        }
    }
}
