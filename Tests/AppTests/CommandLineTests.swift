import Glibc
import Testing

/// What `troupe` says to the person at the terminal.
@Suite(.timeLimit(.minutes(15)))
struct CommandLineTests {
    /// Why a server does not start, and a word that the one line about it must hold.
    static let refusals: [(arguments: [String], word: String)] = [
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--port", "-1"], "--port"),
        (["serve", "--port", "many"], "--port"),
        (["serve", "--port"], "--port"),
        (["serve", "--prot", "1"], "--port"),
        (["frobnicate"], "frobnicate"),
        (["serve"], "claude"),
        (["serve", "--agent", "/does/not/exist"], "/does/not/exist"),
        (["serve", "--agent", "/etc/passwd"], "/etc/passwd"),
        (["serve", "--agent", "/bin/false"], "/bin/false"),
        (["serve", "--agent", Programs.scriptedAgent, "--host", "0.0.0.0"], "--insecure-allow-remote"),
        (["serve", "--agent", Programs.scriptedAgent, "--host", "::"], "--insecure-allow-remote"),
        (["serve", "--agent", Programs.scriptedAgent, "--host", "::", "--trusted-proxy", "10.0.0.1"], "needs keys"),
        (["serve", "--agent", Programs.scriptedAgent, "--host", "host.invalid", "--insecure-allow-remote"], "--host"),
        (["serve", "--agent", Programs.scriptedAgent, "--cwd", "/does/not/exist"], "--cwd"),
        (["serve", "--agent", Programs.scriptedAgent, "--store", "/proc/nope/x.db"], "/proc/nope"),
        (["serve", "--agent", Programs.scriptedAgent, "--agent-env", "NOVALUE"], "--agent-env"),
        (["serve", "--agent", Programs.scriptedAgent, "--log-level", "loud"], "--log-level"),
        (["serve", "--agent", Programs.scriptedAgent, "--config", "/does/not/exist"], "/does/not/exist"),
        (["serve", "--json"], "--print-config"),
        (["serve", "--agent", Programs.scriptedAgent, "--base-path", "troupe"], "--base-path"),
        (["serve", "--agent", Programs.scriptedAgent, "--trusted-proxy", "proxy.example"], "--trusted-proxy"),
        (["serve", "--agent", Programs.scriptedAgent, "--drain-timeout", "-5"], "--drain-timeout"),
        (["serve", "--agent", Programs.scriptedAgent, "--tls-cert", "/does/not/exist"], "--tls-key"),
        (
            ["serve", "--agent", Programs.scriptedAgent, "--tls-cert", "/does/not/exist", "--tls-key", "/etc/passwd"],
            "/does/not/exist"
        ),
        (["serve", "--agent", Programs.scriptedAgent, "--tls-cert", "/tmp", "--tls-key", "/tmp"], "/tmp"),
        (
            ["serve", "--agent", Programs.scriptedAgent, "--tls-cert", "/etc/passwd", "--tls-key", "/etc/passwd"],
            "/etc/passwd"
        ),
        (["keys", "create", "--uid", "2001"], "--config-dir"),
        (["keys", "create", "--gid", "2001"], "--uid"),
        (["audit", "verify"], "troupe.db"),
        (["audit", "verify", "--store", ":memory:"], "--store"),
        (["audit", "verify", "--store", "/etc/passwd"], "/etc/passwd"),
    ]

    @Test(arguments: refusals)
    func `a server that cannot start says why in one line`(arguments: [String], word: String) async throws {
        let command = try await Command.run(Programs.troupe, arguments)
        Self.expectOneLine(command, word)
    }

    @Test
    func `a port in use is told in one line`() async throws {
        try await withServer { server in
            let arguments = ["serve", "--agent", Programs.scriptedAgent, "--port", "\(server.port)"]
            let command = try await Command.run(Programs.troupe, arguments)
            Self.expectOneLine(command, "port \(server.port) is in use")
            let doctor = try await Command.run(Programs.troupe, ["doctor", "--port", "\(server.port)"])
            #expect(doctor.exit == .code(1))
            #expect(doctor.output.contains("FAIL port"))
        }
    }

    @Test
    func `a key of another certificate is told in one line`() async throws {
        let directory = try TemporaryDirectory()
        let certificate = try await TestCertificate.make("one", in: directory)
        let other = try await TestCertificate.make("two", in: directory)
        let command = try await Command.run(
            Programs.troupe,
            [
                "serve", "--agent", Programs.scriptedAgent, "--port", "0", "--tls-cert", certificate.path, "--tls-key",
                other.keyPath,
            ]
        )
        Self.expectOneLine(command, "key")
    }

    @Test
    func `a wrong value in the environment is told in one line`() async throws {
        let command = try await Command.run(
            Programs.troupe,
            ["serve", "--agent", Programs.scriptedAgent],
            environment: ["TROUPE_PORT": "many"]
        )
        Self.expectOneLine(command, "TROUPE_PORT")
    }

    @Test
    func `version and help go to stdout`() async throws {
        let version = try await Command.run(Programs.troupe, ["--version"])
        #expect(version.exit == .code(0))
        #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        for arguments in [["--help"], ["serve", "--help"], ["demo", "--help"], ["doctor", "--help"], []] {
            let help = try await Command.run(Programs.troupe, arguments)
            #expect(help.exit == .code(0))
            #expect(help.output.contains("USAGE: troupe"))
            #expect(help.errors == "")
        }
    }

    @Test
    func `the doctor tells the truth about a machine with nothing on it`() async throws {
        let plain = try await Command.run(Programs.troupe, ["doctor", "--port", "0"])
        #expect(plain.exit == .code(1))
        #expect(plain.output.contains("FAIL agent: there is no claude on PATH"))
        #expect(plain.output.contains("FAIL login"))
        #expect(plain.errors == "")

        let json = try await Command.run(Programs.troupe, ["doctor", "--port", "0", "--json"])
        #expect(json.exit == .code(1))
        let findings = try JSON(json.output.utf8).elements
        let bad = findings.filter { $0["ok"] == false }
        #expect(bad.map { $0["name"] } == ["agent", "login"])
        #expect(bad.allSatisfy { $0["mend"].text?.isEmpty == false })
    }

    @Test
    func `the doctor finds nothing wrong where nothing is, and tells no secret`() async throws {
        let doctor = try await Command.run(
            Programs.troupe,
            ["doctor", "--port", "0", "--agent", Programs.scriptedAgent],
            environment: ["ANTHROPIC_API_KEY": "sk-do-not-tell"]
        )
        #expect(doctor.exit == .code(0), "\(doctor.output)")
        #expect(!doctor.output.contains("do-not-tell"))
    }

    @Test
    func `the demo finds the scripted agent beside the program`() async throws {
        try await withServerSlot {
            let directory = try TemporaryDirectory()
            let demo = try ChildProcess(
                Programs.troupe,
                ["demo", "--port", "0", "--cwd", directory.path],
                environment: ServerProcess.environment(in: directory),
                directory: directory
            )
            try await timed("start of troupe demo") { () async throws in
                try await waitUntil("demo that listens") { demo.output.contains("scripted") }
            }
            demo.signal(SIGINT)
            #expect(try await demo.waitForExit() == .code(0))
        }
    }

    private static func expectOneLine(
        _ command: Command,
        _ word: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if case .code(let code) = command.exit, code != 0 {
            #expect(command.output == "", sourceLocation: sourceLocation)
            #expect(command.complaints.count == 1, "\(command.errors)", sourceLocation: sourceLocation)
            #expect(command.errors.hasPrefix("troupe: "), "\(command.errors)", sourceLocation: sourceLocation)
            #expect(command.errors.contains(word), "\(command.errors)", sourceLocation: sourceLocation)
            #expect(command.took < .seconds(10), sourceLocation: sourceLocation)
        } else {
            Issue.record("ended with \(command.exit): \(command.errors)", sourceLocation: sourceLocation)
        }
    }
}
