import Agent
import Logging
import NIOCore

@testable import Actors
@testable import Storage

/// One session with a scripted runner and a clock that a test turns.
struct Stage {
    let time = ManualTime()
    let runner: ScriptedRunner
    let session: Session

    init(
        _ habits: ScriptedChild.Habits = ScriptedChild.Habits(),
        options: SessionOptions = SessionOptions(),
        logBytes: Int = 8 << 20,
        store: Store? = nil,
        restored: RestoredSession? = nil,
        _ adjust: (inout SessionMachine.Configuration) -> Void = { _ in }
    ) {
        var configuration = SessionMachine.Configuration.quiet
        adjust(&configuration)
        self.runner = ScriptedRunner(habits)
        self.session = Session(
            id: "s_test",
            options: options,
            plan: LaunchPlan(executable: "/nowhere/claude", defaultDirectory: "/tmp"),
            runner: self.runner,
            configuration: configuration,
            logBytes: logBytes,
            store: store,
            restored: restored,
            time: self.time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs the session around a test, and ends it.
    static func play(
        _ stage: Stage,
        _ test: (Stage) async throws -> Void
    ) async throws {
        let life = Task { await stage.session.run() }
        do {
            try await test(stage)
        } catch {
            life.cancel()
            throw error
        }
        let session = stage.session
        try await within { await session.end(.deleted) }
        try await within { await life.value }
    }

    /// The first child, ready for prompts.
    func ready() async throws -> ScriptedChild {
        let child = try await self.runner.next()
        var reader = LogReader(self.session.log)
        while true {
            let state = try await reader.data("session.state").string("state")
            if state != "starting" { return child }
        }
    }

    func submit(_ text: String) async throws -> PromptReceipt {
        try await self.session.submit(content: ByteBuffer(string: "\"\(text)\""))
    }
}
