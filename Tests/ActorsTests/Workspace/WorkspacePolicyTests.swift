import Agent
import Foundation
import NIOCore
import SystemPackage
import Testing

@testable import Actors

/// `WorkspacePolicy`, `WorkspaceSetup` and what `SessionConfinement` denies.
@Suite struct WorkspacePolicyTests {
    private static func roots(_ roots: [String], strict: [String] = []) -> WorkspacePolicy {
        var policy = WorkspacePolicy()
        policy.roots = roots
        policy.strictRoots = strict
        return policy
    }

    private static func code<Value>(_ body: () throws(SessionError) -> Value) -> SessionError.Code? {
        do throws(SessionError) {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a directory is judged by where it really is`() throws {
        let fixture = try WorkspaceFixture()
        try fixture.write("in/file", "")
        try fixture.link("out", to: "../outside")
        try fixture.link("round", to: "in")
        try FileManager.default.createDirectory(atPath: "\(fixture.workspace)-2", withIntermediateDirectories: false)
        let policy = Self.roots([fixture.workspace])
        let workspace = fixture.workspace
        for inside in ["", "/in", "/round", "/in/../in", "/."] {
            let real = try policy.admit(workspace + inside, nil)
            #expect(real == workspace || real == "\(workspace)/in")
        }
        for outside in [
            "\(workspace)/out", "\(workspace)/..", "\(workspace)/../outside", "\(workspace)-2", "/", "/etc", "relative",
            "",
            "\(workspace)/in/file", "\(workspace)/none", "\(workspace)\0/in", "/proc/self/root",
        ] {
            let code = Self.code { () throws(SessionError) in try policy.admit(outside, nil) }
            #expect(code == .workspaceRefused, "\(outside)")
        }
        // A root may be a link of the operator's.
        try fixture.link("alias", to: fixture.workspace)
        #expect(try Self.roots(["\(workspace)/alias"]).admit("\(workspace)/in", nil) == "\(workspace)/in")
        #expect(try WorkspacePolicy().admit("/etc", nil) == "/etc")
        #expect(try Self.roots(["/"]).admit("/etc", nil) == "/etc")
    }

    @Test func `a key's own roots are before the server's, and strict ones hold where nothing is said`() {
        var own = SessionConfinement.strict
        own.roots = ["/own"]
        var trusted = SessionConfinement()
        trusted.mayUseSettings = true
        let policy = Self.roots(["/server"], strict: ["/cwd"])
        #expect(policy.roots(for: own) == ["/own"])
        #expect(policy.roots(for: .strict) == ["/server"])
        #expect(policy.roots(for: nil) == ["/server"])
        let open = Self.roots([], strict: ["/cwd"])
        #expect(open.roots(for: .strict) == ["/cwd"])
        #expect(open.roots(for: trusted) == nil)
        #expect(open.roots(for: nil) == nil)
    }

    @Test func `what needs settings is refused without them`() {
        let wishes: [(inout SessionOptions) -> Void] = [
            { $0.settings = "{}" }, { $0.mcpServers = "{}" }, { $0.agents = "{}" }, { $0.environment = ["A": "b"] },
            { $0.permissionMode = "bypassPermissions" },
        ]
        for wish in wishes {
            var options = SessionOptions()
            wish(&options)
            #expect(Self.code { () throws(SessionError) in try options.checkConfinement() } == nil)
            options.confinement = SessionConfinement()
            #expect(Self.code { () throws(SessionError) in try options.checkConfinement() } == nil)
            options.confinement = .strict
            #expect(Self.code { () throws(SessionError) in try options.checkConfinement() } == .scopeRequired)
        }
    }

    @Test func `a launch has neither hooks nor servers without settings, and what its key says`() throws {
        var plan = LaunchPlan(executable: "/bin/claude", defaultDirectory: "/tmp")
        plan.sandbox = #"{"enabled":true}"#
        plan.bubblewrap = Bubblewrap(path: "/usr/bin/bwrap")
        var options = SessionOptions()
        options.settings = #"{"sandbox":{"enabled":false},"model":"x"}"#
        func launch() -> AgentLaunch {
            plan.launch(options, conversation: .fresh("A"), session: "s", temporaryName: "t")
        }
        #expect(!launch().arguments.contains("--strict-mcp-config"))
        var confinement = SessionConfinement.strict
        confinement.configDirectory = "/team/config"
        confinement.credential = "env:TEAM"
        confinement.user = HostUser(userID: 5, groupID: 6)
        options.confinement = confinement
        options.worktree = WorktreeRequest(repository: "/r")
        options.worktree?.commonDirectory = "/r/.git"
        let strict = launch()
        #expect(strict.arguments.contains("--strict-mcp-config"))
        #expect(strict.arguments.contains("--setting-sources="))
        let settings = strict.arguments.first { $0.hasPrefix("--settings=") }
        #expect(
            settings == #"--settings={"model":"x","sandbox":{"enabled":true},"crossSessionInbound":"refuse"}"#
        )
        #expect(strict.configDirectory == "/team/config" && strict.user == confinement.user)
        #expect(strict.credential == .variable("TEAM"))
        #expect(strict.writableDirectories == ["/r/.git"])
        #expect(strict.bubblewrap == plan.bubblewrap)
        // What cannot be understood must not become the server's.
        options.confinement?.credential = "nonsense"
        #expect(launch().credential == .file("/nonexistent"))
    }

    @Test func `a warm process serves only sessions confined as it is`() {
        var plan = LaunchPlan(executable: "/bin/claude", defaultDirectory: "/tmp")
        func launch(_ confinement: SessionConfinement?) -> AgentLaunch {
            var options = SessionOptions()
            options.confinement = confinement
            return plan.launch(options, conversation: .fresh("A"), session: "s", temporaryName: "t")
        }
        var composer = SessionConfinement.strict
        composer.mayCompose = true
        #expect(launch(nil).isServed(by: plan.warmLaunch()))
        #expect(!launch(.strict).isServed(by: plan.warmLaunch()))
        plan.warmConfinement = .strict
        #expect(launch(.strict).isServed(by: plan.warmLaunch()))
        // How prompts are sent is no matter of the process.
        #expect(launch(composer).isServed(by: plan.warmLaunch()))
        #expect(!launch(nil).isServed(by: plan.warmLaunch()))
        var other = SessionConfinement.strict
        other.credential = "env:TEAM"
        #expect(!launch(other).isServed(by: plan.warmLaunch()))
    }

    @Test func `a session gets a directory of its own, which goes with it only if it came to nothing`() async throws {
        let fixture = try WorkspaceFixture()
        var policy = Self.roots([fixture.workspace])
        policy.makesSessionDirectories = true
        let setup = WorkspaceSetup(policy: policy, defaultDirectory: fixture.workspace)
        var options = SessionOptions()
        options.id = "one"
        let first = try await setup.prepare(options, owner: "k1")
        #expect(first.options.workingDirectory == "\(fixture.workspace)/k1/one" && first.isNew)
        let second = try await setup.prepare(options, owner: "k1")
        #expect(!second.isNew)
        await setup.discard(second)
        #expect(fixture.names("k1") == ["one"])
        await setup.discard(first)
        #expect(fixture.names("k1") == [])
        // A link in its place is refused, whoever put it there.
        try fixture.link("k1/two", to: "../../outside")
        for id in ["two", "../../outside"] {
            options.id = id
            let wrong = options
            await #expect(throws: SessionError.self) { _ = try await setup.prepare(wrong, owner: "k1") }
        }
    }

    @Test func `confinement survives a restart, and a record from before has none`() throws {
        var options = SessionOptions()
        options.confinement = .strict
        options.confinement?.user = HostUser(userID: 1, groupID: 2)
        options.worktree = WorktreeRequest(repository: "/r", branch: "b")
        let bytes = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(SessionOptions.self, from: bytes) == options)
        var old = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        old["confinement"] = nil
        old["worktree"] = nil
        let before = try JSONDecoder().decode(
            SessionOptions.self,
            from: JSONSerialization.data(withJSONObject: old)
        )
        #expect(before.confinement == nil && before.worktree == nil)
    }

    @Test func `a prompt is verbatim without compose, and a command of ours is none`() {
        func line(_ origin: Prompt.Origin, mayCompose: Bool) -> Bool {
            let prompt = Prompt(
                id: "m",
                uuid: "u",
                content: ByteBuffer(string: "\"/compact @x\""),
                origin: origin,
                createdAt: ""
            )
            return String(buffer: prompt.line(mayCompose: mayCompose)).contains(#""client_composed":true"#)
        }
        #expect(line(.client, mayCompose: false))
        #expect(line(.approval, mayCompose: false))
        #expect(!line(.command, mayCompose: false))
        #expect(!line(.client, mayCompose: true))
    }

    @Test func `a command of ours that a client has changed is the client's`() {
        var queue = PromptQueue(limit: 2)
        _ = queue.append(
            Prompt(id: "m", uuid: "u", content: ByteBuffer(string: "\"/compact\""), origin: .command, createdAt: "")
        )
        let isEdited = queue.edit(id: "m", content: ByteBuffer(string: "\"@/etc/passwd\""))
        #expect(isEdited)
        #expect(queue.prompts.first?.origin == .client)
    }
}
