import Actors
import Agent
import Foundation
import NIOCore

/// Runs tasks on real sessions: those that stay, and those that are made for one prompt.
struct ClinvokerRunner: Sendable {
    /// What sessions of this surface have in their notes.
    static let origin = "001"
    /// What a list shows of the first prompt.
    private static let longestInitialPrompt = 4096
    /// Nobody goes on with such a session at once: clinvoker has no way to.
    private static let idleTime: Duration = .seconds(15)

    let sessions: SurfaceSessions
    let workdir: ClinvokerWorkdir

    /// What a task means.
    ///
    /// - Throws: `ClinvokerTask.Refusal`; `SessionError` for what the caller may not ask for.
    func plan(_ task: ClinvokerTask, for caller: Caller) throws -> ClinvokerTask.Plan {
        try task.plan(self.sessions.supervisor.backends, self.workdir, for: caller)
    }

    /// Makes the session of a task.
    func session(
        for task: ClinvokerTask,
        _ plan: ClinvokerTask.Plan,
        _ caller: Caller
    ) async throws(SessionError) -> Session {
        guard !plan.isEphemeral else { return try await self.sessions.createOnce(plan.options, for: caller) }
        var options = plan.options
        options.id = Self.identifier()
        options.tags = ["api"]
        options.hibernateAfter = Self.idleTime
        options.notes = ["origin": Self.origin, "initial_prompt": String(task.text.prefix(Self.longestInitialPrompt))]
        if let metadata = task.metadata { options.notes?["metadata"] = metadata }
        return try await self.sessions.create(options, for: caller)
    }

    /// Runs a task on a session that is gone after it; whatever goes wrong is in the result.
    func once(_ task: ClinvokerTask, _ context: APIContext) async -> ClinvokerResult {
        let start = ContinuousClock.now
        var result: ClinvokerResult
        do {
            var plan = try self.plan(task, for: context.caller)
            plan.options.notes = ["origin": Self.origin]
            guard !task.isDryRun else { return Self.dryRun(task, plan) }
            let session = try await self.sessions.createOnce(plan.options, for: context.caller)
            do {
                let reply = try await self.sessions.ask(task.prompt, of: session, context)
                await session.beginEnd(.deleted)
                result = ClinvokerResult(backend: task.backend, reply)
                if let cut = reply.cut { result.error = Self.reason(cut) }
            } catch {
                await session.beginEnd(.deleted)
                throw error
            }
        } catch {
            result = ClinvokerResult(backend: task.backend, error: Self.message(error, task))
        }
        result.duration = ContinuousClock.now - start
        return result
    }

    /// What a task comes to that is only told of.
    static func dryRun(_ task: ClinvokerTask, _ plan: ClinvokerTask.Plan) -> ClinvokerResult {
        var result = ClinvokerResult(backend: task.backend)
        result.output = Self.dryRun(plan)
        return result
    }

    static func dryRun(_ plan: ClinvokerTask.Plan) -> String { "Would execute: \(plan.commandLine)" }

    /// Why a task came to nothing, in clinvoker's words.
    static func message(_ error: any Error, _ task: ClinvokerTask) -> String {
        switch error {
        case let error as ClinvokerTask.Refusal: error.message
        case let error as SessionError where error.code == .workspaceRefused && task.workdir != nil:
            ClinvokerWorkdir.notAllowed(task.workdir ?? "")
        case let error as SessionError: error.detail
        default: "execution failed"
        }
    }

    private static func reason(_ cut: TurnWait.Cut) -> String {
        switch cut {
        case .late: "timeout"
        case .left: "canceled"
        case .drain: "The server is shutting down."
        case .over: "The session has ended."
        }
    }

    /// 32 digits, as clinvoker's own.
    private static func identifier() -> String {
        UUID().uuidString.lowercased().replacing("-", with: "")
    }
}
