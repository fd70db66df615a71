import SystemPackage
import Testing

@testable import Agent

/// `AgentLaunch.isServed(by:)`.
@Suite struct AgentLaunchServedTests {
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (inout AgentLaunch) -> Void

        init(_ name: String, _ make: @escaping @Sendable (inout AgentLaunch) -> Void) {
            self.testDescription = name
            self.make = make
        }
    }

    private static func launch() -> AgentLaunch {
        AgentLaunch(
            executable: "/bin/claude",
            workingDirectory: "/w",
            conversation: .new(id: "A"),
            inheritedEnvironment: ["HOME": "/h", "SECRET": "1"],
            temporaryDirectory: "/tmp/a",
            owner: OwnerMark(sessionID: "a")
        )
    }

    @Test(arguments: [
        Change("nothing") { _ in },
        Change("conversation") { $0.conversation = .new(id: "B") },
        Change("owner") { $0.owner = OwnerMark(sessionID: "b") },
        Change("temporary directory") { $0.temporaryDirectory = "/tmp/b" },
        Change("no temporary directory") { $0.temporaryDirectory = nil },
        Change("what no child is told") { $0.inheritedEnvironment["SECRET"] = "2" },
        Change("a mark it cannot set") { $0.extraEnvironment[OwnerMark.variable] = "x" },
    ])
    func `what every process has for itself makes no difference`(change: Change) {
        var launch = Self.launch()
        change.make(&launch)
        #expect(launch.isServed(by: Self.launch()))
    }

    @Test(arguments: [
        Change("resume") { $0.conversation = .resume(id: "A") },
        Change("fork") { $0.conversation = .fork(from: "A", as: "B") },
        Change("executable") { $0.executable = "/bin/other" },
        Change("leading arguments") { $0.leadingArguments = ["x"] },
        Change("working directory") { $0.workingDirectory = "/v" },
        Change("model") { $0.model = "haiku" },
        Change("fallback model") { $0.fallbackModel = "haiku" },
        Change("permission mode") { $0.permissionMode = "plan" },
        Change("allowed tools") { $0.allowedTools = ["Read"] },
        Change("disallowed tools") { $0.disallowedTools = [] },
        Change("system prompt") { $0.systemPrompt = "x" },
        Change("appended system prompt") { $0.appendSystemPrompt = "x" },
        Change("turns") { $0.maxTurns = 1 },
        Change("thinking") { $0.maxThinkingTokens = 1 },
        Change("effort") { $0.effort = .low },
        Change("directories") { $0.addDirectories = ["/x"] },
        Change("settings") { $0.settings = #"{"x":1}"# },
        Change("setting sources") { $0.settingSources = [] },
        Change("MCP") { $0.mcpConfig = "/m.json" },
        Change("extra arguments") { $0.extraArguments = ["--bare"] },
        Change("inherited environment") { $0.inheritedEnvironment["HOME"] = "/g" },
        Change("extra environment") { $0.extraEnvironment["X"] = "1" },
        Change("a temporary directory of the client's") { $0.extraEnvironment["TMPDIR"] = "/x" },
        Change("configuration") { $0.configDirectory = "/c" },
        Change("user") { $0.user = HostUser(userID: 1, groupID: 1) },
        Change("credential") { $0.credential = .variable("TEAM") },
        Change("bubblewrap") { $0.bubblewrap = Bubblewrap(path: "/usr/bin/bwrap") },
        Change("writable directories") { $0.writableDirectories = ["/r"] },
        Change("sandbox") { $0.sandbox = #"{"enabled":true}"# },
        Change("strict MCP") { $0.strictMCPConfig = true },
        Change("hold") { $0.streamEventHold = .milliseconds(1) },
        Change("limits") { $0.limits.maximumLineBytes = 1 },
    ])
    func `any other difference is one`(change: Change) {
        var launch = Self.launch()
        change.make(&launch)
        #expect(launch.isServed(by: Self.launch()) == false)
        #expect(Self.launch().isServed(by: launch) == false)
    }
}
