import NIOCore
import NIOTLS

@testable import Transport

/// The handlers above TLS, as far as a test looks.
final class TLSRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var received: [UInt8] = []
    private(set) var reads = 0
    private(set) var tls: [TLSUserEvent] = []
    private(set) var channelEvents: [ChannelEvent] = []
    private(set) var errors: [TLSError.Code] = []
    private(set) var isInactive = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.reads += 1
        self.received += self.unwrapInboundIn(data).readableBytesView
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent { self.tls.append(event) }
        if let event = event as? ChannelEvent { self.channelEvents.append(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { self.errors.append(error.code) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isInactive = true
    }
}
