import NIOCore
import NIOPosix
import Testing

@testable import StubMessagesAPI

@Suite(.timeLimit(.minutes(1)))
struct StubMessagesAPITests {
    /// What a raw client reads until the server ends the connection, or until `text` has come.
    private func exchange(_ api: StubMessagesAPI, _ request: String, until text: String? = nil) async throws -> String {
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: api.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var read = ByteBuffer()
            for try await var piece in inbound {
                read.writeBuffer(&piece)
                if let text, String(buffer: read).contains(text) { break }
            }
            return String(buffer: read)
        }
    }

    private func post(_ prompt: String, isStreamed: Bool = true) -> String {
        let body = #"""
            {"model":"m","max_tokens":9,"stream":\#(isStreamed),"tools":[{"name":"A"}],
             "messages":[{"role":"user","content":"\#(prompt)"}]}
            """#
        return "POST /v1/messages?beta=true HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `a streamed request is answered and remembered`() async throws {
        try await withStubMessagesAPI { api in
            let answer = try await self.exchange(api, self.post("say hello"))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains(#""text_delta","text":"hello""#))
            #expect(answer.contains("event: message_stop"))
            let request = try #require(api.requests().first)
            #expect(request.path == "/v1/messages" && request.model == "m" && request.lastUserText == "say hello")
            #expect(request.isStreamed && request.toolCount == 1 && request.messageCount == 1 && request.step == 0)
        }
    }

    @Test(arguments: [
        ("say whole", "200 OK", #"{"type":"text","text":"whole"}"#), ("echo 2", "200 OK", #""text":"w0 w1""#),
        ("error:529", "529", "overloaded_error"), ("error:prompt_too_long", "400", "prompt is too long"),
        ("tool:Bash 7", "200 OK", "stub: bad directive"), ("plain", "200 OK", "echo: plain"),
    ])
    func `a plain request has a plain answer`(prompt: String, status: String, part: String) async throws {
        try await withStubMessagesAPI { api in
            let answer = try await self.exchange(api, self.post(prompt, isStreamed: false))
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
            #expect(answer.contains(part))
        }
    }

    @Test(arguments: ["forever 50", "forever 0"])
    func `a reader that hangs up ends its stream`(prompt: String) async throws {
        try await withStubMessagesAPI { api in
            _ = try await self.exchange(api, self.post(prompt), until: "w3 ")
            #expect(await api.waitForOpenStreams(0, timeout: .seconds(10)))
        }
    }

    @Test(arguments: ["hang", "stall", "ttft 60000 say late"])
    func `a silent reply stays open until the stub stops`(prompt: String) async throws {
        try await withStubMessagesAPI { api in
            async let answer = try? self.exchange(api, self.post(prompt))
            #expect(await api.waitForRequests(atLeast: 1, timeout: .seconds(10)))
            #expect(api.openStreams() == 1)
            await api.stop()
            #expect(await answer?.contains("message_stop") != true)
        }
    }

    @Test func `a wait ends with its time, with its task and with the stub`() async throws {
        let api = try await StubMessagesAPI.start()
        #expect(await !api.waitForRequests(atLeast: 1, timeout: .milliseconds(10)))
        // Proof: awaited below; it is a task of its own so that it can be cancelled.
        let cancelled = Task { await api.waitForRequests(atLeast: 1, timeout: .seconds(60)) }
        cancelled.cancel()
        #expect(await !cancelled.value)
        async let stopped = api.waitForRequests(atLeast: 1, timeout: .seconds(60))
        await api.stop()
        #expect(await !stopped)
    }
}
