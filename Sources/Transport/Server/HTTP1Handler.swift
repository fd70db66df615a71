import NIOCore
import NIOHTTP1

/// One HTTP/1 connection below the application: takes its requests or refuses them, keeps it or closes it.
///
/// * A head that nobody should read is refused here, in the connection's own words, and so are bytes that are no HTTP.
/// * A client too slow with what it sends is told so and closed, by the `PaceTimer`.
/// * A request answered before its body was read ends the connection, in place of reading on.
/// * A client of HTTP/1.0 knows no chunks: its stream goes on to the end of the connection (RFC 9112 §6.3).
/// * NIO's upgrade handler loses the head of a request that asks for an upgrade and gets none (a browser of a foreign
///   page, or `curl --http2` in plain text), so such a request goes on as one that never asked. With one that gets it,
///   this handler leaves.
///
/// Stands right above NIO's decoder. Bound to the connection's event loop.
final class HTTP1Handler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let outlet: StreamOutlet
    private let arrivals: ArrivalHandler
    private let upgrader: WebSocketUpgrader
    private var requests: HTTP1Requests
    private var isFirst = true
    private var isLeaving = false

    init(_ outlet: StreamOutlet, arrivals: ArrivalHandler, upgrader: WebSocketUpgrader, limits: ConnectionLimits) {
        self.outlet = outlet
        self.arrivals = arrivals
        self.upgrader = upgrader
        self.requests = HTTP1Requests(limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.arrivals.timer.onViolation = { bound.value.wasTooSlow($0) }
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        switch part {
        case .head(var head):
            self.arrivals.timer.note { $0.headArrived(now: $1) }
            let action = self.requests.headArrived(head)
            guard action == .pass else { return self.perform(action) }
            if self.isFirst {
                self.isFirst = false
                // A handshake has no body; what has one is a request like any other.
                let hasBody =
                    head.headers.contains(name: "content-length") || head.headers.contains(name: "transfer-encoding")
                self.isLeaving = !hasBody && self.upgrader.accept(head, on: context.channel) != nil
                if !self.isLeaving { head.headers.remove(name: "upgrade") }
                return context.fireChannelRead(self.wrapInboundOut(.head(head)))
            }
        case .body:
            guard self.requests.bodyArrived() == .pass else { return }
        case .end:
            self.arrivals.requestEnded()
            self.arrivals.timer.note { $0.ended(now: $1) }
            guard self.requests.endArrived() == .pass else { return }
            if self.isLeaving {
                self.arrivals.timer.onViolation = nil
                context.fireChannelRead(data)
                return context.pipeline.syncOperations.removeHandler(self, promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        self.cutRequest(context)
        switch error {
        case .headerOverflow where self.arrivals.isInFirstLine:
            self.perform(self.requests.failed(Problem(.targetTooLong, "The target is longer than this server takes.")))
        case .headerOverflow:
            self.perform(self.requests.failed(Problem(.headersTooLarge, "The head is larger than this server takes.")))
        default:
            self.perform(self.requests.failed(Problem(.badRequest, "This is not HTTP as this server reads it.")))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { self.cutRequest(context) }
        // Others learn of it first: a stream leaves by it.
        context.fireUserInboundEventTriggered(event)
        if event as? ChannelEvent == .inputClosed { self.perform(self.requests.inputClosed()) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.cutRequest(context)
        context.fireChannelInactive()
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.requests.hasRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch self.unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            let (isOld, isLast) = self.requests.answerBegan()
            self.outlet.isChunked = !isOld
            if isOld { head.version = .http1_0 }
            if isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            context.write(data, promise: promise)
            self.arrivals.timer.note { $0.answered(now: $1) }
            if self.requests.answerEnded() { self.outlet.closeAfterFlush() }
        default:
            context.write(data, promise: promise)
        }
    }

    // MARK: Steps

    /// Tells whoever reads the body that the rest of it does not come: else it would look like the end.
    private func cutRequest(_ context: ChannelHandlerContext) {
        if self.requests.isReading { context.fireErrorCaught(RequestCut()) }
    }

    private func wasTooSlow(_ violation: RequestPace.Violation) {
        switch violation {
        case .idle: self.outlet.close()
        case .head:
            self.perform(self.requests.failed(Problem(.requestTimeout, "The head of the request took too long.")))
        case .body:
            let action = self.requests.failed(Problem(.requestTimeout, "The body of the request came too slowly."))
            // Not while it is being answered: then there is nothing left to say.
            if case .refuse = action { self.perform(action) } else { self.outlet.close() }
        }
    }

    private func perform(_ action: HTTP1Requests.Action) {
        switch action {
        case .pass, .drop, .finish:
            break
        case .refuse(let problem):
            self.outlet.write(problem.plainResponse())
            self.outlet.closeAfterFlush()
        case .close:
            self.outlet.closeAfterFlush()
        }
    }
}
