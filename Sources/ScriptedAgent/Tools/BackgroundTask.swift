/// A shell that runs on after the turn which started it.
struct BackgroundTask {
    var id: String
    var runID: String
    var toolUseID: String
    var command: String
    var shell: Shell

    /// Its entry in `background_tasks_changed`.
    var line: JSON {
        [
            "task_id": .string(self.id), "run_id": .string(self.runID), "task_type": "local_bash",
            "description": .string(self.command),
        ]
    }

    /// What a `result` of the turn it starts says about where that came from.
    var origin: JSON {
        ["kind": "task-notification", "producer": "session-task", "runId": .string(self.runID)]
    }
}
