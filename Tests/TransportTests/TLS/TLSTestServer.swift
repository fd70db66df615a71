import NIOCore
import NIOHTTP1
import NIOPosix
import NIOTLS
import Synchronization

@testable import Transport

/// A server on a loopback port: TLS, ALPN by NIO's typed handler, and a few answers of HTTP/1.1.
///
/// `GET /<n>` answers n bytes, any request with a body gets it back, and a client that chose `h2` is told so in plain text.
final class TLSTestServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let endings: AsyncStream<Ending>

    /// How one connection ended, in the order of their ends.
    struct Ending: Sendable {
        var negotiated: String?
        var error: TLSError.Code?
        var wasClean = false
    }

    init(store: TLSContextStore, limits: TLSLimits = TLSLimits(), halfClosure: Bool = false) async throws {
        let (endings, continuation) = AsyncStream.makeStream(of: Ending.self, bufferingPolicy: .bufferingNewest(100))
        self.endings = endings
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(context: store.current, limits: limits),
                        EndRecorder(continuation),
                        NIOTypedApplicationProtocolNegotiationHandler<Void> { result, channel in
                            channel.eventLoop.makeCompletedFuture {
                                if case .negotiated("h2") = result {
                                    try channel.pipeline.syncOperations.addHandler(Farewell())
                                } else {
                                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                                        withPipeliningAssistance: false
                                    )
                                    try channel.pipeline.syncOperations.addHandler(Responder())
                                }
                            }
                        },
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    /// Waits for the next connection to have ended.
    func nextEnding() async -> Ending? {
        await self.endings.first { _ in true }
    }

    func close() async throws {
        try await self.channel.close()
    }
}

private final class EndRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<TLSTestServer.Ending>.Continuation
    private var ending = TLSTestServer.Ending()

    init(_ continuation: AsyncStream<TLSTestServer.Ending>.Continuation) {
        self.continuation = continuation
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? TLSUserEvent {
        case .handshakeCompleted(let negotiated): self.ending.negotiated = negotiated
        case .shutdownCompleted: self.ending.wasClean = true
        case nil: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { self.ending.error = error.code }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.continuation.yield(self.ending)
        context.fireChannelInactive()
    }
}

private final class Farewell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "you chose h2\n")), promise: nil)
        context.close(promise: nil)
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var body = ByteBuffer()
    private var keepsAlive = true

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.keepsAlive = head.isKeepAlive
            self.body.clear()
            if let count = Int(head.uri.dropFirst()) {
                self.body.writeBytes((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) })
            }
        case .body(var bytes):
            self.body.writeBuffer(&bytes)
        case .end:
            self.respond(context)
        }
    }

    private func respond(_ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([("Content-Length", "\(self.body.readableBytes)")])
        if !self.keepsAlive { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        while let piece = self.body.readSlice(length: min(50_000, self.body.readableBytes)), piece.readableBytes > 0 {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        if !self.keepsAlive {
            // Proof: the promise was made on this handler's event loop, which is the one it runs on.
            promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: promise)
    }
}
