import NIOCore
import NIOHTTPTypes

/// Resets a stream of HTTP/2 whose client does not go on with its body, or lets the answer wait for a window that never
/// opens; and counts it for its connection.
///
/// Bound to the connection's event loop.
final class StreamGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What of a body is read after its request was answered.
    private static let maximumLeftover = 1 << 20

    private let watch: HTTP2Watch
    private let timer: PaceTimer
    private let limits: ConnectionLimits
    /// Set when the answer is complete.
    private var farewell: Scheduled<Void>?
    private var leftover = 0
    private var isReading = false

    init(_ watch: HTTP2Watch, limits: ConnectionLimits) {
        self.watch = watch
        self.limits = limits
        self.timer = PaceTimer(limits.pace, eventLoop: watch.eventLoop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.watch.streamOpened()
        let channel = context.channel
        self.timer.onViolation = { _ in channel.close(promise: nil) }
        self.timer.start()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer.stop()
        self.farewell?.cancel()
        self.farewell = nil
        self.watch.streamClosed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Whoever reads the body would take the end of the stream for its end.
        if self.isReading { context.fireErrorCaught(RequestCut()) }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        self.timer.note { pace, now in
            switch part {
            case .head: pace.headArrived(now: now)
            case .body(let bytes): pace.bytesArrived(bytes.readableBytes, now: now)
            case .end: pace.ended(now: now)
            }
        }
        self.isReading = if case .end = part { false } else { true }
        if self.farewell != nil, case .body(let bytes) = part {
            self.leftover += bytes.readableBytes
            if self.leftover > Self.maximumLeftover { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = self.unwrapOutboundIn(data), self.farewell == nil else { return }
        // The stream ends when both sides have.
        let channel = context.channel
        self.farewell = channel.eventLoop.scheduleTask(in: TimeAmount(self.limits.stallTimeout)) {
            channel.close(promise: nil)
        }
    }
}
