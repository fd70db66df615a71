import Foundation
import Testing

/// What an operator sees of the built program: its log, its spans, its metrics, its audit.
@Suite(.timeLimit(.minutes(15)))
struct ObservationTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(Self.traceID)-00f067aa0ba902b7-01"

    private static func lines(_ server: ServerProcess) throws -> [JSON] {
        try server.process.errors.split(separator: "\n").map { try JSON(Array($0.utf8)) }
    }

    @Test
    func `a client's trace goes on through request, turn and tool, as lines of JSON without what was said`()
        async throws
    {
        let arguments = ["--trace", "log", "--log-level", "trace", "--permission-mode", "bypassPermissions"]
        try await withServer(arguments) { server in
            let session = try await server.createSession()
            let prompt: JSON = "saytool:Bash {\"command\":\"echo hush-hush\"}"
            try await server.request(
                "POST",
                "/v1/sessions/\(session.id)/messages",
                ["content": prompt, "wait_ms": 20_000],
                headers: ["traceparent": Self.parent, "Authorization": "Bearer hush-hush", "X-Request-ID": "mine"]
            )
            try await waitUntil("span of the turn") { try Self.lines(server).contains { $0["span.name"] == "turn" } }
            let lines = try Self.lines(server)
            #expect(lines.allSatisfy { $0["time"].text != nil && $0["level"].text != nil && $0["message"].text != nil })
            #expect(!server.process.errors.contains("hush-hush"))

            let spans = lines.filter { $0["message"] == "span" && $0["trace.id"].text == Self.traceID }
            let names = spans.compactMap { $0["span.name"].text }
            #expect(names.sorted() == ["POST /v1/sessions/{id}/messages", "tool", "turn"], "\(names)")
            let request = try #require(spans.first { $0["span.kind"] == "server" })
            let turn = try #require(spans.first { $0["span.name"] == "turn" })
            let tool = try #require(spans.first { $0["span.name"] == "tool" })
            #expect(request["span.parent"] == "00f067aa0ba902b7" && request["request.id"] == "mine")
            #expect(turn["span.parent"] == request["span.id"] && turn["turn.outcome"] == "completed")
            #expect(tool["span.parent"] == turn["span.id"] && tool["tool.name"] == "Bash")
            #expect(spans.dropFirst().allSatisfy { $0["session.id"].text == session.id || $0["span.kind"] == "server" })

            let access = try #require(lines.first { $0["message"] == "request" && $0["request.id"] == "mine" })
            #expect(access["request.route"] == "/v1/sessions/{id}/messages" && access["response.status"] == 200)
            #expect(access["level"] == "debug")
        }
    }

    @Test
    func `at the usual level a request leaves no line, and text is had when it is asked for`() async throws {
        try await withServer(["--log-format", "text"]) { server in
            let session = try await server.createSession()
            _ = try await session.run("say hello")
            #expect(!server.process.errors.contains("request"), "\(server.process.errors)")
            #expect(!server.process.errors.contains("{\"time\""))
        }
    }

    @Test
    func `metrics of the built program name it, and the audit tells of its start`() async throws {
        try await withStoringServer { server in
            let session = try await server.createSession()
            _ = try await session.run("say hello")
            let metrics = String(decoding: try await server.request("GET", "/metrics").body, as: UTF8.self)
            #expect(metrics.contains("troupe_build_info{"))
            #expect(metrics.contains("\ntroupe_turns_ended_total{outcome=\"completed\"} 1\n"))
            #expect(metrics.contains("\ntroupe_store_healthy 1\n"))
            #expect(metrics.contains("\nprocess_resident_memory_bytes "))
            server.process.signal(SIGHUP)
            try await waitUntil("reload") { server.process.errors.contains("configuration read again") }
            let next = try await server.restarted(by: SIGTERM)
            let actions = try await next.request("GET", "/v1/audit").json["entries"].elements.map { $0["action"].text }
            #expect(
                actions == ["startServer", "stopServer", "reload", "sendMessage", "createSession", "startServer"]
            )
        }
    }
}
