import Foundation
import Testing

/// SIGHUP to the built program.
@Suite(.timeLimit(.minutes(15)))
struct ReloadTests {
    @Test
    func `it takes up what changed, tells the difference, and keeps the old where the new is broken`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/config.yaml"
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
        try write("log-level: info\n")
        try await withServer(["--config", path, "--log-format", "text"]) { server in
            _ = try await server.createSession()
            try write("log-level: debug\nwarm: 3\nmax-sessions: 1\nagent-env: [TOKEN=hush]\n")
            server.process.signal(SIGHUP)
            try await waitUntil("reload") { server.process.errors.contains("configuration read again") }
            let first = server.process.errors
            #expect(first.contains("setting changed") && first.contains("setting=log-level"), "\(first)")
            #expect(first.contains("setting needs a restart to change") && first.contains("setting=warm"), "\(first)")
            #expect(!first.contains("hush"))
            #expect(first.contains("setting=max-sessions"))
            let refused = try await server.request("POST", "/v1/sessions", [:])
            #expect(refused.status == 429)

            try write("log-level: loud\n")
            server.process.signal(SIGHUP)
            try await waitUntil("complaint") { server.process.errors.contains("the old stays in force") }
            #expect(server.process.errors.contains("log-level takes one of"))
            #expect(try await server.request("GET", "/health/ready").status == 200)
        }
    }
}
