import Glibc
import NIOCore
import NIOPosix
import Testing

/// How a server ends that is told to.
@Suite(.timeLimit(.minutes(15)))
struct ShutdownTests {
    @Test
    func `SIGTERM lets a turn finish, tells 100 streams, and leaves nothing`() async throws {
        try await withServer(["--drain-timeout", "30"]) { server in
            let session = try await server.createSession()
            let idle = try await server.createSession()
            #expect(try await idle.run("say something")["outcome"] == "completed")
            var streams: [EventStream] = []
            for _ in 0..<100 { streams.append(try await session.stream()) }
            try await session.send("echo 40 20")
            _ = try await streams[0].next("agent.stream_event")

            try await timed("SIGTERM with 100 streams and a turn of 2 s") { () async throws in
                server.process.signal(SIGTERM)
                try await Self.expectDraining(server)
                #expect(try await server.process.waitForExit(within: .seconds(25)) == .code(0))
            }
            for stream in streams {
                #expect(try await stream.end(), "the response was cut")
                #expect(try await stream.next("turn.ended").data["outcome"] == "completed")
                let bye = try await stream.next("stream.bye")
                #expect(bye.data["code"] == 4009)
                #expect(bye.data["cursor"].text != nil)
                #expect(bye.data["retry_ms"].integer != nil)
            }
            #expect(server.startedProcesses.isEmpty)
            #expect(!server.process.errors.contains("error"), "\(server.process.errors)")
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a turn that never ends is ended when the time is up`(signal: Int32) async throws {
        try await withServer(["--drain-timeout", "1"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("forever 50")
            _ = try await stream.next("agent.stream_event")
            // The drain, then five seconds each for the end of stdin and for SIGTERM, then SIGKILL.
            try await timed("signal \(signal) with a turn that never ends, 1 s of it the drain") { () async throws in
                server.process.signal(signal)
                #expect(try await server.process.waitForExit(within: .seconds(1 + 10 + 4)) == .code(0))
            }
            #expect(try await stream.end(), "the response was cut")
            _ = try await stream.next("stream.bye")
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test
    func `an agent that heeds nothing is killed when the time is up`() async throws {
        try await withServer(["--drain-timeout", "1"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("ignore-interrupts\nignore-signals\nforever 50")
            _ = try await stream.next("agent.stream_event")
            try await timed("SIGTERM with an agent that heeds nothing, 1 s of it the drain") { () async throws in
                server.process.signal(SIGTERM)
                #expect(try await server.process.waitForExit(within: .seconds(1 + 10 + 5)) == .code(0))
            }
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test
    func `a second signal does no harm`() async throws {
        try await withServer(["--drain-timeout", "2"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            try await session.send("forever 50")
            _ = try await stream.next("agent.stream_event")
            server.process.signal(SIGTERM)
            try await Self.expectDraining(server)
            server.process.signal(SIGTERM)
            server.process.signal(SIGINT)
            #expect(try await server.process.waitForExit(within: .seconds(2 + 10 + 4)) == .code(0))
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test
    func `it says that it goes before it refuses work, and a second signal ends the wait`() async throws {
        try await withServer(["--drain-delay", "300", "--drain-timeout", "30"]) { server in
            let session = try await server.createSession()
            let stream = try await session.stream()
            server.process.signal(SIGTERM)
            let deadline = ContinuousClock.now + .seconds(10)
            while try await server.request("GET", "/health/ready").status != 503 {
                try #require(ContinuousClock.now < deadline, "still ready 10 s after the signal")
            }
            #expect(try await server.request("GET", "/health/ready").json["status"] == "draining")
            #expect(try await session.run("say still here")["outcome"] == "completed")
            #expect(try await server.request("POST", "/v1/sessions", [:]).status == 201)

            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == .code(0))
            _ = try await stream.next("stream.bye")
            #expect(server.startedProcesses.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `a connection that says nothing does not hold it up`(isSecure: Bool) async throws {
        let directory = try TemporaryDirectory()
        let certificate = try await TestCertificate.make("silent", in: directory)
        let arguments = ["--tls-cert", certificate.path, "--tls-key", certificate.keyPath]
        try await withServer(isSecure ? arguments : []) { server in
            let before = Self.sockets(of: server)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port)
                .get()
            try await waitUntil("accepted connection") { Self.sockets(of: server) > before }
            try await timed("SIGTERM with a silent connection\(isSecure ? " to TLS" : "")") { () async throws in
                server.process.signal(SIGTERM)
                #expect(try await server.process.waitForExit(within: .seconds(5)) == .code(0))
            }
            try? await channel.close()
        }
    }

    @Test
    func `its temporary directory goes with it`() async throws {
        try await withServer { server in
            let session = try await server.createSession()
            #expect(try await session.run("say hello")["outcome"] == "completed")
            let temporary = "\(server.directory.path)/tmp"
            #expect(Processes.names(in: temporary).count == 1)
            try await timed("SIGTERM with an idle session") { () async throws in
                server.process.signal(SIGTERM)
                #expect(try await server.process.waitForExit() == .code(0))
            }
            #expect(Processes.names(in: temporary) == [])
        }
    }

    /// Waits until new work is refused, as long as the server still answers.
    private static func expectDraining(_ server: ServerProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await server.request("GET", "/health/ready").status != 503 {
            try #require(ContinuousClock.now < deadline, "still ready 10 s after the signal")
        }
        let refusal = try await server.request("POST", "/v1/sessions", [:])
        #expect(refusal.status == 503)
        #expect(try refusal.json["code"] == "draining")
        #expect(refusal.headers["retry-after"] != nil)
    }

    private static func sockets(of server: ServerProcess) -> Int {
        Processes.openFiles(of: server.pid).count { $0.hasPrefix("socket:") }
    }
}
