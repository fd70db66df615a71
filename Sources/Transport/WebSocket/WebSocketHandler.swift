import Actors
import NIOCore
import NIOWebSocket

/// One WebSocket's frames: puts messages together, answers control frames, keeps the pings, refuses what RFC 6455
/// forbids.
///
/// Bound to the connection's event loop; writing goes through the `StreamOutlet` below.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    /// Its habits; API.md, WebSocket.
    package struct Configuration: Sendable {
        package var pingInterval: Duration = .seconds(25)
        /// From a ping to the pong.
        package var pongPatience: Duration = .seconds(10)
        /// What a client gets to say who it is.
        package var authenticationPatience: Duration = .seconds(10)
        /// The largest message a client may send: a prompt.
        package var maximumMessageBytes = APIContext.maximumBodyBytes
        /// Commands that may wait to be carried out; one more closes the socket.
        package var maximumWaitingCommands = 64
        /// Bytes of commands that may wait: the largest, and some beside it.
        package var maximumWaitingBytes = APIContext.maximumBodyBytes + (4 << 20)
        /// Answers and pongs written while the client reads nothing; one more closes the socket.
        package var maximumUnreadAnswers = 256
        /// Fragments of one message.
        package var maximumFragments = 1024
        /// Pings, pongs and empty fragments a minute; more close the socket.
        package var maximumControlFrames = 600

        package init() {}
    }

    let outlet: StreamOutlet
    /// Whole text messages, in order; ends with the socket.
    let messages: AsyncStream<ByteBuffer>
    /// The streams attached over this socket.
    var subscribers: [SessionAddress: Subscriber] = [:]

    private let eventLoop: any EventLoop
    /// The socket's, among those of its key.
    var place: Places.Place?

    private let configuration: Configuration
    private let onClose: (StreamEnd) -> Void
    private let inbox: AsyncStream<ByteBuffer>.Continuation
    /// The connection's; a message has as long to arrive as the body of a request.
    private let timer: PaceTimer?
    private var fragments: ByteBuffer?
    private var fragmentCount = 0
    private var controlFrames = RateBucket(now: .now)
    private var isClosing = false
    private var isGone = false
    private var unreadAnswers = 0
    private var waitingBytes = 0
    /// What the decoder below has of a frame.
    private var undecodedBytes = 0
    /// Of messages that wait or are being carried out.
    private var messageBytes = 0
    /// All of these, as far as the memory of all bodies goes.
    private let share: BodyBudget.Share
    private var pings: RepeatedTask?
    private var pongDeadline: Scheduled<Void>?
    private var authenticationDeadline: Scheduled<Void>?
    private var expiry: Scheduled<Void>?
    /// Whether the client's key still opens the server; asked with each ping.
    private var isInForce: (@Sendable () -> Bool)?

    /// A handler for one socket.
    ///
    /// - Parameters:
    ///   - outlet: where it writes.
    ///   - timer: the connection's.
    ///   - eventLoop: the connection's.
    ///   - configuration: its habits.
    ///   - share: what its messages hold of the memory of all bodies.
    ///   - onClose: told once, when we close it.
    init(
        outlet: StreamOutlet,
        timer: PaceTimer?,
        eventLoop: any EventLoop,
        configuration: Configuration,
        share: BodyBudget.Share,
        onClose: @escaping (StreamEnd) -> Void = { _ in }
    ) {
        self.outlet = outlet
        self.timer = timer
        self.eventLoop = eventLoop
        self.onClose = onClose
        self.configuration = configuration
        self.share = share
        (self.messages, self.inbox) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(configuration.maximumWaitingCommands)
        )
    }

    // MARK: What the connection wants written

    /// Writes an answer to a command.
    func answer(_ text: ByteBuffer) {
        guard self.mayAnswer() else { return }
        var buffer = ByteBuffer()
        WebSocketWriter.append(text: text, to: &buffer)
        self.outlet.write(buffer)
        self.outlet.flush()
    }

    /// Says why and closes; the connection goes when that has left, or after a while.
    func close(_ reason: StreamEnd, detail: String? = nil) {
        guard !self.isClosing else { return }
        self.isClosing = true
        self.onClose(reason)
        self.inbox.finish()
        // Nothing may follow the close frame (RFC 6455 §5.5.1).
        self.endStreams(reason)
        self.outlet.write(WebSocketWriter.close(reason.rawValue, reason: detail ?? reason.reason))
        self.outlet.closeAfterFlush()
    }

    /// Ends every stream; tells each client of a retryable end where it was.
    func endStreams(_ reason: StreamEnd?) {
        let open = self.subscribers
        self.subscribers = [:]
        for subscriber in open.values {
            if let reason, reason.isRetryable { subscriber.letGo(reason) } else { subscriber.end(nil) }
        }
    }

    /// The client has brought no key and gets some time to say who it is.
    func awaitAuthentication() {
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let patience = TimeAmount(self.configuration.authenticationPatience)
        self.authenticationDeadline = self.eventLoop.scheduleTask(in: patience) { bound.value.close(.badToken) }
    }

    /// The client is known, as long as its key is in force, and for as long as its link lasts.
    func authenticated(for timeLeft: Duration?, _ isInForce: @escaping @Sendable () -> Bool) {
        self.authenticationDeadline?.cancel()
        self.authenticationDeadline = nil
        self.isInForce = isInForce
        self.expiry?.cancel()
        guard let timeLeft, !self.isClosing else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.expiry = self.eventLoop.scheduleTask(in: TimeAmount(timeLeft)) { bound.value.close(.tokenExpired) }
    }

    /// So many bytes are on their way to the decoder.
    func bytesArrived(_ count: Int) {
        self.undecodedBytes += count
        self.checkHeld()
    }

    /// A message that waited is being carried out.
    func tookMessage(bytes: Int) {
        self.waitingBytes -= bytes
    }

    /// A message was carried out.
    func finishedMessage(bytes: Int) {
        self.messageBytes -= bytes
        self.checkHeld()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        // It says why before it goes.
        self.outlet.closesOnQuiesce = false
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        self.timer?.onViolation = { _ in bound.value.close(.tooSlow, detail: "message too slow") }
        self.timer?.note { $0.upgraded(now: $1) }
        let interval = TimeAmount(self.configuration.pingInterval)
        self.pings = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.ping(loop) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        self.undecodedBytes = max(0, self.undecodedBytes - Self.wireSize(of: frame))
        if self.isClosing {
            // The client's part of the close (RFC 6455 §7.1.1).
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        defer {
            if self.fragments == nil { self.timer?.note { $0.ended(now: $1) } }
            self.checkHeld()
        }
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return self.close(.protocolError) }
        switch frame.opcode {
        case .text, .continuation:
            self.take(frame)
        case .binary:
            self.close(.unsupportedData)
        case .ping:
            guard self.mayCarryNothing(), self.mayAnswer() else { return }
            self.outlet.write(WebSocketWriter.control(opcode: 0xA, payload: frame.unmaskedData))
            self.outlet.flush()
        case .pong:
            guard self.mayCarryNothing() else { return }
            self.pongDeadline?.cancel()
            self.pongDeadline = nil
        case .connectionClose:
            self.answerClose(frame.unmaskedData)
        default:
            self.close(.protocolError)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: self.close(.tooBig)
        case is NIOWebSocketError: self.close(.protocolError)
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A peer that has closed its side can answer no ping any more.
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        if event is ChannelShouldQuiesceEvent { self.close(.drain) }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Steps

    private func take(_ frame: WebSocketFrame) {
        var data = frame.unmaskedData
        guard data.readableBytes > 0 || self.mayCarryNothing() else { return }
        self.fragmentCount = frame.opcode == .text ? 1 : self.fragmentCount + 1
        guard self.fragmentCount <= self.configuration.maximumFragments else { return self.close(.tooBig) }
        switch (frame.opcode == .text, self.fragments) {
        case (true, nil): self.fragments = data
        case (false, .some(var fragments)):
            self.fragments = nil
            guard fragments.readableBytes + data.readableBytes <= self.configuration.maximumMessageBytes else {
                return self.close(.tooBig)
            }
            fragments.writeBuffer(&data)
            self.fragments = fragments
        default: return self.close(.protocolError)
        }
        guard frame.fin, let message = self.fragments else { return }
        self.fragments = nil
        guard String(validating: message.readableBytesView, as: UTF8.self) != nil else {
            return self.close(.invalidText)
        }
        self.waitingBytes += message.readableBytes
        guard self.waitingBytes <= self.configuration.maximumWaitingBytes else { return self.close(.rate) }
        self.messageBytes += message.readableBytes
        if case .dropped = self.inbox.yield(message) { self.close(.rate) }
    }

    /// Counts what the socket holds of what the client sent; closes it when all of them hold too much.
    private func checkHeld() {
        // What the decoder has is there until the connection is gone, so a closing one gives back no earlier.
        guard !self.isClosing || self.isGone else { return }
        let held = self.undecodedBytes + (self.fragments?.readableBytes ?? 0) + self.messageBytes
        if !self.share.hold(held) { self.close(.rate, detail: Problem.Code.tooManyBodies.rawValue) }
    }

    /// What a frame had on the wire (RFC 6455 §5.2).
    private static func wireSize(of frame: WebSocketFrame) -> Int {
        let extended =
            switch frame.length {
            case 0...125: 0
            case 126...65_535: 2
            default: 8
            }
        return 2 + extended + (frame.maskKey == nil ? 0 : 4) + frame.length
    }

    /// Counts frames without a use of their own: a few keep a connection alive, a flood of them is work for nothing.
    private func mayCarryNothing() -> Bool {
        guard !self.controlFrames.take(of: self.configuration.maximumControlFrames, now: .now).isAdmitted else {
            return true
        }
        self.close(.rate, detail: "too many control frames")
        return false
    }

    /// Counts what is written to a client that reads nothing.
    private func mayAnswer() -> Bool {
        guard !self.isClosing else { return false }
        guard !self.outlet.isWritable else {
            self.unreadAnswers = 0
            return true
        }
        self.unreadAnswers += 1
        if self.unreadAnswers > self.configuration.maximumUnreadAnswers { self.close(.tooSlow) }
        return !self.isClosing
    }

    /// The client leaves; what it gives as its reason must be one (RFC 6455 §5.5.1, §7.4).
    private func answerClose(_ payload: ByteBuffer) {
        var payload = payload
        guard payload.readableBytes > 0 else { return self.close(.normal) }
        guard let code = payload.readInteger(as: UInt16.self) else { return self.close(.protocolError) }
        switch code {
        case 1000...1003, 1007...1011, 3000...4999: break
        default: return self.close(.protocolError)
        }
        let isText = String(validating: payload.readableBytesView, as: UTF8.self) != nil
        self.close(isText ? .normal : .invalidText)
    }

    private func ping(_ loop: any EventLoop) {
        guard !self.isClosing, self.pongDeadline == nil else { return }
        guard self.isInForce?() != false else { return self.close(.tokenExpired) }
        self.outlet.write(WebSocketWriter.control(opcode: 0x9, payload: ByteBuffer()))
        self.outlet.flush()
        let bound = NIOLoopBound(self, eventLoop: loop)
        self.pongDeadline = loop.scheduleTask(in: TimeAmount(self.configuration.pongPatience)) {
            bound.value.close(.noPong)
        }
    }

    private func stop() {
        self.place = nil
        self.pings?.cancel()
        self.pings = nil
        self.pongDeadline?.cancel()
        self.pongDeadline = nil
        self.authenticationDeadline?.cancel()
        self.authenticationDeadline = nil
        self.expiry?.cancel()
        self.expiry = nil
        self.inbox.finish()
        self.fragments = nil
        self.undecodedBytes = 0
        self.isGone = true
        self.checkHeld()
    }
}
