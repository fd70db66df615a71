import NIOCore
import NIOPosix
import Synchronization

/// Somebody on this machine who counts who connects, and gives everybody who sends something the same answer.
final class LoopbackListener: Sendable {
    private final class Visitors: Sendable {
        let count = Mutex(0)
    }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let answer: String

        init(_ answer: String) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: self.answer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private let channel: any Channel
    private let visitors: Visitors
    let port: Int

    /// Connections so far.
    var connections: Int { self.visitors.count.withLock { $0 } }

    /// Listens.
    ///
    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - answer: what everybody is told, as it goes over the wire.
    /// - Throws: when it cannot.
    init(_ host: String, answer: String) async throws {
        let visitors = Visitors()
        self.visitors = visitors
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                visitors.count.withLock { $0 += 1 }
                return channel.pipeline.addHandler(Handler(answer))
            }
            .bind(host: host, port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    func close() async throws {
        try await self.channel.close()
    }
}
