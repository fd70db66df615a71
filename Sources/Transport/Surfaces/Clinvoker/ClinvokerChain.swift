import Actors
import Agent
import NIOCore

/// `chain`: steps one after the other, each with what the one before has said.
struct ClinvokerChain: Sendable {
    private static let previous = "{{previous}}"
    private static let sessionMark = "{{session}}"

    let steps: [ClinvokerTask]
    let stopsOnFailure: Bool
    let passesWorkdir: Bool

    /// - Throws: `Problem`, 400 and 422.
    init(_ fields: inout ClinvokerFields) throws(Problem) {
        fields.require("steps")
        let steps = fields.objects("steps") { ClinvokerTask(&$0) } ?? []
        self.stopsOnFailure = fields.bool("stop_on_failure")
        self.passesWorkdir = fields.bool("pass_working_dir")
        let isDryRun = fields.bool("dry_run")
        let keepsSessions = fields.bool("pass_session_id")
        let persistsSessions = fields.bool("persist_sessions")
        try fields.finish()
        guard !steps.isEmpty else { throw ClinvokerFields.empty("steps are required") }
        guard !keepsSessions, !persistsSessions else {
            throw ClinvokerFields.empty(
                "chain is always ephemeral; pass_session_id and persist_sessions are not supported"
            )
        }
        if let place = steps.firstIndex(where: { $0.text.contains(Self.sessionMark) }) {
            throw ClinvokerFields.empty("chain step \(place + 1) uses {{session}} but sessions are not persisted")
        }
        self.steps = steps.map { step in
            var step = step
            step.isDryRun = isDryRun
            return step
        }
    }

    /// - Returns: the results of the steps that were run.
    func run(_ runner: ClinvokerRunner, _ context: APIContext) async -> [ClinvokerResult] {
        var results: [ClinvokerResult] = []
        var directory: String?
        for step in self.steps {
            guard context.channel.isActive else { break }
            var step = step
            if let last = results.last { step = step.replacing(Self.previous, with: last.output ?? "") }
            if self.passesWorkdir { step.workdir = step.workdir ?? directory }
            directory = step.workdir
            let result = await runner.once(step, context)
            results.append(result)
            if self.stopsOnFailure, !result.isSuccess { break }
        }
        return results
    }
}
