import NIOCore
import NIOEmbedded

@testable import Transport

/// A ``TLSHandler`` on an embedded channel, and a client it talks to in memory.
final class TLSPair {
    let channel = EmbeddedChannel()
    let client: MemoryTLSClient
    let above = TLSRecorder()
    /// What the server sent, a buffer for each write below the handler.
    private(set) var sent: [[UInt8]] = []

    init(_ context: TLSContext, client: MemoryTLSClient = MemoryTLSClient(), limits: TLSLimits = TLSLimits()) throws {
        self.client = client
        let handler = TLSHandler(context: context, limits: limits)
        try self.channel.pipeline.syncOperations.addHandlers([handler, self.above])
        let peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        self.channel.pipeline.syncOperations.connect(to: peer, promise: nil)
    }

    deinit {
        // A channel that is not closed keeps itself and its handlers. The time is that of every deadline.
        self.channel.pipeline.syncOperations.close(promise: nil)
        self.channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
    }

    /// Moves bytes until both sides are silent, in pieces of a given size.
    func exchange(pieceBytes: Int = .max) {
        repeat {
            self.client.step()
            let bytes = self.client.takeOutput()[...]
            self.give(Array(bytes), pieceBytes: pieceBytes)
        } while self.drain(pieceBytes: pieceBytes)
    }

    /// Gives bytes to the server and does not look for an answer.
    func give(_ bytes: [UInt8], pieceBytes: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty, self.channel.isActive {
            let piece = rest.prefix(pieceBytes)
            rest = rest.dropFirst(piece.count)
            self.channel.pipeline.syncOperations.fireChannelRead(NIOAny(ByteBuffer(bytes: piece)))
            self.channel.pipeline.syncOperations.fireChannelReadComplete()
        }
        self.channel.embeddedEventLoop.run()
    }

    func write(_ bytes: [UInt8], promise: EventLoopPromise<Void>? = nil) {
        self.channel.pipeline.syncOperations.write(NIOAny(ByteBuffer(bytes: bytes)), promise: promise)
    }

    func flush() {
        self.channel.pipeline.syncOperations.flush()
    }

    func promise() -> EventLoopPromise<Void> {
        self.channel.embeddedEventLoop.makePromise()
    }

    /// Moves what the server has sent to the client.
    ///
    /// True if that was anything, or the client answers.
    @discardableResult
    func drain(pieceBytes: Int = .max) -> Bool {
        var moved = false
        while let buffer = try? self.channel.readOutbound(as: ByteBuffer.self) {
            self.sent.append(Array(buffer.readableBytesView))
            var rest = buffer.readableBytesView[...]
            while !rest.isEmpty {
                let piece = rest.prefix(pieceBytes)
                rest = rest.dropFirst(piece.count)
                self.client.receive(Array(piece))
            }
            moved = true
        }
        return moved
    }
}
