import NIOCore
import NIOHTTPTypes

/// The place in a connection's pipeline where streams write: below the HTTP encoder, above TLS, so that one buffer goes
/// to every reader as it is.
///
/// Knows the connection's streams and tells them when they may write again and when the client has gone. Bound to the
/// connection's event loop.
final class StreamOutlet: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// What the bytes of a stream pass through below here.
    enum Wrapping {
        /// Nothing: they are what the socket or TLS gets.
        case none
        /// HTTP/2's own framing.
        case responseBody
    }

    private let wrapping: Wrapping
    private var context: ChannelHandlerContext?
    private var subscribers: [ObjectIdentifier: Subscriber] = [:]
    /// The client has said that it sends nothing more, which is how a reader leaves.
    private var isInputClosed = false
    /// Everything was said; what the client still sends is read and dropped until it closes too.
    private(set) var isLingering = false
    /// Whether the response in progress is chunked: not in HTTP/2, and not for a client of HTTP/1.0.
    var isChunked: Bool
    /// Whether a quiescing server may close the connection: nothing has been asked on it yet.
    ///
    /// Never so for a stream of HTTP/2, which begins with a request: to close it before the end of its response has been
    /// written resets it.
    var closesOnQuiesce: Bool

    init(wrapping: Wrapping) {
        self.wrapping = wrapping
        self.isChunked = wrapping == .none
        self.closesOnQuiesce = wrapping == .none
    }

    /// The connection's; `nil` once it is gone.
    var eventLoop: (any EventLoop)? { self.context?.eventLoop }
    var isWritable: Bool { self.context?.channel.isWritable ?? false }
    /// Whether a reader is still there.
    var isOpen: Bool { self.context != nil && !self.isInputClosed }

    /// Writes without flushing.
    func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        switch self.wrapping {
        case .none: context.write(NIOAny(buffer), promise: nil)
        case .responseBody: context.write(NIOAny(HTTPResponsePart.body(buffer)), promise: nil)
        }
    }

    func flush() {
        self.context?.flush()
    }

    /// Tells a client that waits for it to go on with its body.
    ///
    /// Nobody waits for that in HTTP/2.
    func sayContinue() {
        guard self.wrapping == .none else { return }
        self.write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        self.flush()
    }

    /// Ends the connection when what was written has left, or after `limit` when the client does not read.
    ///
    /// Only our side is closed at first: to close with input unread would make the kernel reset the connection, and what
    /// was said last could be lost.
    func closeAfterFlush(limit: TimeAmount = .seconds(5)) {
        guard let context else { return }
        guard self.wrapping == .none else { return context.flush() }
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in bound.value.linger() }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: promise)
    }

    func close() {
        self.context?.close(promise: nil)
    }

    func add(_ subscriber: Subscriber) {
        self.subscribers[ObjectIdentifier(subscriber)] = subscriber
    }

    func remove(_ subscriber: Subscriber) {
        self.subscribers[ObjectIdentifier(subscriber)] = nil
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.gone()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.gone()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            for subscriber in self.subscribers.values { subscriber.becameWritable() }
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where self.wrapping == .none:
            // A reader that closes its side has left: nobody half-closes a stream it wants to read.
            self.isInputClosed = true
            self.leave()
            if self.isLingering { context.close(promise: nil) }
        case is ChannelShouldQuiesceEvent where self.closesOnQuiesce:
            context.close(promise: nil)
        default:
            break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func gone() {
        self.leave()
        self.context = nil
    }

    private func linger() {
        guard let context else { return }
        guard !self.isInputClosed else { return context.close(promise: nil) }
        self.isLingering = true
        context.close(mode: .output, promise: nil)
        // Whoever reads above may have stopped.
        context.read()
    }

    private func leave() {
        let leaving = self.subscribers.values
        self.subscribers = [:]
        for subscriber in leaving { subscriber.end(nil) }
    }
}
