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
        self.attend(round, now: now)
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
        case .allow(let reason, let source):
            let decision: JSON = ["decision": "accept", "source": .string(source), "reason_type": .string(reason)]
            self.execute(round, index, decision: decision, now: now)
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
        let request = round.calls[index].request
        round.calls[index].decision = decision
        switch request.name {
        case "Bash": self.executeBash(round, index, decision: decision, now: now)
        case "Agent", "Task":
            if Self.runsInBackground(request) {
                self.beginBackgroundAgent(round, index, decision: decision, now: now)
            } else {
                self.beginSubagent(round, index)
            }
        default:
            var result = self.runOnFiles(request) ?? PretendedTools.result(of: request)
            result.decision = decision
            self.finishCall(round, index, result)
        }
        if request.name == "ExitPlanMode", self.session.rules.mode == "plan" {
            self.session.setPermissionMode("default")
        }
    }

    /// Does in earnest what changes files, while that can be undone.
    private func runOnFiles(_ request: Directive.ToolRequest) -> ToolResult? {
        guard self.session.checkpoints.isEnabled else { return nil }
        if FileTools.changing.contains(request.name), let path = request.input["file_path"]?.text,
            let change = self.session.checkpoints.keep(Environment.absolute(path))
        {
            self.session.conversation.record(change: change)
        }
        return FileTools.run(request)
    }

    private func executeBash(_ round: ToolRound, _ index: Int, decision: JSON, now: Duration) {
        let call = round.calls[index]
        let command = call.request.input["command"]?.text ?? "true"
        guard let shell = Shell(command: command, environment: ["CLAUDE_CODE_SESSION_ID=\(self.session.id)"]) else {
            let text = "The shell could not be started"
            self.finishCall(round, index, ToolResult(text: text, isError: true, structured: .string("Error: \(text)")))
            return
        }
        guard Self.runsInBackground(call.request) else {
            let timeout = call.request.input["timeout"]?.integer ?? 120_000
            round.calls[index].state = .running(
                RunningCommand(
                    shell,
                    timeout: now + .milliseconds(timeout),
                    heartbeat: call.request.heartbeat,
                    now: now
                )
            )
            return
        }
        let task = BackgroundTask(
            id: self.session.identifiers.prefixed("b"),
            runID: self.session.identifiers.prefixed("0"),
            toolUseID: call.id,
            description: command,
            work: .shell(shell)
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
            self.session.take(prompt)
            self.steps += DirectiveParser.directives(in: prompt.text)
        }
        self.foldedPrompts += prompts.compactMap(\.uuid)
    }
}
