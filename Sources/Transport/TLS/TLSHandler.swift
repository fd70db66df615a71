package import NIOCore
import NIOTLS

/// Speaks TLS to the client so that the handlers above it need not know: the server's side, at the head of a pipeline.
///
/// Shape: ciphertext below, plaintext above. Raises `TLSUserEvent.handshakeCompleted` before the first plaintext, and
/// `TLSUserEvent.shutdownCompleted` when both sides have closed in order. Writes wait for the end of the handshake and for
/// a flush, or for a full record, whichever is first; once encrypted they count for the channel's writability, which
/// passes through as it is.
///
/// Half-closure follows the channel: with `allowRemoteHalfClosure` the peer's close_notify becomes
/// `ChannelEvent.inputClosed`, without it the connection is closed. The end of the transport without close_notify is
/// reported as ``TLSError/Code/truncated`` and closes the channel in either case.
///
/// Isolation: the channel's event loop. Every failure is fired as a ``TLSError`` through `errorCaught` and closes the
/// channel, after OpenSSL's alert, if it has one, was written.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let tls: TLSContext
    private let limits: TLSLimits
    private var lifecycle = TLSLifecycle()
    private var connection: TLSConnection?
    private var writes = TLSWriteQueue()
    private var deadline: Scheduled<Void>?
    private var closePromise: EventLoopPromise<Void>?
    /// The handlers above have flushed since their writes were last encrypted.
    private var owesFlush = false
    /// The handlers above have asked for a read and have had nothing since.
    private var owesRead = false

    /// Makes the handler for one connection, under the certificate in force for its whole life.
    package init(context: TLSContext, limits: TLSLimits = TLSLimits()) {
        self.tls = context
        self.limits = limits
    }

    // MARK: The channel's life

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        self.begin(context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let wasCut = self.lifecycle.channelBecameInactive()
        self.release(failing: wasCut ? Self.cut : ChannelError.eof)
        self.takeClosePromise()?.succeed()
        if wasCut { context.fireErrorCaught(Self.cut) }
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        _ = self.lifecycle.fail()
        self.release(failing: ChannelError.ioOnClosedChannel)
        self.takeClosePromise()?.fail(ChannelError.ioOnClosedChannel)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A server that stops waits for no client that has not even said hello.
        if event is ChannelShouldQuiesceEvent, self.lifecycle.isHandshaking { context.close(promise: nil) }
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        // This is TCP's half-closure. TLS has its own, and has reported it if the peer did this in order.
        self.perform(self.lifecycle.transportInputClosed(), context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.lifecycle.channelBecameActive() else { return }
        do throws(TLSError) {
            self.connection = try TLSConnection(self.tls)
            self.setDeadline(self.limits.handshakeTimeout, context)
        } catch {
            self.fail(error, context)
        }
    }

    // MARK: Inbound

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.lifecycle.takesInput, let connection = self.connection else { return }
        connection.feed(self.unwrapInboundIn(data))
        if self.lifecycle.isHandshaking {
            guard self.shakeHands(connection, context) else { return }
        }
        self.deliver(from: connection, context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if self.owesRead || self.readsForItself { context.read() }
    }

    package func read(context: ChannelHandlerContext) {
        self.owesRead = true
        context.read()
    }

    /// Whether bytes are wanted by TLS itself, whatever the handlers above want.
    private var readsForItself: Bool { self.lifecycle.isHandshaking || self.lifecycle.isDraining }

    /// True when the handshake is done.
    private func shakeHands(_ connection: TLSConnection, _ context: ChannelHandlerContext) -> Bool {
        switch connection.handshake() {
        case .needsInput:
            self.sendOutput(of: connection, context)
            return false
        case .failed(let error):
            self.fail(error, context)
            return false
        case .completed(let applicationProtocol):
            self.lifecycle.handshakeCompleted()
            self.clearDeadline()
            self.sendOutput(of: connection, context)
            context.fireUserInboundEventTriggered(
                TLSUserEvent.handshakeCompleted(negotiatedProtocol: applicationProtocol)
            )
            if self.owesFlush { self.flushWrites(context) }
            return true
        }
    }

    private func deliver(from connection: TLSConnection, _ context: ChannelHandlerContext) {
        // Asked again in each round: what is fired below may close, and so release, everything.
        while self.lifecycle.takesInput {
            let room = max(connection.plaintextBytesExpected, 64)
            var plaintext = context.channel.allocator.buffer(capacity: room)
            let outcome = connection.read(into: &plaintext)
            self.sendOutput(of: connection, context)
            if plaintext.readableBytes > 0, self.lifecycle.deliversInput {
                self.owesRead = false
                context.fireChannelRead(self.wrapInboundOut(plaintext))
            }
            switch outcome {
            case .full:
                continue
            case .needsInput:
                if self.owesFlush { self.flushWrites(context) }
            case .peerClosed:
                self.perform(self.lifecycle.peerClosed(allowsHalfClosure: Self.allowsHalfClosure(context)), context)
            case .failed(let error):
                self.fail(error, context)
            }
            return
        }
    }

    // MARK: Outbound

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.lifecycle.takesWrites else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        self.writes.append(self.unwrapOutboundIn(data), promise: promise)
        if self.lifecycle.canEncrypt {
            // A full record is as good now as later, and below it counts for writability.
            if self.writes.byteCount >= TLSConnection.recordBytes { self.encryptWrites(context) }
        } else if self.writes.byteCount > self.limits.maximumBytesBeforeHandshake {
            let limit = self.limits.maximumBytesBeforeHandshake
            self.fail(TLSError(.tooMuchBeforeHandshake, "over \(limit) bytes written before the handshake"), context)
        }
    }

    package func flush(context: ChannelHandlerContext) {
        self.owesFlush = true
        if self.lifecycle.canEncrypt {
            self.flushWrites(context)
        } else if !self.lifecycle.takesWrites {
            context.flush()
        }
    }

    private func flushWrites(_ context: ChannelHandlerContext) {
        guard self.lifecycle.canEncrypt else { return }
        self.encryptWrites(context)
        // What could not be encrypted yet is tried again after the next read.
        self.owesFlush = !self.writes.isEmpty
        context.flush()
    }

    private func encryptWrites(_ context: ChannelHandlerContext) {
        // Asked again in each round: a write may make the handlers above write or close.
        while self.lifecycle.canEncrypt, let connection = self.connection, !self.writes.isEmpty {
            let chunk = self.writes.encryptChunk(with: connection)
            if let ciphertext = connection.takeOutput() {
                context.write(self.wrapOutboundOut(ciphertext), promise: chunk.promise)
            } else if let promise = chunk.promise {
                // Only empty writes: their promises still wait for what is before them.
                context.write(self.wrapOutboundOut(ByteBuffer()), promise: promise)
            }
            switch chunk.outcome {
            case .encrypted:
                continue
            case .needsInput:
                return
            case .failed(let error):
                return self.fail(error, context)
            }
        }
    }

    /// Sends what OpenSSL has to say by itself: handshake messages, tickets, alerts.
    private func sendOutput(of connection: TLSConnection, _ context: ChannelHandlerContext) {
        guard let ciphertext = connection.takeOutput() else { return }
        context.writeAndFlush(self.wrapOutboundOut(ciphertext), promise: nil)
    }

    // MARK: Closing

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        let action: TLSLifecycle.CloseAction
        switch mode {
        case .all: action = self.lifecycle.close()
        case .output: action = self.lifecycle.closeOutput()
        case .input: return context.close(mode: .input, promise: promise)
        }
        switch action {
        case .closeChannel:
            self.release(failing: ChannelError.ioOnClosedChannel)
            context.close(promise: promise)
        case .sendCloseNotifyAndDrain:
            self.join(promise)
            self.beginDrain(sendingCloseNotify: true, context)
        case .drain:
            self.join(promise)
            self.beginDrain(sendingCloseNotify: false, context)
        case .sendCloseNotifyAndCloseOutput:
            self.sendCloseNotify(context)
            context.close(mode: .output, promise: promise)
        case .join:
            self.join(promise)
        case .refuse:
            promise?.fail(ChannelError.outputClosed)
        }
    }

    private func perform(_ action: TLSLifecycle.PeerEndAction, _ context: ChannelHandlerContext) {
        switch action {
        case .none:
            if self.lifecycle.isDraining, self.deadline == nil { self.setDeadline(self.limits.closeTimeout, context) }
        case .reportInputClosed:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .sendCloseNotifyAndDrain:
            self.beginDrain(sendingCloseNotify: true, context)
        case .failTruncated:
            self.end(with: Self.cut, context)
        case .closeChannel(let isClean):
            self.release(failing: ChannelError.ioOnClosedChannel)
            if isClean { context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted) }
            context.close(promise: self.takeClosePromise())
        }
    }

    private func beginDrain(sendingCloseNotify: Bool, _ context: ChannelHandlerContext) {
        self.setDeadline(self.limits.closeTimeout, context)
        if sendingCloseNotify { self.sendCloseNotify(context) }
        // The handlers above may have stopped reading; TLS now reads for itself.
        if self.lifecycle.isDraining { context.read() }
    }

    private func sendCloseNotify(_ context: ChannelHandlerContext) {
        guard let connection = self.connection else { return }
        for promise in self.writes.removeAll() { promise.fail(ChannelError.ioOnClosedChannel) }
        connection.closeNotify()
        guard let ciphertext = connection.takeOutput() else { return self.closeNotifyWasSent(context) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        // Proof: `context.eventLoop` is the loop this handler is bound to, and every caller runs on it.
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.closeNotifyWasSent(context)
        }
        context.writeAndFlush(self.wrapOutboundOut(ciphertext), promise: promise)
    }

    private func closeNotifyWasSent(_ context: ChannelHandlerContext) {
        self.perform(self.lifecycle.closeNotifyWasFlushed(), context)
    }

    /// Gives the connection up unless it was given up before.
    private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        guard self.lifecycle.fail() else { return }
        self.end(with: error, context)
    }

    private func end(with error: TLSError, _ context: ChannelHandlerContext) {
        if let connection = self.connection { self.sendOutput(of: connection, context) }
        self.release(failing: error)
        context.fireErrorCaught(error)
        context.close(promise: self.takeClosePromise())
    }

    /// Lets go of everything that a connection holds and a dead one does not need.
    private func release(failing error: any Error) {
        self.clearDeadline()
        self.connection = nil
        for promise in self.writes.removeAll() { promise.fail(error) }
    }

    private func join(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if let closePromise = self.closePromise {
            closePromise.futureResult.cascade(to: promise)
        } else {
            self.closePromise = promise
        }
    }

    private func takeClosePromise() -> EventLoopPromise<Void>? {
        defer { self.closePromise = nil }
        return self.closePromise
    }

    private func setDeadline(_ timeout: Duration, _ context: ChannelHandlerContext) {
        self.clearDeadline()
        // Proof: `context.eventLoop` is the loop this handler is bound to, and every caller runs on it.
        self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            self.deadlinePassed(context)
        }
    }

    private func clearDeadline() {
        self.deadline?.cancel()
        self.deadline = nil
    }

    private func deadlinePassed(_ context: ChannelHandlerContext) {
        self.deadline = nil
        switch self.lifecycle.deadlinePassed() {
        case .none:
            break
        case .failHandshake:
            self.fail(TLSError(.handshakeTimedOut, "no TLS handshake in \(self.limits.handshakeTimeout)"), context)
        case .closeChannel:
            self.release(failing: ChannelError.ioOnClosedChannel)
            context.close(promise: self.takeClosePromise())
        }
    }

    private static let cut = TLSError(.truncated, "the connection ended without close_notify")

    private static func allowsHalfClosure(_ context: ChannelHandlerContext) -> Bool {
        // A channel that does not know the option does not allow it.
        (try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)) ?? false
    }
}
