import NIOCore
import SystemPackage
import Testing

@testable import Agent

@Suite struct AgentLaunchTests {
    private static let mark = OwnerMark(serverPID: 7, serverStartTime: 99, sessionID: "s", nonce: "n")
    private static let fixed = [
        "--output-format", "stream-json", "--verbose", "--input-format", "stream-json", "--include-partial-messages",
        "--replay-user-messages", "--permission-prompt-tool", "stdio",
    ]

    private func launch(_ conversation: AgentLaunch.Conversation = .new(id: "A")) -> AgentLaunch {
        AgentLaunch(
            executable: "/bin/claude",
            workingDirectory: "/w",
            conversation: conversation,
            inheritedEnvironment: [:],
            owner: Self.mark
        )
    }

    @Test func `the least command line is exactly this`() {
        #expect(
            self.launch().arguments == Self.fixed + [
                "--session-id=A", "--disallowedTools=SendMessage,ListAgents",
                "--settings={\"crossSessionInbound\":\"refuse\"}",
            ]
        )
    }

    @Test func `resume and fork`() {
        #expect(self.launch(.resume(id: "-x")).arguments.contains("--resume=-x"))
        #expect(self.launch(.resume(id: "A")).arguments.contains { $0.hasPrefix("--session-id") } == false)
        let fork = self.launch(.fork(from: "A", as: "B")).arguments
        #expect(Array(fork[9..<12]) == ["--resume=A", "--fork-session", "--session-id=B"])
        let rewound = self.launch(.resumeAt(id: "-x", message: "-y")).arguments
        #expect(Array(rewound[9..<11]) == ["--resume=-x", "--resume-session-at=-y"])
        #expect(rewound.contains { $0.hasPrefix("--session-id") || $0 == "--fork-session" } == false)
    }

    @Test func `the longest command line is exactly this`() {
        var launch = self.launch()
        launch.leadingArguments = ["agent"]
        launch.model = "opus"
        launch.fallbackModel = "sonnet"
        launch.permissionMode = "plan"
        launch.allowedTools = ["Read", "Bash(git *)"]
        launch.disallowedTools = []
        launch.systemPrompt = "--evil"
        launch.appendSystemPrompt = "more"
        launch.maxTurns = 3
        launch.maxBudgetUSD = 2.5
        launch.maxThinkingTokens = 1000
        launch.effort = .high
        launch.addDirectories = ["/a", "/b"]
        launch.settings = #"{"crossSessionInbound":"accept","model":"x y","n":{"k":[1]}}"#
        launch.settingSources = []
        launch.mcpConfig = "/m.json"
        launch.strictMCPConfig = true
        launch.agents = #"{"poet":{"description":"d","prompt":"p"}}"#
        launch.allowsBypass = true
        launch.extraArguments = ["--bare"]
        #expect(
            launch.arguments == ["agent"] + Self.fixed + [
                "--session-id=A", "--model=opus", "--fallback-model=sonnet", "--permission-mode=plan",
                "--allowedTools=Read,Bash(git *)", "--system-prompt=--evil", "--append-system-prompt=more",
                "--max-turns=3", "--max-budget-usd=2.5", "--max-thinking-tokens=1000", "--effort=high", "--add-dir=/a",
                "--add-dir=/b",
                #"--settings={"model":"x y","n":{"k":[1]},"crossSessionInbound":"refuse"}"#, "--setting-sources=",
                "--mcp-config=/m.json", "--strict-mcp-config",
                #"--agents={"poet":{"description":"d","prompt":"p"}}"#, "--allow-dangerously-skip-permissions",
                "--bare",
            ]
        )
    }

    @Test func `the environment is exactly this`() {
        var launch = self.launch()
        launch.inheritedEnvironment = [
            "HOME": "/h", "PATH": "/bin", "LC_ALL": "C", "ANTHROPIC_API_KEY": "k", "XDG_CACHE_HOME": "/c",
            "HTTPS_PROXY": "p", "SSL_CERT_FILE": "f", "CLAUDE_CONFIG_DIR": "/old", "CLAUDECODE": "1", "SECRET": "s",
            "AWS_SECRET_ACCESS_KEY": "s", "LD_PRELOAD": "x", "TROUPE_OWNER": "1.1.outer.n", "TMPDIR": "/old",
        ]
        launch.configDirectory = "/config"
        launch.temporaryDirectory = "/t"
        launch.streamEventHold = .milliseconds(50)
        launch.extraEnvironment = ["EXTRA": "1", "TROUPE_OWNER": "fake", "CLAUDECODE": "1", "PATH": "/usr/bin"]
        #expect(
            launch.environment == [
                "HOME": "/h", "PATH": "/usr/bin", "LC_ALL": "C", "ANTHROPIC_API_KEY": "k", "XDG_CACHE_HOME": "/c",
                "HTTPS_PROXY": "p", "SSL_CERT_FILE": "f", "CLAUDE_CONFIG_DIR": "/config", "TMPDIR": "/t",
                "CLAUDE_CODE_TMPDIR": "/t", "CLAUDE_CODE_STREAM_EVENT_HOLD_MS": "50",
                "CLAUDE_CODE_ENTRYPOINT": "troupe", "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
                "DISABLE_AUTOUPDATER": "1", "EXTRA": "1", "TROUPE_OWNER": "7.99.s.n",
            ]
        )
    }

    @Test func `what the CLI keeps and tells is set by the environment`() {
        var launch = self.launch()
        #expect(launch.environment["CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING"] == nil)
        launch.fileCheckpointing = true
        launch.sessionStateEvents = false
        #expect(launch.environment["CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING"] == "true")
        #expect(launch.environment["CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS"] == nil)
    }

    @Test(arguments: [(0.05, "0.05"), (12, "12.0"), (0.00001, "1e-05")])
    func `a budget is written as the CLI reads it`(budget: Double, written: String) {
        var launch = self.launch()
        launch.maxBudgetUSD = budget
        #expect(launch.arguments.contains("--max-budget-usd=\(written)"))
    }

    @Test func `a login of the person stays in force`() {
        var launch = self.launch()
        launch.inheritedEnvironment = ["CLAUDE_CONFIG_DIR": "/mine"]
        #expect(launch.environment["CLAUDE_CONFIG_DIR"] == "/mine")
        #expect(launch.environment["TMPDIR"] == nil)
    }
}

@Suite struct AgentExecutableTests {
    @Test func `a name is looked up along the path`() throws {
        #expect(try AgentExecutable.locate(explicit: "sh", searchPath: "/nowhere:/bin").path == "/bin/sh")
        #expect(try AgentExecutable.locate(explicit: "/bin/sh").path == "/bin/sh")
    }

    @Test(arguments: ["no-such-thing-here", "/etc/passwd", "/etc", "/nowhere/claude"])
    func `what cannot be run is refused`(name: String) {
        let error = #expect(throws: AgentError.self) {
            try AgentExecutable.locate(explicit: name, searchPath: "/bin")
        }
        #expect(error?.code == .executableNotFound)
    }

    @Test func `the version is what it prints`() async throws {
        let script = try Script("echo 2.1.329 '(Claude Code)'")
        defer { script.remove() }
        #expect(try await AgentExecutable(path: script.path).version() == "2.1.329 (Claude Code)")
    }

    @Test(arguments: ["exit 3", "exec sleep 600"])
    func `one that fails or hangs is an error`(body: String) async throws {
        let script = try Script(body)
        defer { script.remove() }
        let error = await #expect(throws: AgentError.self) {
            try await AgentExecutable(path: script.path).version(timeout: .milliseconds(500))
        }
        #expect(error?.code == .executableFailed)
    }
}
