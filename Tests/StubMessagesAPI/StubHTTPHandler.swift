import NIOCore
import NIOHTTP1

/// One connection: reads a request, sends what the service answers, and starts over.
///
/// Lives on its channel's event loop. It never stops reading, so that a peer that hangs up in mid-reply is noticed at
/// once; a peer that sends a second request before the first is answered is cut off.
final class StubHTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests. May go to `reading`.
        case idle
        /// A request is arriving. May go to `answering`.
        case reading(HTTPRequestHead)
        /// A reply is being sent or held back. May go to `idle`, or the connection ends.
        case answering(Exchange)
    }

    private struct Exchange {
        var head: HTTPRequestHead
        var stream: ReplyStream?
        /// Whether the service counts it as an open stream.
        var isCounted: Bool
        var timer: Scheduled<Void>?
    }

    /// The largest request body, in bytes; more is answered with 413 and a closed connection.
    private static let maximumBodyBytes = 512 << 20
    /// The most that is made at a time for one connection.
    private static let pieceBytes = 64 << 10

    private let service: StubService
    private var state = State.idle
    /// What has arrived of a body; outside the state, where appending would copy it.
    private var body = ByteBuffer()
    private var isPumpScheduled = false

    init(service: StubService) {
        self.service = service
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .idle):
            self.state = .reading(head)
        case (.body(var bytes), .reading(var head)):
            guard self.body.readableBytes + bytes.readableBytes <= Self.maximumBodyBytes else {
                head.headers.replaceOrAdd(name: "connection", value: "close")
                self.body = ByteBuffer()
                self.state = .answering(Exchange(head: head, isCounted: false))
                self.send(StubService.failure(413, "request_too_large", "stub: body too large"), context)
                return
            }
            self.body.writeBuffer(&bytes)
        case (.end, .reading(let head)):
            let body = self.body
            self.body = ByteBuffer()
            self.answer(head, body, context)
        default:
            context.close(promise: nil)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let path = String(head.uri.prefix { $0 != "?" })
        let isCounted = head.method == .POST && path == "/v1/messages"
        if isCounted { self.service.streamOpened() }
        var exchange = Exchange(head: head, isCounted: isCounted)
        let (answer, delay) = self.service.answer(method: head.method, path: path, body: body)
        guard delay > .zero else {
            self.state = .answering(exchange)
            self.send(answer, context)
            return
        }
        exchange.timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
            self.send(answer, context)
        }
        self.state = .answering(exchange)
    }

    private func send(_ answer: StubService.Answer, _ context: ChannelHandlerContext) {
        guard case .answering(var exchange) = self.state else { return }
        switch answer {
        case .hang:
            break
        case .whole(let status, var headers, let body):
            headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
            self.writeHead(status, headers, for: exchange, context)
            if exchange.head.method != .HEAD {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            }
            self.finish(exchange, context)
        case .stream(let headers, let stream):
            self.writeHead(.ok, headers, for: exchange, context)
            exchange.stream = stream
            self.state = .answering(exchange)
            self.pump(context)
        }
    }

    /// Sends what is due, one piece.
    ///
    /// All is decided and kept before the write, for a write can end the connection or call back in here.
    private func pump(_ context: ChannelHandlerContext) {
        guard case .answering(var exchange) = self.state, var stream = exchange.stream, context.channel.isWritable
        else {
            return
        }
        exchange.timer?.cancel()
        exchange.timer = nil
        var piece = context.channel.allocator.buffer(capacity: 1024)
        let progress = stream.write(to: &piece, limit: Self.pieceBytes, now: .now())
        exchange.stream = stream
        switch progress {
        case .more, .finish:
            break
        case .wait(let instant):
            exchange.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: instant) { self.pump(context) }
        case .stall, .drop:
            exchange.stream = nil
        }
        self.state = .answering(exchange)
        if piece.readableBytes > 0 {
            context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
        }
        guard case .answering = self.state else { return }
        switch progress {
        case .more: self.schedulePump(context)
        case .finish: self.finish(exchange, context)
        case .drop: self.scheduleClose(context)
        case .wait, .stall: break
        }
    }

    /// Pumps in the event loop's next turn, so that one fast reader does not starve the others.
    private func schedulePump(_ context: ChannelHandlerContext) {
        guard !self.isPumpScheduled else { return }
        self.isPumpScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isPumpScheduled = false
            self.pump(context)
        }
    }

    /// Cuts the connection a little later: the CLI (2.1.329) now and then loses what comes together with the end.
    private func scheduleClose(_ context: ChannelHandlerContext) {
        guard case .answering(var exchange) = self.state else { return }
        exchange.timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) {
            context.close(promise: nil)
        }
        self.state = .answering(exchange)
    }

    private func writeHead(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders,
        for exchange: Exchange,
        _ context: ChannelHandlerContext
    ) {
        var headers = headers
        if !exchange.head.isKeepAlive { headers.replaceOrAdd(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    private func finish(_ exchange: Exchange, _ context: ChannelHandlerContext) {
        self.state = .idle
        if exchange.isCounted { self.service.streamClosed() }
        let sent = context.writeAndFlush(self.wrapOutboundOut(.end(nil)))
        if !exchange.head.isKeepAlive {
            // Proof: the future is the channel's own, and this runs on its event loop.
            sent.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.schedulePump(context) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let exchange) = self.state {
            exchange.timer?.cancel()
            if exchange.isCounted { self.service.streamClosed() }
        }
        self.state = .idle
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
