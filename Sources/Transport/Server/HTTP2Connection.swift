import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore

/// What becomes of a connection whose client has chosen HTTP/2: each of its streams is one request.
///
/// Beside the limits here, NIO has its own: 100 streams at once, heads of 16 KiB, 5 continuation frames in a row, one empty
/// data frame in a row; 200 resets (CVE-2023-44487), stream errors and control frames in 30 s each. Hummingbird takes no
/// more than three pings in 30 s.
struct HTTP2Connection: Sendable {
    let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits

    /// Makes the pipeline; called on the connection's event loop.
    func setup(_ channel: any Channel, _ logger: Logger) throws -> EventLoopFuture<HTTP2Channel.Value> {
        let watch = HTTP2Watch(idleTimeout: TimeAmount(self.limits.idleTimeout), eventLoop: channel.eventLoop)
        let bound = NIOLoopBound(watch, eventLoop: channel.eventLoop)
        let stall = TimeAmount(self.limits.stallTimeout)
        try channel.pipeline.syncOperations.addHandler(StallHandler(limit: stall))
        let limits = self.limits
        let http2 = HTTP2Channel(
            responder: self.responder,
            configuration: .init(
                idleTimeout: self.limits.idleTimeout,
                streamConfiguration: .init(
                    additionalChannelHandlers: [
                        StreamOutlet(wrapping: .responseBody), StallHandler(limit: stall),
                        StreamGuard(bound.value, limits: limits),
                    ]
                )
            )
        )
        let value = http2.setup(channel: channel, logger: logger)
        try channel.pipeline.syncOperations.addHandler(watch)
        return value
    }

    func handle(_ value: HTTP2Channel.Value, _ logger: Logger) async {
        await HTTP2Channel(responder: self.responder).handle(value: value, logger: logger)
    }
}
