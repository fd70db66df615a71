import NIOCore

/// Closes a connection, or a stream of HTTP/2, whose client takes nothing of what waits for it.
///
/// Looks at writability only: a client must take half of a send buffer in the time, whatever is written meanwhile. Bound
/// to the channel's event loop.
final class StallHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limit: TimeAmount
    private var blockedSince: NIODeadline?
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount) {
        self.limit = limit
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.blockedSince = nil
        } else {
            self.blockedSince = .now()
            if self.timer == nil { self.look(at: .now() + self.limit, context) }
        }
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }

    private func stop() {
        self.timer?.cancel()
        self.timer = nil
    }

    private func look(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            guard let blockedSince = handler.blockedSince else { return }
            let deadline = blockedSince + handler.limit
            if deadline <= .now() { context.close(promise: nil) } else { handler.look(at: deadline, context) }
        }
    }
}
