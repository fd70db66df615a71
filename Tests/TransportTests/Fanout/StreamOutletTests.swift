import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite struct StreamOutletTests {
    @Test func `a server that stops closes a connection on which nothing was asked`() throws {
        let channel = EmbeddedChannel(handler: StreamOutlet(wrapping: .none))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(!channel.isActive)
        #expect(try channel.finish(acceptAlreadyClosed: true).isClean)
    }

    /// Its response is still being written; the multiplexer of NIO tells every stream that the connection is to end.
    @Test func `a stream of HTTP2 is left to the end of its response`() throws {
        let channel = EmbeddedChannel(handler: StreamOutlet(wrapping: .responseBody))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(channel.isActive)
        #expect(try channel.finish().isClean)
    }
}
