/// Work that runs on after the turn which started it.
struct BackgroundTask {
    /// What is at work.
    enum Work {
        case shell(Shell)
        /// A sub-agent that does nothing until then, and for ever without a time.
        case agent(kind: String, prompt: String, report: String, due: Duration?)
    }

    var id: String
    var runID: String
    var toolUseID: String
    var description: String
    var work: Work

    /// Whether it is a sub-agent, beside which the session counts as running.
    var isAgent: Bool {
        if case .agent = self.work { true } else { false }
    }

    /// The command's process, if it is one.
    var shell: Shell? {
        if case .shell(let shell) = self.work { shell } else { nil }
    }

    /// When there is something to do for it; nil when its process will say so.
    var deadline: Duration? {
        if case .agent(_, _, _, let due) = self.work { due } else { nil }
    }

    /// Reads what has come; whether the work has ended.
    func update(now: Duration) -> Bool {
        switch self.work {
        case .shell(let shell): shell.update()
        case .agent(_, _, _, let due): due.map { now >= $0 } ?? false
        }
    }

    /// Its entry in `background_tasks_changed`.
    var line: JSON {
        var line: JSON = ["task_id": .string(self.id), "run_id": .string(self.runID)]
        switch self.work {
        case .shell: line["task_type"] = "local_bash"
        case .agent(let kind, _, _, _):
            line["task_type"] = "local_agent"
            line["subagent_type"] = .string(kind)
        }
        line["description"] = .string(self.description)
        return line
    }

    /// What a `result` of the turn it starts says about where that came from.
    var origin: JSON {
        ["kind": "task-notification", "producer": "session-task", "runId": .string(self.runID)]
    }
}
