extension AgentSession {
    /// Takes on work that outlives its turn, and says so.
    func begin(_ task: BackgroundTask) {
        self.backgroundTasks.append(task)
        self.emitBackgroundTasks()
        var line: JSON = [
            "type": "system", "subtype": "task_started", "task_id": .string(task.id), "run_id": .string(task.runID),
            "tool_use_id": .string(task.toolUseID), "description": .string(task.description),
        ]
        switch task.work {
        case .shell:
            line["is_backgrounded"] = true
            line["task_type"] = "local_bash"
        case .agent(let kind, let prompt, _, _):
            line["subagent_type"] = .string(kind)
            line["is_backgrounded"] = true
            line["spawn_depth"] = 1
            line["task_type"] = "local_agent"
            line["prompt"] = .string(prompt)
        }
        line["uuid"] = .string(self.identifiers.uuid())
        line["session_id"] = .string(self.id)
        self.emit(line)
    }

    /// Lets go of the work that has ended by itself, and says how; what was let go.
    func reapBackground(now: Duration) -> [BackgroundTask] {
        let ended = self.backgroundTasks.filter { $0.update(now: now) }
        for task in ended {
            self.backgroundTasks.removeAll { $0.id == task.id }
            if case .agent(_, _, let report, _) = task.work {
                self.emitInner(task, role: "assistant", text: report)
                let request = Usage(input: 800, output: 20)
                self.account(request, model: self.model, milliseconds: 1)
            }
            self.emitUpdate(of: task, status: "completed")
            self.emitNotification(of: task, isStopped: false)
            self.emitBackgroundTasks()
        }
        return ended
    }

    /// Stops work that is no longer wanted, and says so.
    func stop(_ task: BackgroundTask) {
        task.shell?.kill()
        self.backgroundTasks.removeAll { $0.id == task.id }
        self.emitUpdate(of: task, status: "killed")
        self.emitNotification(of: task, isStopped: true)
        self.emitBackgroundTasks()
    }

    /// Stops all work since the process ends; says so in the order of that.
    func stopAllAtEnd() {
        for task in self.backgroundTasks {
            task.shell?.kill()
            self.backgroundTasks.removeAll { $0.id == task.id }
            self.emitNotification(of: task, isStopped: true)
            self.emitUpdate(of: task, status: "killed")
            self.emitBackgroundTasks()
        }
    }

    /// Says that a background sub-agent was interrupted.
    func emitInterruption(of task: BackgroundTask) {
        self.emitInner(task, role: "user", text: "[Request interrupted by user]")
    }

    /// Writes the set of all work in the background.
    func emitBackgroundTasks() {
        self.emitSystem("background_tasks_changed", ["tasks": .array(self.backgroundTasks.map(\.line))])
    }

    private func emitUpdate(of task: BackgroundTask, status: String) {
        let patch: JSON = ["status": .string(status), "end_time": JSON(Clock.wallMilliseconds)]
        self.emitSystem("task_updated", ["task_id": .string(task.id), "run_id": .string(task.runID), "patch": patch])
    }

    private func emitNotification(of task: BackgroundTask, isStopped: Bool) {
        var summary = task.description
        var isReport = false
        switch task.work {
        case _ where isStopped: break
        case .shell(let shell):
            summary = "Background command \"\(task.description)\" completed (exit code \(shell.exitCode ?? 0))"
        case .agent(_, _, let report, _):
            summary = report
            isReport = true
        }
        let members: KeyValuePairs<String, JSON> = [
            "task_id": .string(task.id), "run_id": .string(task.runID), "tool_use_id": .string(task.toolUseID),
            "status": isStopped ? "stopped" : "completed", "output_file": "", "summary": .string(summary),
        ]
        guard isReport else {
            self.emitSystem("task_notification", members)
            return
        }
        var line: JSON = ["type": "system", "subtype": "task_notification"]
        for (name, value) in members { line[name] = value }
        line["summary_is_report"] = true
        line["usage"] = ["total_tokens": 820, "tool_uses": 0, "duration_ms": 1]
        line["uuid"] = .string(self.identifiers.uuid())
        line["session_id"] = .string(self.id)
        self.emit(line)
    }

    private func emitInner(_ task: BackgroundTask, role: String, text: String) {
        let kind = if case .agent(let kind, _, _, _) = task.work { kind } else { "" }
        let content: JSON = [["type": "text", "text": .string(text)]]
        var message: JSON = ["role": .string(role), "content": content]
        if role == "assistant" {
            message = [
                "id": .string(self.identifiers.prefixed("msg_stub")), "type": "message", "role": "assistant",
                "model": .string(self.model), "content": content, "stop_reason": .null, "stop_sequence": .null,
                "usage": Usage(input: 800, output: 20).resultLine, "context_management": .null,
            ]
        }
        self.emit([
            "type": .string(role), "message": message, "parent_tool_use_id": .string(task.toolUseID),
            "agent_id": .string(task.id), "session_id": .string(self.id), "uuid": .string(self.identifiers.uuid()),
            "timestamp": .string(Clock.timestamp), "subagent_type": .string(kind),
            "task_description": .string(task.description),
        ])
    }
}
