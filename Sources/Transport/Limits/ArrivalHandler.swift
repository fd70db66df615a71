import NIOCore

/// Counts a connection's bytes before anything makes sense of them, for its `PaceTimer`; drops them once the connection
/// has said its last word.
///
/// Stands above the `StreamOutlet`, below the decoders. Bound to the connection's event loop.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What a client may go on sending that has not read yet that nobody wants it.
    private static let maximumDiscarded = 64 << 20

    let timer: PaceTimer
    /// Told how many bytes have come, before anybody above sees them.
    var onArrival: ((Int) -> Void)?
    private let outlet: StreamOutlet
    private var discarded = 0
    private var isCounting = true
    /// Whether the first line of the request in progress has not ended yet.
    private(set) var isInFirstLine = true

    init(_ timer: PaceTimer, outlet: StreamOutlet) {
        self.timer = timer
        self.outlet = outlet
    }

    /// The next bytes begin a request.
    func requestEnded() {
        self.isInFirstLine = true
    }

    /// Leaves the counting to another one further up: what waits in between is not lost sight of.
    func successor() -> ArrivalHandler {
        self.isCounting = false
        return ArrivalHandler(self.timer, outlet: self.outlet)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.timer.start()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer.stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer.stop()
        self.onArrival = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        guard !self.outlet.isLingering else {
            self.discarded += bytes.readableBytes
            if self.discarded > Self.maximumDiscarded { context.close(promise: nil) }
            return
        }
        guard self.isCounting else { return context.fireChannelRead(data) }
        self.timer.note { $0.bytesArrived(bytes.readableBytes, now: $1) }
        self.onArrival?(bytes.readableBytes)
        if self.isInFirstLine { self.isInFirstLine = !bytes.readableBytesView.contains(UInt8(ascii: "\n")) }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody above asks any more.
        if self.outlet.isLingering { context.read() }
    }
}
