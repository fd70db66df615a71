import Agent
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Somebody who is called by webhooks, on the loopback: remembers what it got and answers what its test wants.
final class WebhookReceiver: Sendable {
    struct Call: Sendable {
        let path: String
        let headers: HTTPHeaders
        let body: String

        var json: JSONObject? { JSONObject(ByteBuffer(string: self.body)) }
        /// The seconds and the code of `X-Troupe-Signature`.
        var signature: (time: String, code: String)? {
            let parts = self.headers["X-Troupe-Signature"].first?.split(separator: ",") ?? []
            guard parts.count == 2, parts[0].hasPrefix("t="), parts[1].hasPrefix("v1=") else { return nil }
            return (String(parts[0].dropFirst(2)), String(parts[1].dropFirst(3)))
        }
    }

    /// How it answers.
    enum Answer: Sendable {
        case status(Int)
        case redirect(String)
        /// Headers, and then a body without an end.
        case endless
        /// Nothing at all.
        case silence
        /// Closes the connection.
        case close
    }

    private struct State {
        var calls: [Call] = []
        var answers: [Answer] = []
    }

    private let state = Mutex(State())
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel = Mutex<(any Channel)?>(nil)

    private init() {}

    /// Runs one for as long as `body` does.
    static func with(_ body: (WebhookReceiver) async throws -> Void) async throws {
        let receiver = WebhookReceiver()
        let channel = try await ServerBootstrap(group: receiver.loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.channel.withLock { $0 = channel }
        let result: Result<Void, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        try await receiver.loops.shutdownGracefully()
        try result.get()
    }

    var port: Int { self.channel.withLock { $0?.localAddress?.port } ?? 0 }
    var url: String { "http://127.0.0.1:\(self.port)/hook" }
    var calls: [Call] { self.state.withLock(\.calls) }

    /// What the next calls are answered, in order; 204 when nothing is left.
    func answer(_ answers: Answer...) {
        self.state.withLock { $0.answers = answers }
    }

    /// Waits until it has been called so many times.
    @discardableResult
    func calls(_ count: Int) async throws -> [Call] {
        try await eventually("\(count) calls") { self.calls.count >= count }
        return self.calls
    }

    private func take(_ call: Call) -> Answer {
        self.state.withLock { state in
            state.calls.append(call)
            return state.answers.isEmpty ? .status(204) : state.answers.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: WebhookReceiver
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ receiver: WebhookReceiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                self.body = ByteBuffer()
            case .body(var piece): self.body.writeBuffer(&piece)
            case .end:
                guard let head else { return }
                let call = Call(path: head.uri, headers: head.headers, body: String(buffer: self.body))
                self.answer(self.receiver.take(call), context)
            }
        }

        private func answer(_ answer: Answer, _ context: ChannelHandlerContext) {
            var headers: HTTPHeaders = ["Content-Length": "0"]
            switch answer {
            case .silence: return
            case .close: return context.close(promise: nil)
            case .endless:
                self.write(.ok, ["Transfer-Encoding": "chunked"], context)
                let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
                for _ in 0..<16 { context.write(self.wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil) }
                return context.flush()
            case .status(let status): self.write(HTTPResponseStatus(statusCode: status), headers, context)
            case .redirect(let target):
                headers.add(name: "Location", value: target)
                self.write(.temporaryRedirect, headers, context)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }

        private func write(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        }
    }
}
