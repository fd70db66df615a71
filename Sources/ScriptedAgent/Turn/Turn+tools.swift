extension Turn {
    /// Writes the calls of the open message, closes it and starts them.
    func beginCalls(_ requests: [Directive.ToolRequest], now: Duration) {
        let calls = requests.map { request in
            ToolRound.Call(id: self.session.identifiers.prefixed("toolu_stub"), request: request)
        }
        if self.firstTokenAt == nil { self.firstTokenAt = now }
        for call in calls {
            self.message?.outputTokens += 20
            let name = JSON.string(call.request.name)
            if self.session.options.includesPartialMessages {
                let block: JSON = ["type": "tool_use", "id": .string(call.id), "name": name, "input": [:]]
                self.emitBlockEvent("content_block_start", ("content_block", block))
                let input = String(decoding: call.request.input.bytes, as: UTF8.self)
                let delta: JSON = ["type": "input_json_delta", "partial_json": .string(input)]
                self.emitBlockEvent("content_block_delta", ("delta", delta))
            }
            self.emitBlock(["type": "tool_use", "id": .string(call.id), "name": name, "input": call.request.input])
        }
        self.closeMessage(stopReason: "tool_use", now: now)
        self.lastStopReason = "end_turn"
        self.activity = .calling(ToolRound(calls: calls))
    }

    /// Goes on with the calls; false when they wait for something.
    func call(_ round: ToolRound, now: Duration) -> Bool {
        for (index, call) in round.calls.enumerated() {
            guard case .running(let shell, let timeout) = call.state else { continue }
            if shell.update() {
                self.finishCall(round, index, Self.result(of: shell))
            } else if now >= timeout {
                shell.kill()
                let text = "Command timed out"
                self.finishCall(
                    round,
                    index,
                    ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
                )
            }
        }
        if let index = round.nextWaiting {
            self.start(round, index, now: now)
            return !self.isFinished
        }
        guard round.isDone, !self.isFinished else { return false }
        self.foldPrompts()
        self.activity = .next
        return true
    }

    private func start(_ round: ToolRound, _ index: Int, now: Duration) {
        let request = round.calls[index].request
        switch self.session.rules.verdict(request) {
        case .allow(let reason):
            self.execute(
                round,
                index,
                decision: ["decision": "accept", "source": "config", "reason_type": .string(reason)],
                now: now
            )
        case .ask where self.session.options.asksHost: self.ask(round, index)
        case .ask:
            let message = "\(request.name) needs approval, and nobody is there to give it."
            self.refuseUnasked(round, index, message)
        case .deny(let message): self.refuseUnasked(round, index, message)
        }
    }

    private func refuseUnasked(_ round: ToolRound, _ index: Int, _ message: String) {
        let call = round.calls[index]
        self.session.emitSystem(
            "permission_denied",
            [
                "tool_name": .string(call.request.name), "tool_use_id": .string(call.id), "message": .string(message),
            ]
        )
        let decision: JSON = ["decision": "reject", "source": "config"]
        self.deny(round, index, message, kind: "user-rejected", decision: decision)
    }

    /// Gives a refused call its result.
    func deny(_ round: ToolRound, _ index: Int, _ message: String, kind: String, decision: JSON?) {
        let call = round.calls[index]
        self.denials.append([
            "tool_name": .string(call.request.name), "tool_use_id": .string(call.id),
            "tool_input": call.request.input,
        ])
        let isRejected = message == Self.rejection
        let structured = isRejected ? "User rejected tool use" : "Error: \(message)"
        var result = ToolResult(text: message, isError: true, structured: .string(structured))
        result.nonExecutionKind = kind
        result.decision = decision
        self.finishCall(round, index, result)
    }

    /// What the model is told when a person stops a tool.
    static let rejection =
        "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, "
        + "the new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how "
        + "to proceed."

    /// Runs a call that may run.
    func execute(_ round: ToolRound, _ index: Int, decision: JSON, now: Duration) {
        let call = round.calls[index]
        round.calls[index].request.input = call.request.input
        switch call.request.name {
        case "Bash": self.executeBash(round, index, decision: decision, now: now)
        case "Agent", "Task": self.beginSubagent(round, index)
        default:
            var result = PretendedTools.result(of: call.request)
            result.decision = decision
            self.finishCall(round, index, result)
        }
    }

    private func executeBash(_ round: ToolRound, _ index: Int, decision: JSON, now: Duration) {
        let call = round.calls[index]
        let command = call.request.input["command"]?.text ?? "true"
        let inBackground =
            call.request.input["run_in_background"]?.flag == true
            && !Environment.isOn("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS")
        guard let shell = Shell(command: command, environment: ["CLAUDE_CODE_SESSION_ID=\(self.session.id)"]) else {
            let text = "The shell could not be started"
            self.finishCall(round, index, ToolResult(text: text, isError: true, structured: .string("Error: \(text)")))
            return
        }
        guard inBackground else {
            let timeout = call.request.input["timeout"]?.integer ?? 120_000
            round.calls[index].state = .running(shell, timeout: now + .milliseconds(timeout))
            return
        }
        let task = BackgroundTask(
            id: self.session.identifiers.prefixed("b"),
            runID: self.session.identifiers.prefixed("0"),
            toolUseID: call.id,
            command: command,
            shell: shell
        )
        self.session.begin(task)
        let text =
            "Command running in background with ID: \(task.id). You will be notified when it completes."
        var structured = ToolResult.bash(output: "", errors: "")
        structured["backgroundTaskId"] = .string(task.id)
        var result = ToolResult(text: text, isError: false, structured: structured)
        result.decision = decision
        self.finishCall(round, index, result)
    }

    private static func result(of shell: Shell) -> ToolResult {
        func text(_ bytes: [UInt8]) -> String {
            var text = String(decoding: bytes, as: UTF8.self)
            while text.last == "\n" { text.removeLast() }
            return text.count > 30_000 ? String(text.prefix(30_000)) : text
        }
        let output = text(shell.output)
        let errors = text(shell.errors)
        let both = [output, errors].filter { !$0.isEmpty }.joined(separator: "\n")
        let code = shell.exitCode ?? 0
        guard code == 0 else {
            let text = "Exit code \(code)\(both.isEmpty ? "" : "\n\(both)")"
            return ToolResult(text: text, isError: true, structured: .string("Error: \(text)"))
        }
        let text = both.isEmpty ? "(Bash completed with no output)" : both
        return ToolResult(text: text, isError: false, structured: ToolResult.bash(output: output, errors: errors))
    }

    /// Writes the `tool_result` of a call.
    func finishCall(_ round: ToolRound, _ index: Int, _ result: ToolResult) {
        let call = round.calls[index]
        round.calls[index].state = .done
        var meta: JSON = ["id": .string(call.id)]
        if let kind = result.nonExecutionKind { meta["non_execution_kind"] = .string(kind) }
        if let decision = result.decision { meta["permission_decision"] = decision }
        self.emitUser(
            result.block(toolUseID: call.id),
            extra: [("tool_use_result", result.structured), ("tool_result_meta", [meta])]
        )
    }

    private func foldPrompts() {
        let prompts = self.takeFolded()
        guard !prompts.isEmpty else { return }
        if self.session.options.replaysUserMessages {
            for prompt in prompts { self.emitReplay(prompt.uuid, prompt.content, isStamped: true) }
        }
        for prompt in prompts {
            self.session.emitLifecycle(prompt.uuid, "started")
            self.session.conversation.add(
                prompt: prompt.text,
                uuid: prompt.uuid ?? self.session.identifiers.uuid()
            )
            self.steps += DirectiveParser.directives(in: prompt.text)
        }
        self.foldedPrompts += prompts.compactMap(\.uuid)
    }
}
