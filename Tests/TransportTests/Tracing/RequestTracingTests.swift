import Actors
import InMemoryTracing
import Testing
import Tracing

@testable import Transport

extension ServerTests {
    /// Requests and commands as spans of whatever tracer the program has.
    @Suite(.timeLimit(.minutes(1)))
    struct RequestTracingTests {
        @Test func `a request is a span below the client's, named by its route, and its turn is below it`() async throws
        {
            let tracer = InMemoryTracer()
            try await withTracer(tracer) {
                try await TestServer.with { server in
                    try await server.session()
                    let sent = try await server.request(
                        "POST",
                        "/v1/sessions/s1/messages?ticket=hush",
                        #"{"content":"hush","wait_ms":9000}"#,
                        headers: [InMemoryTracer.traceIDKey: "trace", InMemoryTracer.spanIDKey: "outer"]
                    )
                    #expect(sent.status == 200)
                    #expect(try await server.request("GET", "/v1/sessions/none").status == 404)
                }
            }
            let spans = tracer.finishedSpans
            let request = try #require(spans.first { $0.operationName == "POST /v1/sessions/{id}/messages" })
            #expect(request.traceID == "trace" && request.parentSpanID == "outer" && request.kind == .server)
            #expect(request.attributes.get("http.response.status_code") == .int64(200))
            let turn = try #require(spans.first { $0.operationName == "turn" })
            #expect(turn.traceID == "trace" && turn.parentSpanID == request.spanID)
            let missing = try #require(spans.first { $0.operationName == "GET /v1/sessions/{id}" })
            #expect(missing.parentSpanID == nil && missing.status == nil)
            for span in spans { #expect(!"\(span.operationName)\(span.attributes)".contains("hush")) }
            #expect(tracer.activeSpans.isEmpty)
        }

        @Test func `a command over a WebSocket is a span, and the turn it began is below it`() async throws {
            let tracer = InMemoryTracer()
            try await withTracer(tracer) {
                try await TestServer.with { server in
                    let session = try await server.session()
                    var socket = try await server.socket()
                    _ = try await socket.ask(1, #""op":"send","session":"s1","content":"hush""#)
                    try await eventually("its turn has ended") { await session.summary().usage.turns == 1 }
                }
            }
            let command = try #require(tracer.finishedSpans.first { $0.operationName == "websocket send" })
            let turn = try #require(tracer.finishedSpans.first { $0.operationName == "turn" })
            #expect(turn.parentSpanID == command.spanID)
        }
    }
}
