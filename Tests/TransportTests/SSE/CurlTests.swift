import Actors
import Foundation
import NIOCore
import Testing

@testable import Transport

extension ServerTests {
    /// Other people's client, over HTTP/1.1 and HTTP/2.
    @Suite(
        .enabled(if: TLSFixture.hasCurl && TLSFixture.hasOpenSSL, "curl or openssl is missing"),
        .timeLimit(.minutes(1))
    )
    struct CurlTests {
        enum Way: CaseIterable {
            case plain, http10, upgradeToHTTP2, tls, http2

            var version: String {
                switch self {
                case .plain, .upgradeToHTTP2, .tls: "1.1"
                case .http10: "1"
                case .http2: "2"
                }
            }
        }

        private static func with(
            _ way: Way,
            _ agent: TestAgent = TestAgent(),
            _ body: (TestServer, _ curl: @Sendable (String, [String]) async throws -> TLSCommand.Result) async throws ->
                Void
        ) async throws {
            let fixture = try TLSFixture()
            var store: TLSContextStore?
            if way == .tls || way == .http2 { store = try TLSContextStore(fixture.makeCertificate()) }
            try await TestServer.with(agent, configure: { $0.transport.tls = store }) { server in
                let scheme = store == nil ? "http" : "https"
                let options: [String] =
                    switch way {
                    case .plain: ["--http1.1"]
                    case .http10: ["--http1.0"]
                    case .upgradeToHTTP2, .http2: ["--http2"]
                    case .tls: ["--http1.1"]
                    }
                let base = "\(scheme)://127.0.0.1:\(server.port)"
                let directory = fixture.directory
                let certificate = fixture.path("server.pem")
                try await body(server) { path, more in
                    try await TLSCommand.run(
                        [
                            "curl", "-sSN", "--max-time", "20", "--cacert", certificate, "-w",
                            "\nversion %{http_version}\n",
                        ]
                            + options + more + ["\(base)\(path)"],
                        in: directory
                    )
                }
            }
        }

        @Test(arguments: Way.allCases)
        func `a stream is read from its greeting to its end`(way: Way) async throws {
            try await Self.with(way) { server, curl in
                let session = try await server.session()
                async let result = curl("/v1/sessions/s1/events?after=earliest", [])
                try await eventually("curl is attached") { await session.summary().viewers == 1 }
                _ = try await session.submit(content: .init(string: "\"Hi\""))
                try await eventually("the turn has ended") { await session.summary().usage.turns == 1 }
                await session.end(.deleted)
                let output = try await result
                #expect(output.status == 0, "\(output.output)")
                #expect(output.output.contains("\nversion \(way.version)\n"))
                for type in [
                    "stream.hello", "stream.synced", "text_delta", "turn.ended", "session.ended", "stream.bye",
                ] {
                    #expect(output.output.contains(type), "\(type)")
                }
                try await eventually("it has left") { await session.summary().viewers == 0 }
            }
        }

        @Test(arguments: Way.allCases)
        func `a client that gives up is noticed`(way: Way) async throws {
            try await Self.with(way) { server, curl in
                let session = try await server.session()
                async let result = curl("/v1/sessions/s1/events", ["--max-time", "1"])
                try await eventually("curl is attached") { await session.summary().viewers == 1 }
                #expect(try await result.status == 28)
                try await eventually("it has left") { await session.summary().viewers == 0 }
            }
        }

        @Test(arguments: Way.allCases)
        func `a request is answered, and one that asks for the turn gets it`(way: Way) async throws {
            try await Self.with(way) { server, curl in
                try await server.session()
                let json = ["-H", "Content-Type: application/json", "-d", #"{"content":"Hi"}"#]
                let sent = try await curl("/v1/sessions/s1/messages", json + ["-H", "Accept: text/event-stream"])
                #expect(sent.status == 0 && sent.output.contains("turn.ended"), "\(sent.output)")
                let missing = try await curl("/v1/sessions/none", [])
                #expect(missing.output.contains("session_not_found"))
            }
        }
    }
}
