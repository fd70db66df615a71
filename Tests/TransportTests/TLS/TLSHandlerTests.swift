import NIOCore
import NIOEmbedded
import NIOTLS
import Testing

@testable import Transport

@Suite(.enabled(if: TLSFixture.hasOpenSSL, "the openssl command is not installed"))
struct TLSHandlerTests {
    private let fixture: TLSFixture
    private let context: TLSContext
    private let pattern = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    init() throws {
        self.fixture = try TLSFixture()
        self.context = try TLSContext(self.fixture.makeCertificate())
    }

    private func connected(
        _ version: MemoryTLSClient.Version = .tls13,
        halfClosure: Bool = false
    ) throws -> TLSPair {
        let pair = try TLSPair(self.context, client: MemoryTLSClient(version, applicationProtocols: ["h2"]))
        pair.channel.allowRemoteHalfClosure = halfClosure
        pair.exchange()
        try #require(pair.above.tls == [.handshakeCompleted(negotiatedProtocol: "h2")])
        return pair
    }

    // MARK: Handshake

    @Test(arguments: MemoryTLSClient.Version.allCases, [1, 7, 1000])
    func `bytes may come in any pieces`(version: MemoryTLSClient.Version, size: Int) throws {
        let pair = try TLSPair(self.context, client: MemoryTLSClient(version, applicationProtocols: ["h2"]))
        pair.exchange(pieceBytes: size)
        #expect(pair.above.tls == [.handshakeCompleted(negotiatedProtocol: "h2")])
        pair.client.send(self.pattern)
        pair.exchange(pieceBytes: size)
        #expect(pair.above.received == self.pattern)
        pair.write(self.pattern)
        pair.flush()
        pair.exchange(pieceBytes: size)
        #expect(pair.client.received == self.pattern)
    }

    @Test(arguments: [
        (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), (["x", "http/1.1", "http/1"], "http/1.1"), ([], nil),
    ])
    func `the server's best protocol among the client's is chosen`(offered: [String], chosen: String?) throws {
        let pair = try TLSPair(self.context, client: MemoryTLSClient(applicationProtocols: offered))
        pair.exchange()
        #expect(pair.above.tls == [.handshakeCompleted(negotiatedProtocol: chosen)])
    }

    @Test func `a client that knows none of our protocols is told so`() throws {
        let pair = try TLSPair(self.context, client: MemoryTLSClient(applicationProtocols: ["spdy/3"]))
        pair.exchange()
        #expect(pair.client.failure == "tlsv1 alert no application protocol")
        #expect(pair.above.errors == [.handshakeFailed])
        #expect(pair.above.isInactive)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}", "SSH-2.0-x\r\n"])
    func `what is not TLS is answered with an alert and closed`(text: String) throws {
        let pair = try TLSPair(self.context)
        pair.give(Array(text.utf8))
        pair.drain()
        #expect(pair.above.errors == [.handshakeFailed])
        #expect(pair.above.isInactive)
        // Content type 21 is an alert (RFC 8446 §5.1); OpenSSL sends none for what it knows to be HTTP.
        #expect(pair.sent.allSatisfy { $0.first == 21 })
    }

    @Test func `a handshake that stops is given up at the deadline`() throws {
        let pair = try TLSPair(self.context)
        pair.client.step()
        pair.give(Array(pair.client.takeOutput().dropLast(10)))
        pair.channel.embeddedEventLoop.advanceTime(by: .milliseconds(9999))
        #expect(!pair.above.isInactive)
        pair.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(pair.above.errors == [.handshakeTimedOut])
        #expect(pair.above.isInactive)
    }

    @Test func `a finished handshake has no deadline`() throws {
        let pair = try self.connected()
        pair.channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
        #expect(pair.above.errors.isEmpty && !pair.above.isInactive)
    }

    @Test func `a handshake of records that mean nothing is cut`() throws {
        let pair = try TLSPair(self.context)
        pair.client.step()
        pair.give(pair.client.takeOutput())
        // Change cipher spec records, which TLS 1.3 has a server ignore (RFC 8446 §5).
        pair.give((0..<10_000).flatMap { _ in [20, 3, 3, 0, 1, 1] as [UInt8] })
        #expect(pair.above.errors == [.handshakeFailed] && pair.above.isInactive)
    }

    @Test func `a ClientHello that announces 16 megabytes is refused at once`() throws {
        let pair = try TLSPair(self.context)
        pair.give([22, 3, 1, 0, 8, 1, 255, 255, 255, 3, 3, 0, 0])
        #expect(pair.above.errors == [.handshakeFailed] && pair.above.isInactive)
    }

    @Test func `a connection that ends within the handshake is reported`() throws {
        let pair = try TLSPair(self.context)
        pair.channel.pipeline.syncOperations.fireChannelInactive()
        #expect(pair.above.errors == [.truncated])
    }

    // MARK: Writes

    @Test(arguments: MemoryTLSClient.Version.allCases)
    func `writes before the handshake are sent after it, and their promises kept`(
        version: MemoryTLSClient.Version
    ) throws {
        let pair = try TLSPair(self.context, client: MemoryTLSClient(version))
        let promises = (0..<3).map { _ in pair.promise() }
        pair.write([1, 2], promise: promises[0])
        pair.write([], promise: promises[1])
        pair.write([3], promise: promises[2])
        pair.flush()
        #expect(pair.sent.isEmpty)
        pair.exchange()
        #expect(pair.client.received == [1, 2, 3])
        for promise in promises { try promise.futureResult.wait() }
    }

    @Test func `writes before the handshake are bounded`() throws {
        let pair = try TLSPair(self.context, limits: TLSLimits(maximumBytesBeforeHandshake: 10))
        let first = pair.promise()
        pair.write([1, 2, 3, 4, 5], promise: first)
        pair.write([1, 2, 3, 4, 5])
        #expect(!pair.above.isInactive)
        pair.write([1])
        #expect(pair.above.errors == [.tooMuchBeforeHandshake])
        #expect(throws: TLSError.self) { try first.futureResult.wait() }
    }

    @Test func `many small writes become one record`() throws {
        let pair = try self.connected()
        let before = pair.sent.count
        let last = pair.promise()
        for index in 0..<100 {
            pair.write([UInt8](repeating: UInt8(index), count: 10), promise: index == 99 ? last : nil)
        }
        pair.flush()
        pair.drain()
        try last.futureResult.wait()
        #expect(pair.sent.count == before + 1)
        // 5 of header, 1 of type and 16 of tag (RFC 8446 §5.2).
        #expect(pair.sent.last?.count == 1000 + 22)
        #expect(pair.client.received == (0..<100).flatMap { [UInt8](repeating: UInt8($0), count: 10) })
    }

    @Test func `large writes go in buffers of a few full records`() throws {
        let pair = try self.connected()
        let before = pair.sent.count
        let bytes = Array((0..<20).map { _ in self.pattern }.joined())
        let head = pair.promise()
        let body = pair.promise()
        pair.write([9, 9, 9], promise: head)
        pair.write(bytes, promise: body)
        pair.flush()
        pair.drain()
        try head.futureResult.wait()
        try body.futureResult.wait()
        #expect(pair.client.received == [9, 9, 9] + bytes)
        #expect(pair.sent.count - before == (bytes.count + 3 + 7 * 16384 - 1) / (7 * 16384))
    }

    @Test func `without a flush nothing is sent, but a full record counts for writability`() throws {
        let pair = try self.connected()
        let before = pair.sent.count
        for _ in 0..<3 { pair.write([UInt8](repeating: 7, count: 10_000)) }
        pair.drain()
        #expect(pair.sent.count == before)
        pair.flush()
        pair.drain()
        #expect(pair.client.received.count == 30_000)
    }

    // MARK: Peers that misbehave after the handshake

    @Test func `renegotiation is refused`() throws {
        let pair = try self.connected(.tls12)
        pair.client.sendRenegotiation()
        pair.exchange()
        #expect(pair.above.tls.filter { $0 != .shutdownCompleted }.count == 1)
        #expect(pair.client.failure == "no renegotiation")
    }

    @Test func `endless key updates are ended`() throws {
        let pair = try self.connected()
        for _ in 0..<2000 where pair.channel.isActive {
            pair.client.sendKeyUpdate()
            pair.exchange()
        }
        #expect(pair.above.errors == [.handshakeAbused] && pair.above.isInactive)
    }

    @Test func `a few key updates are nothing special`() throws {
        let pair = try self.connected()
        for _ in 0..<20 {
            pair.client.sendKeyUpdate()
            pair.client.send([5])
            pair.exchange(pieceBytes: 3)
            pair.write([6])
            pair.flush()
            pair.exchange()
        }
        #expect(pair.above.received.count == 20 && pair.client.received.count == 20)
    }

    @Test func `a damaged record ends the connection with an alert`() throws {
        let pair = try self.connected()
        pair.client.send([1, 2, 3])
        var record = pair.client.takeOutput()
        record[record.count - 1] ^= 1
        pair.give(record)
        pair.drain()
        #expect(pair.above.errors == [.recordInvalid])
        #expect(pair.above.isInactive && pair.above.received.isEmpty)
        #expect(pair.client.failure?.contains("bad record mac") == true, "\(pair.client.failure ?? "")")
    }

    // MARK: Closing

    @Test(arguments: MemoryTLSClient.Version.allCases)
    func `a close is clean when the peer answers`(version: MemoryTLSClient.Version) throws {
        let pair = try self.connected(version)
        let promise = pair.promise()
        pair.write([1, 2, 3])
        pair.flush()
        pair.channel.pipeline.syncOperations.close(promise: promise)
        #expect(!pair.above.isInactive)
        pair.drain()
        #expect(pair.client.received == [1, 2, 3] && pair.client.hasSeenCloseNotify)
        pair.client.sendCloseNotify()
        pair.exchange()
        try promise.futureResult.wait()
        #expect(pair.above.tls.last == .shutdownCompleted)
        #expect(pair.above.isInactive && pair.above.errors.isEmpty)
    }

    @Test func `a close is over after its deadline when the peer never answers`() throws {
        let pair = try self.connected()
        let promises = [pair.promise(), pair.promise()]
        for promise in promises { pair.channel.pipeline.syncOperations.close(promise: promise) }
        pair.client.send(self.pattern)
        pair.exchange()
        #expect(pair.above.received.isEmpty)
        #expect(!pair.above.isInactive)
        pair.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(pair.above.isInactive && pair.above.errors.isEmpty)
        for promise in promises { try promise.futureResult.wait() }
        #expect(pair.above.tls.last != .shutdownCompleted)
    }

    @Test func `a close amid writes sends what was flushed and fails the rest`() throws {
        let pair = try self.connected()
        let flushed = pair.promise()
        let rest = pair.promise()
        let late = pair.promise()
        pair.write(self.pattern, promise: flushed)
        pair.flush()
        pair.write([1], promise: rest)
        pair.channel.pipeline.syncOperations.close(promise: nil)
        pair.write([2], promise: late)
        pair.flush()
        pair.drain()
        try flushed.futureResult.wait()
        #expect(throws: ChannelError.self) { try rest.futureResult.wait() }
        #expect(throws: ChannelError.self) { try late.futureResult.wait() }
        #expect(pair.client.received == self.pattern && pair.client.hasSeenCloseNotify)
    }

    @Test func `a close within the handshake is immediate`() throws {
        let pair = try TLSPair(self.context)
        let write = pair.promise()
        pair.write([1], promise: write)
        let promise = pair.promise()
        pair.channel.pipeline.syncOperations.close(promise: promise)
        try promise.futureResult.wait()
        #expect(throws: ChannelError.self) { try write.futureResult.wait() }
    }

    @Test func `the peer's close is answered and everything closed`() throws {
        let pair = try self.connected()
        pair.client.send([1])
        pair.client.sendCloseNotify()
        pair.exchange()
        #expect(pair.above.received == [1])
        #expect(pair.above.tls.last == .shutdownCompleted)
        #expect(pair.above.isInactive && pair.client.hasSeenCloseNotify && pair.above.errors.isEmpty)
    }

    @Test func `with half-closure the peer's close ends only its half`() throws {
        let pair = try self.connected(halfClosure: true)
        pair.client.sendCloseNotify()
        pair.exchange()
        #expect(pair.above.channelEvents == [.inputClosed])
        // TCP's own half-closure after it is no news.
        pair.channel.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.above.channelEvents == [.inputClosed])
        pair.write([1, 2, 3])
        pair.flush()
        pair.channel.pipeline.syncOperations.close(promise: nil)
        pair.drain()
        #expect(pair.client.received == [1, 2, 3] && pair.client.hasSeenCloseNotify)
        #expect(pair.above.isInactive && pair.above.tls.last == .shutdownCompleted)
    }

    @Test(arguments: [true, false])
    func `an end without close_notify is reported as a cut`(isHalf: Bool) throws {
        let pair = try self.connected(halfClosure: isHalf)
        let write = pair.promise()
        pair.write([1], promise: write)
        if isHalf {
            pair.channel.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            pair.channel.pipeline.syncOperations.fireChannelInactive()
        }
        #expect(pair.above.errors == [.truncated])
        #expect(pair.above.channelEvents.isEmpty)
        #expect(pair.above.isInactive)
        #expect(throws: TLSError.self) { try write.futureResult.wait() }
    }
}
