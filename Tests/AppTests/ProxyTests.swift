import Foundation
import Testing

/// The server behind a real nginx that runs with the example of Packaging/proxy/nginx.conf.
@Suite(.enabled(if: NginxProcess.isInstalled, "nginx is not installed"), .timeLimit(.minutes(15)))
struct ProxyTests {
    @Test(arguments: ["", "/tools/troupe"])
    func `streams come at once and sockets work, below a prefix too`(base: String) async throws {
        try await Self.withProxy(base: base) { server, nginx in
            let created = try await HTTPExchange(port: nginx.port, "POST", "\(base)/v1/sessions", body: ["id": "p"])
            try await waitUntil("session") { created.isComplete }
            #expect(created.status == 201)
            #expect(created.headers["location"] == "\(base)/v1/sessions/p")

            // The response is far from its end when these come, so nobody has held them back.
            let path = "\(base)/v1/sessions/p/events"
            let stream = try await EventStream(try await HTTPExchange(port: nginx.port, "GET", path))
            _ = try await stream.next("stream.synced")
            let socket = try await WebSocketClient(port: nginx.port, path: "\(base)/v1/ws")
            let attached = try await socket.ask(1, ["op": "attach", "session": "p"])
            #expect(attached["ok"] == true)
            let sent = try await socket.ask(2, ["op": "send", "session": "p", "content": "forever 50"])
            #expect(sent["ok"] == true)
            _ = try await stream.next("agent.stream_event")
            _ = try await socket.next { $0["type"] == "agent.stream_event" }
            #expect(!stream.isOver)
            let stopped = try await socket.ask(3, ["op": "interrupt", "session": "p"])
            #expect(stopped["ok"] == true)
            _ = try await stream.next("turn.ended")
        }
    }

    @Test
    func `pages of the proxy's name may use it, and nobody talks himself past that`() async throws {
        try await Self.withProxy(base: "") { _, nginx in
            func status(_ headers: [String]) async throws -> String {
                let fields = headers.flatMap { ["-H", $0] }
                let url = "https://127.0.0.1:\(nginx.securePort)/v1/sessions"
                let curl = try await Command.run(
                    Programs.curl,
                    ["-sSk", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}"] + fields + [url]
                )
                return curl.output
            }
            let own = ["Host: troupe.example", "Origin: https://troupe.example"]
            let answer = try await status(own)
            #expect(answer == "200")
            #expect(
                try await status(own + ["X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"]) == "200"
            )
            #expect(try await status(["Host: troupe.example", "Origin: https://evil.example"]) == "403")
            #expect(try await status(["Host: evil.example", "X-Forwarded-Host: troupe.example"]) == "403")
        }
    }

    private static func withProxy(base: String, _ body: (ServerProcess, NginxProcess) async throws -> Void) async throws
    {
        let arguments = [
            "--trusted-proxy", "127.0.0.1", "--allow-host", "troupe.example", "--base-path", "\(base)/",
        ]
        try await withServer(arguments) { server in
            let nginx = try await NginxProcess(to: server.port, base: base)
            do {
                try await body(server, nginx)
            } catch {
                print("nginx: \(nginx.process.errors.suffix(2000))")
                throw error
            }
            nginx.process.signal(SIGTERM)
            _ = try await nginx.process.waitForExit()
        }
    }
}
