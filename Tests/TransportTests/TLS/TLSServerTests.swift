import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Transport

/// The handler on real sockets, against other people's clients.
@Suite(.enabled(if: TLSFixture.hasOpenSSL, "the openssl command is not installed"), .timeLimit(.minutes(1)))
struct TLSServerTests {
    private let fixture: TLSFixture
    private let store: TLSContextStore

    init() throws {
        self.fixture = try TLSFixture()
        self.store = try TLSContextStore(self.fixture.makeCertificate())
    }

    private func withServer<Result>(
        limits: TLSLimits = TLSLimits(),
        halfClosure: Bool = false,
        _ body: (TLSTestServer) async throws -> Result
    ) async throws -> Result {
        let server = try await TLSTestServer(store: self.store, limits: limits, halfClosure: halfClosure)
        let result: Result
        do {
            result = try await body(server)
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
        return result
    }

    private func sClient(
        _ server: TLSTestServer,
        _ options: [String],
        input: String = ""
    ) async throws -> TLSCommand.Result {
        try await TLSCommand.run(
            [
                "openssl", "s_client", "-connect", "127.0.0.1:\(server.port)", "-verify_return_error",
                "-CAfile", self.fixture.path("server.pem"),
            ] + options,
            input: input,
            in: self.fixture.directory
        )
    }

    private func curl(_ server: TLSTestServer, _ arguments: [String], path: String) async throws -> TLSCommand.Result {
        try await TLSCommand.run(
            ["curl", "-sS", "--max-time", "25", "--cacert", self.fixture.path("server.pem")] + arguments
                + ["https://127.0.0.1:\(server.port)/\(path)"],
            in: self.fixture.directory
        )
    }

    @Test(arguments: ["1_2", "1_3"])
    func `s_client gets its answer and a clean end`(version: String) async throws {
        try await self.withServer { server in
            let request = "GET /10 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let result = try await self.sClient(
                server,
                ["-tls\(version)", "-alpn", "http/1.1", "-ign_eof"],
                input: request
            )
            #expect(result.status == 0)
            #expect(result.output.contains("TLSv\(version.replacing("_", with: "."))"))
            #expect(result.output.contains("ALPN protocol: http/1.1"))
            #expect(result.output.contains("HTTP/1.1 200 OK"))
            #expect(result.output.contains("Verify return code: 0 (ok)"))
            let ending = await server.nextEnding()
            #expect(ending?.wasClean == true && ending?.negotiated == "http/1.1" && ending?.error == nil)
        }
    }

    @Test(arguments: ["1_2", "1_3"])
    func `NIO's handler above sees the protocol that was chosen`(version: String) async throws {
        try await self.withServer { server in
            let result = try await self.sClient(server, ["-tls\(version)", "-alpn", "http/1.1,h2", "-ign_eof"])
            #expect(result.output.contains("ALPN protocol: h2"))
            #expect(result.output.contains("you chose h2"))
        }
    }

    @Test func `TLS 1.1 is refused`() async throws {
        try await self.withServer { server in
            let result = try await self.sClient(server, ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
            #expect(result.status == 1)
            #expect(result.output.contains("alert protocol version"))
            #expect(await server.nextEnding()?.error == .handshakeFailed)
        }
    }

    @Test func `a chain is sent whole`() async throws {
        let chain = try self.fixture.text(of: "server.pem")
        try self.fixture.makeCertificate("issuer")
        try self.fixture.write(chain + self.fixture.text(of: "issuer.pem"), to: "server.pem")
        try self.store.reload()
        try await self.withServer { server in
            let result = try await self.sClient(server, ["-showcerts"])
            #expect(result.output.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        }
    }

    @Test(.enabled(if: TLSFixture.hasCurl, "the curl command is not installed"))
    func `curl reads five megabytes`() async throws {
        try await self.withServer { server in
            let path = self.fixture.path("answer")
            let result = try await self.curl(server, ["--http1.1", "-o", path], path: "5000000")
            #expect(result.status == 0, "\(result.output)")
            let expected = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) })
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
        }
    }

    @Test(.enabled(if: TLSFixture.hasCurl, "the curl command is not installed"))
    func `curl sends five megabytes and reads them back, twice on one connection`() async throws {
        try await self.withServer { server in
            let body = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 3) })
            try body.write(to: URL(fileURLWithPath: self.fixture.path("body")))
            let transfer = ["--http1.1", "-T", self.fixture.path("body"), "-o", self.fixture.path("echo")]
            let result = try await self.curl(
                server,
                transfer + ["https://127.0.0.1:\(server.port)/", "--next", "-sS", "--cacert"]
                    + [self.fixture.path("server.pem")] + transfer,
                path: ""
            )
            #expect(result.status == 0, "\(result.output)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: self.fixture.path("echo"))) == body)
        }
    }

    @Test(.enabled(if: TLSFixture.hasCurl, "the curl command is not installed"))
    func `a client that leaves in the middle of an answer harms nobody`() async throws {
        try await self.withServer { server in
            let url = "https://127.0.0.1:\(server.port)/5000000"
            let certificate = self.fixture.path("server.pem")
            _ = try await TLSCommand.run(
                ["sh", "-c", "curl -s --http1.1 --cacert '\(certificate)' \(url) | head -c 1000 | wc -c"],
                in: self.fixture.directory
            )
            #expect(await server.nextEnding() != nil)
            let result = try await self.curl(server, ["--http1.1"], path: "0")
            #expect(result.status == 0, "\(result.output)")
        }
    }

    @Test(.enabled(if: TLSFixture.hasCurl, "the curl command is not installed"))
    func `plain HTTP on the TLS port is refused at once`() async throws {
        try await self.withServer { server in
            let result = try await TLSCommand.run(
                ["curl", "-sS", "--max-time", "25", "http://127.0.0.1:\(server.port)/"],
                in: self.fixture.directory
            )
            #expect(result.status != 0 && result.status != 28)
            #expect(await server.nextEnding()?.error == .handshakeFailed)
        }
    }

    @Test func `a client that says nothing is left at the deadline`() async throws {
        try await self.withServer(limits: TLSLimits(handshakeTimeout: .milliseconds(50))) { server in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            #expect(await server.nextEnding()?.error == .handshakeTimedOut)
            try await client.closeFuture.get()
        }
    }

    @Test(arguments: [true, false])
    func `a client that is gone within the handshake is noticed`(halfClosure: Bool) async throws {
        try await self.withServer(halfClosure: halfClosure) { server in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            try await client.writeAndFlush(ByteBuffer(bytes: [22, 3, 1, 2, 0]))
            try await client.close()
            #expect(await server.nextEnding()?.error == .truncated)
        }
    }

    @Test func `a peer that never answers does not hold a close up`() async throws {
        try await self.withServer(limits: TLSLimits(closeTimeout: .milliseconds(50))) { server in
            // The client asks for one answer and never says goodbye.
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(SilentClient())
                    }
                }
                .connect(host: "127.0.0.1", port: server.port).get()
            let ending = await server.nextEnding()
            #expect(ending?.wasClean == false && ending?.error == nil)
            try await channel.closeFuture.get()
        }
    }

    @Test func `a reload reaches the next client`() async throws {
        try await self.withServer { server in
            try self.fixture.makeCertificate("fresh")
            for kind in ["pem", "key"] {
                try self.fixture.write(self.fixture.text(of: "fresh.\(kind)"), to: "server.\(kind)")
            }
            try self.store.reload()
            try self.fixture.write("broken", to: "server.key")
            #expect(throws: TLSError.self) { try self.store.reload() }
            let result = try await self.sClient(server, [])
            #expect(result.output.contains("subject=CN = fresh"), "\(result.output)")
        }
    }
}

/// Shakes hands, asks for a close, and answers nothing that follows.
private final class SilentClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let client = MemoryTLSClient()
    private var hasAsked = false

    func channelActive(context: ChannelHandlerContext) {
        self.client.step()
        self.send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.hasAsked else { return }
        self.client.receive(Array(self.unwrapInboundIn(data).readableBytesView))
        if self.client.isConnected {
            self.hasAsked = true
            self.client.send(Array("GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
        }
        self.send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: self.client.takeOutput())), promise: nil)
    }
}
