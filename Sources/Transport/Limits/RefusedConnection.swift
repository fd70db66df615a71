import NIOCore

/// Says 503 to a connection that is one too many, and closes it.
final class RefusedConnection: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    /// What the client gets to read it.
    private static let farewell: TimeAmount = .milliseconds(500)

    private let outlet: StreamOutlet
    private let isTold: Bool

    /// - Parameters:
    ///   - outlet: below it in the pipeline.
    ///   - isTold: false where the client would have to be shaken hands with first.
    init(_ outlet: StreamOutlet, isTold: Bool) {
        self.outlet = outlet
        self.isTold = isTold
    }

    func channelActive(context: ChannelHandlerContext) {
        guard self.isTold else { return context.close(promise: nil) }
        let problem = Problem(.tooManyConnections, "The server has as many connections as it takes.")
        self.outlet.write(problem.plainResponse())
        self.outlet.closeAfterFlush(limit: Self.farewell)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What it asks for is not looked at.
    }
}
