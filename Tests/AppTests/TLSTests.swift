import Glibc
import Testing

/// The server with a certificate, seen by curl and openssl.
@Suite(.timeLimit(.minutes(15)))
struct TLSTests {
    private static func withTLSServer(
        _ body: (ServerProcess, TestCertificate, TemporaryDirectory) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let certificate = try await TestCertificate.make("first", in: directory)
        let arguments = ["--tls-cert", certificate.path, "--tls-key", certificate.keyPath]
        try await withServer(arguments) { server in
            #expect(server.process.output.contains("https://127.0.0.1:\(server.port)"))
            try await body(server, certificate, directory)
        }
    }

    private static func curl(
        _ server: ServerProcess,
        _ authority: TestCertificate,
        _ path: String,
        _ arguments: [String] = []
    ) async throws -> Command {
        try await Command.run(
            Programs.curl,
            ["-sS", "--max-time", "20", "--cacert", authority.path] + arguments
                + ["https://127.0.0.1:\(server.port)\(path)"]
        )
    }

    /// The common name of the certificate that a new connection is shown.
    private static func subject(_ server: ServerProcess) async throws -> String {
        let client = try await Command.run(
            Programs.openssl,
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-alpn", "http/1.1"]
        )
        return client.output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init) ?? client.errors
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func `curl creates a session and sees its turn`(version: String) async throws {
        try await Self.withTLSServer { server, certificate, _ in
            let created = try await Self.curl(
                server,
                certificate,
                "/v1/sessions",
                [version, "-w", "\n%{http_version} %{http_code}", "-d", #"{"id":"secret","message":"say over TLS"}"#]
            )
            #expect(created.output.hasSuffix(version == "--http2" ? "\n2 201" : "\n1.1 201"), "\(created.errors)")
            let turn = try await Self.curl(
                server,
                certificate,
                "/v1/sessions/secret/messages",
                [version, "-d", #"{"content":"say once more","wait_ms":10000}"#]
            )
            #expect(try JSON(turn.output.utf8)["result"] == "once more")
            let history = try await Self.curl(server, certificate, "/v1/sessions/secret/messages", [version])
            #expect(history.output.contains("over TLS"))
        }
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func `a stream over TLS brings a reply whole`(version: String) async throws {
        try await Self.withTLSServer { server, certificate, _ in
            let created = try await Self.curl(server, certificate, "/v1/sessions", ["-d", #"{"id":"s"}"#])
            #expect(created.exit == .code(0), "\(created.errors)")
            let turn = try await Self.curl(
                server,
                certificate,
                "/v1/sessions/s/messages",
                [version, "-N", "-H", "Accept: text/event-stream", "-d", #"{"content":"big 1000000"}"#]
            )
            #expect(turn.exit == .code(0), "\(turn.errors)")
            let end = try #require(turn.output.split(separator: "\n").last { $0.contains("turn.ended") })
            let event = try JSON(end.drop { $0 != "{" }.utf8)
            #expect(event["data"]["result"].text?.utf8.count == 1_000_000)
        }
    }

    @Test
    func `a live stream over TLS is told when the server goes`() async throws {
        try await Self.withTLSServer { server, certificate, directory in
            let created = try await Self.curl(server, certificate, "/v1/sessions", ["-d", #"{"id":"s"}"#])
            #expect(created.exit == .code(0), "\(created.errors)")
            let stream = try ChildProcess(
                Programs.curl,
                [
                    "-sSN", "--max-time", "30", "--cacert", certificate.path,
                    "https://127.0.0.1:\(server.port)/v1/sessions/s/events",
                ],
                environment: [:],
                directory: directory
            )
            try await waitUntil("synced stream") { stream.output.contains("stream.synced") }
            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == .code(0))
            #expect(try await stream.waitForExit() == .code(0), "\(stream.errors)")
            #expect(stream.output.contains("stream.bye"))
        }
    }

    @Test
    func `plain text and old protocols get nowhere, and do no harm`() async throws {
        try await Self.withTLSServer { server, certificate, _ in
            let plain = try await Command.run(
                Programs.curl,
                ["-sS", "--max-time", "10", "http://127.0.0.1:\(server.port)/health"]
            )
            #expect(plain.exit != .code(0))
            let old = try await Self.curl(server, certificate, "/health", ["--tls-max", "1.1"])
            #expect(old.exit != .code(0))
            let good = try await Self.curl(server, certificate, "/health")
            #expect(try JSON(good.output.utf8)["status"] == "ready")
        }
    }

    @Test
    func `SIGHUP takes up another certificate, and a broken one leaves it in force`() async throws {
        try await Self.withTLSServer { server, certificate, directory in
            #expect(try await Self.subject(server).contains("first"))
            let created = try await Self.curl(server, certificate, "/v1/sessions", ["-d", #"{"id":"s"}"#])
            #expect(created.exit == .code(0), "\(created.errors)")
            let stream = try ChildProcess(
                Programs.curl,
                [
                    "-sSN", "--max-time", "60", "--insecure",
                    "https://127.0.0.1:\(server.port)/v1/sessions/s/events",
                ],
                environment: [:],
                directory: directory
            )
            try await waitUntil("synced stream") { stream.output.contains("stream.synced") }

            try certificate.replace(with: try await TestCertificate.make("second", in: directory))
            server.process.signal(SIGHUP)
            try await waitUntil("certificate that was read again") { server.process.errors.contains("certificate") }
            #expect(try await Self.subject(server).contains("second"))

            try certificate.spoil()
            server.process.signal(SIGHUP)
            try await waitUntil("complaint of a broken certificate") {
                server.process.errors.contains("the old stays in force")
            }
            #expect(try await Self.subject(server).contains("second"))

            let sent = try await Command.run(
                Programs.curl,
                [
                    "-sS", "--max-time", "10", "--insecure", "-d", #"{"content":"say still here"}"#,
                    "https://127.0.0.1:\(server.port)/v1/sessions/s/messages",
                ]
            )
            #expect(sent.exit == .code(0), "\(sent.errors)")
            try await waitUntil("turn on the stream of before") { stream.output.contains("still here") }
            stream.signal(SIGTERM)
            _ = try await stream.waitForExit()
        }
    }

    @Test
    func `SIGHUP without a certificate does nothing`() async throws {
        try await withServer { server in
            server.process.signal(SIGHUP)
            let health = try await server.request("GET", "/health/ready")
            #expect(health.status == 200)
            #expect(server.process.isRunning)
        }
    }
}
