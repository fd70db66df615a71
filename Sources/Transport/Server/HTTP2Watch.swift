import NIOCore
import NIOHTTP2

/// Ends a connection of HTTP/2 that has no use any more: one without streams whose client does not go when it is told to.
///
/// The orderly farewell is Hummingbird's (GOAWAY, a ping, and the wait for its answer); this one sees to it that it has an
/// end. Bound to the connection's event loop.
final class HTTP2Watch: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    /// What a client gets to acknowledge that it should go.
    private static let farewell: TimeAmount = .seconds(5)

    let eventLoop: any EventLoop
    private let idleTimeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var openStreams = 0
    private var isDraining = false
    private var timer: Scheduled<Void>?

    init(idleTimeout: TimeAmount, eventLoop: any EventLoop) {
        self.idleTimeout = idleTimeout
        self.eventLoop = eventLoop
    }

    func streamOpened() {
        self.openStreams += 1
        self.timer?.cancel()
        self.timer = nil
    }

    func streamClosed() {
        self.openStreams -= 1
        self.watchIdleness()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.watchIdleness()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            self.isDraining = true
            self.watchIdleness()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func watchIdleness() {
        guard self.openStreams == 0, self.context != nil else { return }
        self.timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let patience = self.isDraining ? Self.farewell : self.idleTimeout + Self.farewell
        self.timer = self.eventLoop.scheduleTask(in: patience) { bound.value.context?.close(promise: nil) }
    }

    private func stop() {
        self.timer?.cancel()
        self.timer = nil
        self.context = nil
    }
}
