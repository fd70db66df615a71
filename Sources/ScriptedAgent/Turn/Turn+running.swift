extension Turn {
    /// Notices what has become of the running commands of a message.
    func attend(_ round: ToolRound, now: Duration) {
        for (index, call) in round.calls.enumerated() {
            guard case .running(var command) = call.state else { continue }
            if command.shell.update() {
                self.emitTaskEnd(command, of: call)
                self.finishCall(round, index, Self.result(of: command.shell, decision: call.decision))
            } else if now >= command.timeout {
                command.shell.kill()
                let text = "Command timed out"
                self.finishCall(
                    round,
                    index,
                    ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
                )
            } else {
                while let sign = command.sign(now: now) { self.emit(sign, &command, of: call) }
                round.calls[index].state = .running(command)
            }
        }
    }

    private func emit(_ sign: RunningCommand.Sign, _ command: inout RunningCommand, of call: ToolRound.Call) {
        switch sign {
        case .becameTask:
            let task = (id: self.session.identifiers.prefixed("b"), runID: self.session.identifiers.prefixed("0"))
            command.task = task
            self.session.emitSystem(
                "task_started",
                [
                    "task_id": .string(task.id), "run_id": .string(task.runID), "tool_use_id": .string(call.id),
                    "description": call.request.input["command"] ?? "", "is_backgrounded": false,
                    "task_type": "local_bash",
                ]
            )
        case .heartbeat(let seconds, let index):
            self.session.emit([
                "type": "tool_progress", "tool_use_id": .string("\(call.id)-heartbeat-\(index)"),
                "tool_name": .string(call.request.name), "parent_tool_use_id": .string(call.id),
                "elapsed_time_seconds": JSON(seconds), "heartbeat": true, "session_id": .string(self.session.id),
                "uuid": .string(self.session.identifiers.uuid()),
            ])
        }
    }

    private func emitTaskEnd(_ command: RunningCommand, of call: ToolRound.Call) {
        guard let task = command.task else { return }
        self.session.emitSystem(
            "task_notification",
            [
                "task_id": .string(task.id), "run_id": .string(task.runID), "tool_use_id": .string(call.id),
                "status": "completed", "output_file": "", "summary": call.request.input["command"] ?? "",
            ]
        )
    }

    private static func result(of shell: Shell, decision: JSON?) -> ToolResult {
        func text(_ bytes: [UInt8]) -> String {
            var text = String(decoding: bytes, as: UTF8.self)
            while text.last == "\n" { text.removeLast() }
            return text.count > 30_000 ? String(text.prefix(30_000)) : text
        }
        let output = text(shell.output)
        let errors = text(shell.errors)
        let both = [output, errors].filter { !$0.isEmpty }.joined(separator: "\n")
        let code = shell.exitCode ?? 0
        var result: ToolResult
        if code == 0 {
            let text = both.isEmpty ? "(Bash completed with no output)" : both
            result = ToolResult(text: text, isError: false, structured: ToolResult.bash(output: output, errors: errors))
        } else {
            let text = "Exit code \(code)\(both.isEmpty ? "" : "\n\(both)")"
            result = ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
        }
        result.decision = decision
        return result
    }
}
