import NIOCore

/// Runs many tasks, some at a time.
struct ClinvokerBatch: Sendable {
    let runner: ClinvokerRunner
    /// How many at a time; at least one.
    let width: Int
    /// Whether none begins any more once one has failed.
    let isFailFast: Bool

    /// - Returns: the results in the tasks' order; those that were not begun are canceled.
    func run(_ tasks: [ClinvokerTask], _ context: APIContext) async -> [ClinvokerResult] {
        var results = tasks.map {
            ClinvokerResult(backend: $0.backend, error: "canceled", exitCode: ClinvokerResult.canceledCode)
        }
        await withTaskGroup(of: (Int, ClinvokerResult).self) { group in
            var waiting = tasks.enumerated().makeIterator()
            var hasStopped = false
            func begin() {
                guard !hasStopped, context.channel.isActive, let (place, task) = waiting.next() else { return }
                group.addTask { (place, await self.runner.once(task, context)) }
            }
            for _ in 0..<max(1, min(self.width, tasks.count)) { begin() }
            while let (place, result) = await group.next() {
                results[place] = result
                hasStopped = hasStopped || self.isFailFast && !result.isSuccess
                begin()
            }
        }
        return results
    }
}
