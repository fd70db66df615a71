import NIOCore
import NIOHTTP1
import NIOPosix

/// A stand-in for Anthropic's Messages API on loopback, for driving the real Claude Code CLI.
///
/// The prompt says what is answered: see `Directive`. Served are `POST /v1/messages` (streamed or not),
/// `POST /v1/messages/count_tokens`, `GET /v1/models[/ID]`, `/` and `GET /stub/stats`. Requests for a title and the like
/// get something harmless of the right shape. Replies are made as they are read, so a long one costs no memory.
package final class StubMessagesAPI: Sendable {
    /// Where it listens, on 127.0.0.1.
    package let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let service: StubService

    /// What belongs into `ANTHROPIC_BASE_URL`.
    package var baseURL: String { "http://127.0.0.1:\(self.port)" }

    private init(port: Int, group: MultiThreadedEventLoopGroup, service: StubService) {
        self.port = port
        self.group = group
        self.service = service
    }

    /// Starts a stub on a free port, with a thread of its own; whoever starts it calls `stop()`.
    package static func start() async throws -> StubMessagesAPI {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let service = StubService()
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                        try pipeline.addHandler(StubHTTPHandler(service: service))
                    }
                }
                .bind(host: "127.0.0.1", port: 0)
                .get()
            return StubMessagesAPI(port: channel.localAddress?.port ?? 0, group: group, service: service)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// What was asked so far, in order; of more than 10 000 requests the last ones.
    package func requests() -> [RecordedRequest] {
        self.service.requests
    }

    /// Counts the requests whose body holds a text, from now on.
    package func watch(for text: String) { self.service.watch(for: text) }

    /// How many there were.
    package func sightings() -> Int { self.service.sightings }

    /// Model requests whose reply has not ended: streaming, held back, hanging or stalled.
    package func openStreams() -> Int {
        self.service.counts.openStreams
    }

    /// Waits until `n` requests of any kind have arrived since the start; false when that takes longer than `timeout`.
    package func waitForRequests(atLeast n: Int, timeout: Duration) async -> Bool {
        await self.service.wait(timeout: timeout, on: self.group.any()) { $0.requests >= n }
    }

    /// Waits until exactly `n` replies are open, as after an interrupt; false when that takes longer than `timeout`.
    package func waitForOpenStreams(_ n: Int, timeout: Duration) async -> Bool {
        await self.service.wait(timeout: timeout, on: self.group.any()) { $0.openStreams == n }
    }

    /// Cuts every connection, ends every wait and the thread.
    ///
    /// May be called again.
    package func stop() async {
        self.service.stop()
        try? await self.group.shutdownGracefully()
    }
}

/// Runs `body` with a stub that is gone when this returns.
package func withStubMessagesAPI<Value>(
    _ body: (StubMessagesAPI) async throws -> Value
) async throws -> Value {
    let api = try await StubMessagesAPI.start()
    do {
        let value = try await body(api)
        await api.stop()
        return value
    } catch {
        await api.stop()
        throw error
    }
}
