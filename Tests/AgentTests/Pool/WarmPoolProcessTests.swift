import Foundation
import Logging
import NIOCore
import SystemPackage
import Testing

@testable import Agent

/// Real processes: the scripted agent in the place of the CLI.
@Suite(.timeLimit(.minutes(2))) struct WarmPoolProcessTests {
    @Test func `a session prompts a leased process, ends it, and nothing is left`() async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        let pids = try await house.live {
            let warm = try await house.waitForReady(1)
            let launch = house.launch("s")
            let guest = PoolHouse.guest(prompt: "say hello")
            let exit = await house.pool.run(launch, handler: guest)
            #expect(exit.code == 0)
            #expect(exit.survivors.isEmpty)
            let child = try #require(await guest.child)
            #expect(child.pid == warm.first)
            #expect(isAlive(child.pid) == false)
            let initialized = try #require(await guest.line("control_response"))
            let response = try ControlResponse(initialized.bytes)
            #expect(response.requestID == "first")
            let start = try InitMessage(try #require(await guest.lines.first { $0.subtype == "init" }).bytes)
            #expect(start.sessionID == child.conversationID)
            #expect(start.sessionID != launch.conversation.id)
            let result = try ResultMessage(try #require(await guest.line("result")).bytes)
            #expect(result.result == "hello")
            // One session's process is never another's.
            let next = try await house.waitForReady(1)
            #expect(next != warm)
            return warm + next
        }
        #expect(pids.filter { isAlive($0) }.isEmpty)
        #expect(try house.temporaryFiles.isEmpty)
    }

    @Test func `one that is killed is replaced`() async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        try await house.live {
            let first = try await house.waitForReady(1)
            kill(try #require(first.first), SIGKILL)
            try await waitUntil("replacement") {
                house.pool.status.ready == 1 && house.pool.status.pids != first
            }
            #expect(house.pool.status.failures == 1)
            #expect(try house.temporaryFiles.count == 1)
        }
    }

    @Test func `what a leased process left behind goes with it`() async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        try await house.live {
            _ = try await house.waitForReady(1)
            let exit = await house.pool.run(house.launch("s"), handler: PoolHouse.guest(prompt: "fork-shell 600"))
            #expect(exit.swept >= 1)
            #expect(exit.survivors.isEmpty)
        }
    }

    @Test func `one that cannot be started is tried again, further and further apart`() async throws {
        let house = try PoolHouse(size: 1, executable: "/nonexistent/claude")
        defer { house.remove() }
        try await house.live {
            try await waitUntil("attempts") { house.pool.status.failures == 3 }
            #expect(house.pool.status.ready == 0)
            let exit = await house.pool.run(house.launch("s"), handler: RecordingHandler())
            #expect(exit.launchFailure != nil)
            #expect(house.pool.status.misses == 1)
        }
    }

    @Test(arguments: [
        AgentLaunchServedTests.Change("model") { $0.model = "haiku" },
        AgentLaunchServedTests.Change("directory") { $0.workingDirectory = "/" },
        AgentLaunchServedTests.Change("tools") { $0.allowedTools = ["Read"] },
    ])
    func `a launch of its own gets a process of its own`(change: AgentLaunchServedTests.Change) async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        try await house.live {
            let warm = try await house.waitForReady(1)
            var launch = house.launch("s")
            change.make(&launch)
            let guest = PoolHouse.guest(prompt: "say hello")
            #expect(await house.pool.run(launch, handler: guest).code == 0)
            #expect(await guest.child?.pid != warm.first)
            #expect(await guest.child?.conversationID == launch.conversation.id)
            #expect(house.pool.status.pids == warm)
        }
    }

    @Test func `one that has read what is no longer so is not given away, and replaced`() async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        try await house.live {
            let warm = try await house.waitForReady(1)
            let instructions = house.launch("s").workingDirectory.appending("CLAUDE.md").string
            try "new".write(toFile: instructions, atomically: false, encoding: .utf8)
            let first = PoolHouse.guest(prompt: "say hello")
            #expect(await house.pool.run(house.launch("s"), handler: first).code == 0)
            #expect(await first.child?.pid != warm.first)
            #expect(house.pool.status.misses == 1)
            try await waitUntil("replacement") { house.pool.status.ready == 1 && house.pool.status.pids != warm }
            let second = PoolHouse.guest(prompt: "say hello")
            #expect(await house.pool.run(house.launch("s"), handler: second).code == 0)
            #expect(house.pool.status.leases == 1)
            #expect(house.pool.status.failures == 0)
        }
    }

    @Test func `one that takes up a conversation gets a process of its own`() async throws {
        let house = try PoolHouse(size: 1)
        defer { house.remove() }
        try await house.live {
            let first = PoolHouse.guest(prompt: "say hello")
            _ = try await house.waitForReady(1)
            #expect(await house.pool.run(house.launch("s"), handler: first).code == 0)
            let warm = try await house.waitForReady(1)
            let id = try #require(await first.child?.conversationID)
            var launch = house.launch("s")
            launch.conversation = .resume(id: id)
            let second = PoolHouse.guest(prompt: "say again")
            #expect(await house.pool.run(launch, handler: second).code == 0)
            #expect(await second.child?.pid != warm.first)
            #expect(await second.lines.first { $0.subtype == "init" }?.sessionID == id)
        }
    }

    @Test func `stopping leaves no process, and returns when the session has ended its own`() async throws {
        let house = try PoolHouse(size: 2)
        defer { house.remove() }
        let guest = PoolHouse.guest(prompt: nil)
        let pids = try await house.live {
            let warm = try await house.waitForReady(2)
            async let exit = house.pool.run(house.launch("s"), handler: guest)
            try await waitUntil("lease") { await guest.line("control_response") != nil }
            house.pool.beginShutdown()
            try await waitUntil("end of those nobody has") { house.pool.status.pids.isEmpty }
            let child = try #require(await guest.child)
            #expect(warm.filter { isAlive($0) } == [child.pid])
            child.beginTermination(TerminationSteps())
            #expect(await exit.code == 0)
            return warm
        }
        #expect(pids.filter { isAlive($0) }.isEmpty)
        #expect(try house.temporaryFiles.isEmpty)
    }

    @Test func `cancelling a session or the pool ends what it has`() async throws {
        let house = try PoolHouse(size: 2)
        defer { house.remove() }
        let guests = [PoolHouse.guest(prompt: nil), PoolHouse.guest(prompt: nil)]
        let pids = try await withThrowingTaskGroup(of: AgentExit.self) { sessions in
            let pool = Task { await house.pool.run() }
            defer { pool.cancel() }
            let warm = try await house.waitForReady(2)
            let cancelled = Task { await house.pool.run(house.launch("a"), handler: guests[0]) }
            try await waitUntil("lease") { await guests[0].line("control_response") != nil }
            cancelled.cancel()
            // It leaves at the end of its input or at SIGTERM, whichever it sees first.
            #expect([0, 143].contains(await cancelled.value.code))
            sessions.addTask { await house.pool.run(house.launch("b"), handler: guests[1]) }
            try await waitUntil("lease") { await guests[1].line("control_response") != nil }
            #expect(isAlive(try #require(await guests[1].child).pid))
            pool.cancel()
            await pool.value
            #expect([0, 143].contains(try await sessions.next()?.code))
            return warm
        }
        #expect(pids.filter { isAlive($0) }.isEmpty)
        #expect(try house.temporaryFiles.isEmpty)
    }
}

/// A pool of scripted agents in a directory of its own.
struct PoolHouse: Sendable {
    private let directory: TemporaryDirectory
    private let executable: FilePath
    let pool: WarmPool

    init(size: Int, executable: FilePath = Self.scriptedAgent) throws {
        let directory = try TemporaryDirectory()
        for name in ["config", "tmp"] {
            let path = directory.path.appending(name).string
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        var timing = PoolTiming()
        timing.interval = .milliseconds(10)
        timing.firstPause = .milliseconds(20)
        let template = Self.launch(executable, in: directory.path, session: "template")
        self.directory = directory
        self.executable = executable
        self.pool = WarmPool(
            runner: ProcessRunner(logger: Logger(label: "test")),
            size: size,
            timing: timing,
            launch: { template },
            logger: Logger(label: "test")
        )
    }

    /// What was built beside the test bundle, by the name of its product or of its target.
    private static let scriptedAgent: FilePath = {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        let product = FilePath(folder).appending("troupe-scripted-agent")
        return access(product.string, X_OK) == 0 ? product : FilePath(folder).appending("ScriptedAgent")
    }()

    private static func launch(_ executable: FilePath, in directory: FilePath, session: String) -> AgentLaunch {
        AgentLaunch(
            executable: executable,
            workingDirectory: directory,
            conversation: .new(id: UUID().uuidString.lowercased()),
            configDirectory: directory.appending("config"),
            temporaryDirectory: directory.appending("tmp"),
            owner: OwnerMark(sessionID: session)
        )
    }

    /// As a session without wishes is launched.
    func launch(_ session: String) -> AgentLaunch {
        var launch = Self.launch(self.executable, in: self.directory.path, session: session)
        launch.temporaryDirectory = self.directory.path.appending("session-\(session)")
        return launch
    }

    /// The pids of those that wait.
    func waitForReady(_ count: Int) async throws -> [Int32] {
        try await waitUntil("\(count) that are ready") { self.pool.status.ready == count }
        return self.pool.status.pids
    }

    /// The pool runs during `body` and is stopped then.
    func live<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.pool.run() }
            do {
                let value = try await body()
                self.pool.beginShutdown()
                try await group.waitForAll()
                return value
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    /// Prompts when it is initialised, and ends the process after the result.
    static func guest(prompt: String?) -> RecordingHandler {
        RecordingHandler(
            onStart: { _ = $0.send(ControlProtocol.initialize(requestID: "first")) },
            onLine: { line, child in
                if line.kind == .controlResponse, let prompt {
                    let uuid = UUID().uuidString.lowercased()
                    _ = child.send(ControlProtocol.userMessage(uuid: uuid, content: .text(prompt)))
                }
                if line.type == "result" { child.beginTermination(TerminationSteps()) }
            }
        )
    }

    var temporaryFiles: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: self.directory.path.appending("tmp").string) }
    }

    func remove() { self.directory.remove() }
}

extension RecordingHandler {
    /// The first line of a type.
    func line(_ type: String) -> AgentLine? { self.lines.first { $0.type == type } }
}
