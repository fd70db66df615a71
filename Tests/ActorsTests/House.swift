import Agent
import Logging
import NIOCore

@testable import Actors
@testable import Storage

/// A supervisor with a scripted runner and a clock that a test turns.
struct House {
    let time = ManualTime()
    let runner: ScriptedRunner
    let supervisor: Supervisor

    init(
        _ habits: ScriptedChild.Habits = ScriptedChild.Habits(),
        store: Store? = nil,
        workspace: WorkspacePolicy = WorkspacePolicy(),
        _ adjust: (inout Supervisor.Configuration) -> Void = { _ in }
    ) {
        var configuration = Supervisor.Configuration()
        configuration.session = .quiet
        adjust(&configuration)
        self.runner = ScriptedRunner(habits)
        var plan = LaunchPlan(executable: "/nowhere/claude", defaultDirectory: "/tmp")
        plan.workspace = workspace
        self.supervisor = Supervisor(
            configuration: configuration,
            plan: plan,
            runner: self.runner,
            store: store,
            time: self.time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs the supervisor around a test and cancels it, after which no child may be left.
    static func play(_ house: House, _ test: (House, Task<Void, Never>) async throws -> Void) async throws {
        let life = Task { await house.supervisor.run() }
        do {
            try await test(house, life)
        } catch {
            life.cancel()
            throw error
        }
        life.cancel()
        try await within { await life.value }
        guard house.runner.runningCount == 0 else { throw ChildrenLeft(count: house.runner.runningCount) }
    }

    struct ChildrenLeft: Error {
        let count: Int
    }

    func create(_ id: String? = nil, timeToLive: Duration? = nil, resume: String? = nil) async throws -> Session {
        var options = SessionOptions()
        options.id = id
        options.timeToLive = timeToLive
        options.resume = resume
        return try await self.supervisor.create(options)
    }

    /// A session whose agent takes prompts, and its child.
    func ready(_ id: String? = nil, timeToLive: Duration? = nil) async throws -> (Session, ScriptedChild) {
        let session = try await self.create(id, timeToLive: timeToLive)
        let child = try await self.runner.next()
        var reader = LogReader(session.log)
        while try await reader.data("session.state").string("state") == "starting" {}
        return (session, child)
    }

    func end(_ session: Session) async throws {
        try await within { await session.end(.deleted) }
    }

    /// Waits until an ended session is only remembered.
    func bury(_ session: Session) async throws {
        let supervisor = self.supervisor
        try await within {
            while await supervisor.summaries().contains(where: { $0.id == session.id }) { await Task.yield() }
        }
    }
}
