import Testing

extension HostileTests {
    /// Clients of HTTP/2 that use it against us; frames by hand, in a real TLS connection.
    @Suite
    struct HTTP2Tests {
        private typealias Frames = HTTP2Frames

        private static func run(
            _ name: String,
            bound: Int = 32,
            _ arguments: [String] = [],
            _ attack: (Siege) async throws -> Void
        ) async throws {
            let directory = try TemporaryDirectory()
            let certificate = try await TestCertificate.make("hostile", in: directory)
            let tls = ["--tls-cert", certificate.path, "--tls-key", certificate.keyPath]
            try await Siege.run(name, tls + arguments, certificate: certificate, bound: bound, attack)
        }

        /// A connection that has said hello.
        private static func connect(_ siege: Siege, _ settings: [(UInt16, UInt32)] = []) async throws -> TLSPipe {
            let pipe = try TLSPipe(port: siege.server.port)
            try await pipe.send(Frames.preface + Frames.settings(settings))
            try await pipe.read { Frames.parse($0.received).contains { $0.kind == Frames.Kind.settings.rawValue } }
            return pipe
        }

        private static func request(
            _ stream: UInt32,
            _ method: String = "GET",
            _ path: String = "/v1/sessions"
        ) -> [UInt8] {
            let flags = method == "GET" ? Frames.endHeaders | Frames.endStream : Frames.endHeaders
            return Frames.frame(.headers, flags: flags, stream: stream, Frames.head(method, path))
        }

        @Test func `a request by hand is answered`() async throws {
            try await Self.run("HTTP/2 in peace") { siege in
                let pipe = try await Self.connect(siege)
                try await pipe.send(Self.request(1))
                try await pipe.read { Frames.parse($0.received).contains { $0.stream == 1 && $0.flags & 1 == 1 } }
                #expect(pipe.text.contains("witness"))
            }
        }

        /// Each flood, and the code of the GOAWAY that ends it (RFC 9113 §7): 0x1 PROTOCOL_ERROR, 0xB ENHANCE_YOUR_CALM.
        @Test(arguments: [
            "resets", "continuations", "pings", "settings", "empty data", "large head", "many heads", "priorities",
        ])
        func `a flood ends the connection`(what: String) async throws {
            try await Self.run("HTTP/2 flood of \(what)") { siege in
                let pipe = try await Self.connect(siege)
                try await Self.flood(pipe, what)
                try await siege.expectServed()
                try await pipe.readToEnd()
                let code = Frames.goAwayCode(pipe.received)
                let told = code.map { "\($0)" } ?? "none"
                print("hostile: flood of \(what): ended after \(pipe.sentBytes) bytes with code \(told)")
                #expect(pipe.sentBytes < 64 << 20)
                #expect(code == nil || [1, 2, 11].contains(code ?? 0))
            }
        }

        private static func flood(_ pipe: TLSPipe, _ what: String) async throws {
            switch what {
            case "resets":
                // CVE-2023-44487: requests that are taken back at once.
                var stream: UInt32 = 1
                flood: for _ in 0..<1000 {
                    var block: [UInt8] = []
                    for _ in 0..<100 {
                        block += Self.request(stream) + Frames.frame(.reset, stream: stream, Frames.number(8))
                        stream += 2
                    }
                    guard try await pipe.send(block) else { break flood }
                }
            case "continuations":
                // CVE-2024-27316 and its kin: a head that never ends.
                try await pipe.send(Frames.frame(.headers, flags: Frames.endStream, stream: 1, Frames.head("GET", "/")))
                let more = Frames.frame(.continuation, stream: 1, Frames.field("x", String(repeating: "y", count: 100)))
                for _ in 0..<10_000 { guard try await pipe.send(more) else { break } }
            case "large head":
                let fields = (0..<500).flatMap { _ in Frames.field("x", String(repeating: "y", count: 100)) }
                try await pipe.send(
                    Frames.frame(.headers, flags: Frames.endStream, stream: 1, Array(fields.prefix(16_000)))
                )
                for _ in 0..<4 {
                    try await pipe.send(Frames.frame(.continuation, stream: 1, Array(fields.prefix(16_000))))
                }
            case "pings":
                let ping = Frames.frame(.ping, [1, 2, 3, 4, 5, 6, 7, 8])
                let block = Array(repeating: ping, count: 1000).flatMap { $0 }
                for _ in 0..<1000 { guard try await pipe.send(block) else { break } }
            case "settings":
                let block = Array(repeating: Frames.settings([(4, 65_535)]), count: 1000).flatMap { $0 }
                for _ in 0..<1000 { guard try await pipe.send(block) else { break } }
            case "priorities":
                let frame = Frames.frame(.priority, stream: 3, [0, 0, 0, 0, 1])
                let block = Array(repeating: frame, count: 1000).flatMap { $0 }
                for _ in 0..<1000 { guard try await pipe.send(block) else { break } }
            case "empty data":
                try await pipe.send(Self.request(1, "POST"))
                let block = Array(repeating: Frames.frame(.data, stream: 1), count: 1000).flatMap { $0 }
                for _ in 0..<1000 { guard try await pipe.send(block) else { break } }
            default:
                // More streams than there may be, none of which ends.
                for stream in 0..<10_000 {
                    guard try await pipe.send(Self.request(UInt32(stream) * 2 + 1, "POST")) else { break }
                }
            }
        }

        @Test func `a body over HTTP 2 that stops has its stream reset, 50 at a time`() async throws {
            try await Self.run("HTTP/2 slow bodies") { siege in
                let pipe = try await Self.connect(siege)
                for index in 0..<50 {
                    let stream = UInt32(index) * 2 + 1
                    let body = Frames.frame(.data, stream: stream, Array("{".utf8))
                    try await pipe.send(Self.request(stream, "POST") + body)
                }
                try await siege.expectServed()
                try await pipe.read { Frames.resets($0.received).count == 50 }
                #expect(!pipe.isEnded)
            }
        }

        @Test func `a reader whose window never opens is let go when it is far behind`() async throws {
            try await Self.run("HTTP/2 closed window", bound: 64) { siege in
                // SETTINGS_INITIAL_WINDOW_SIZE 0: not one byte of a body may be sent.
                let pipe = try await Self.connect(siege, [(4, 0)])
                for stream in 0..<20 {
                    try await pipe.send(Self.request(UInt32(stream) * 2 + 1, "GET", "/v1/sessions/witness/events"))
                }
                try await pipe.read { Frames.parse($0.received).contains { $0.stream == 39 } }
                // More than a reader may be behind (2 MiB), which is more than a stream may hold.
                for _ in 0..<4 { _ = try await siege.run("big 1000000") }
                try await siege.expectServed()
                try await pipe.read { Frames.resets($0.received).count == 20 }
            }
        }
    }
}
