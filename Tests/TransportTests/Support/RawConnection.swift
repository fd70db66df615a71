import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection of a test: what it sends and receives is bytes, and every wait is bounded.
final class RawConnection: Sendable {
    struct Ended: Error {}

    private struct State {
        var bytes = ByteBuffer()
        var isInputClosed = false
        /// Bytes that may still be handed out before the connection seems to end.
        var left = Int.max
        var waiter: CheckedContinuation<Void, Never>?
    }

    private final class Inbox: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = self.unwrapInboundIn(data)
            self.change { _ = $0.bytes.writeBuffer(&bytes) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { self.change { $0.isInputClosed = true } }
            context.fireUserInboundEventTriggered(event)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.change { $0.isInputClosed = true }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // A reset; the end of the channel follows.
        }

        func change(_ body: (inout sending State) -> Void) {
            let waiter = self.state.withLock { state in
                body(&state)
                return state.waiter.take()
            }
            waiter?.resume()
        }
    }

    let channel: any Channel
    private let inbox: Inbox

    /// Connects.
    ///
    /// - Parameters:
    ///   - port: the server's.
    ///   - receiveBuffer: the kernel's, in bytes.
    ///   - isReading: false to take nothing from the kernel until `startReading` is called.
    ///   - cutAfter: the bytes after which nothing more is seen of the server.
    /// - Throws: when nobody listens.
    init(port: Int, receiveBuffer: Int? = nil, isReading: Bool = true, cutAfter: Int? = nil) async throws {
        let inbox = Inbox()
        if let cutAfter { inbox.change { $0.left = cutAfter } }
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: isReading)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { $0.pipeline.addHandler(inbox) }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        self.channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        self.inbox = inbox
    }

    /// Begins to read.
    func startReading() async throws {
        try await self.channel.setOption(.autoRead, value: true).get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await self.channel.writeAndFlush(bytes)
    }

    /// What has come, at least one byte; `nil` when the server has closed its side.
    func receive(within patience: Duration = .seconds(15)) async throws -> ByteBuffer? {
        let deadline = self.channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { [inbox] in inbox.change { _ in }
        }
        defer { deadline.cancel() }
        let end = ContinuousClock.now + patience
        while true {
            let (bytes, isEnded) = self.inbox.state.withLock { state in
                defer { state.bytes = ByteBuffer() }
                guard state.bytes.readableBytes >= state.left else {
                    state.left -= state.bytes.readableBytes
                    return (state.bytes, state.isInputClosed)
                }
                let last = state.bytes.readSlice(length: state.left) ?? ByteBuffer()
                state.left = 0
                state.isInputClosed = true
                return (last, true)
            }
            if bytes.readableBytes > 0 { return bytes }
            if isEnded { return nil }
            guard ContinuousClock.now < end else { throw TestTimeout(description: "nothing was received") }
            await withCheckedContinuation { continuation in
                let isLate = self.inbox.state.withLock { state in
                    if state.bytes.readableBytes > 0 || state.isInputClosed || ContinuousClock.now >= end {
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        }
    }

    /// Everything to the end of the server's side.
    func receiveAll(within patience: Duration = .seconds(15)) async throws -> ByteBuffer {
        var all = ByteBuffer()
        while var bytes = try await self.receive(within: patience) { all.writeBuffer(&bytes) }
        return all
    }

    func close() {
        self.channel.close(promise: nil)
    }

    /// Says that nothing more will be sent, and goes on reading.
    func closeOutput() async throws {
        try await self.channel.close(mode: .output)
    }

    /// Ends with a reset in place of a FIN.
    func reset() async throws {
        try await (self.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await self.channel.close()
    }
}
