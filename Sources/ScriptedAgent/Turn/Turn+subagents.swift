extension Turn {
    /// Starts the sub-agent of an `Agent` call.
    func beginSubagent(_ round: ToolRound, _ index: Int) {
        let call = round.calls[index]
        let prompt = call.request.input["prompt"]?.text ?? ""
        var subagent = ToolRound.Subagent(
            taskID: self.session.identifiers.prefixed("a"),
            runID: self.session.identifiers.prefixed("0")
        )
        self.session.emitSystem(
            "task_started",
            [
                "task_id": .string(subagent.taskID), "run_id": .string(subagent.runID),
                "tool_use_id": .string(call.id), "description": call.request.input["description"] ?? "",
                "subagent_type": Self.kind(of: call), "is_backgrounded": false, "spawn_depth": 1,
                "task_type": "local_agent", "prompt": .string(prompt),
            ]
        )
        round.calls[index].subagent = subagent
        self.emitInner(round, index, role: "user", content: [["type": "text", "text": .string(prompt)]])
        for step in DirectiveParser.directives(in: prompt) {
            switch step {
            case .say(let text): subagent.lastText = text
            case .tools(let requests, _):
                subagent.innerCall = requests.first.map {
                    ToolRound.InnerCall(id: self.session.identifiers.prefixed("toolu_stub"), request: $0)
                }
            case .hang, .stall, .echo(count: .max, rate: _):
                round.calls[index].subagent = subagent
                round.calls[index].state = .silent
                return
            default: break
            }
        }
        round.calls[index].subagent = subagent
        guard let inner = subagent.innerCall else {
            self.finishSubagent(round, index, answer: nil, now: Clock.now)
            return
        }
        let use: JSON = [
            "type": "tool_use", "id": .string(inner.id), "name": .string(inner.request.name),
            "input": inner.request.input,
        ]
        self.emitInner(round, index, role: "assistant", content: [use])
        switch self.session.rules.verdict(inner.request) {
        case .ask where self.session.options.asksHost: self.ask(round, index)
        case .ask: self.finishSubagent(round, index, answer: "needs approval", now: Clock.now)
        case .deny(let message): self.finishSubagent(round, index, answer: message, now: Clock.now)
        case .allow: self.finishSubagent(round, index, answer: nil, now: Clock.now)
        }
    }

    /// Ends a sub-agent; `answer` is why its own call was refused.
    func finishSubagent(_ round: ToolRound, _ index: Int, answer: String?, now: Duration) {
        guard let subagent = round.calls[index].subagent else { return }
        if let inner = subagent.innerCall {
            let text = answer ?? "\(inner.request.name) pretended by the scripted agent"
            let result = ToolResult(text: text, isError: answer != nil, structured: .null)
            self.emitInner(round, index, role: "user", content: [result.block(toolUseID: inner.id)])
        }
        let said: JSON = ["type": "text", "text": .string(subagent.lastText)]
        self.emitInner(round, index, role: "assistant", content: [said])
        self.emitEnd(of: subagent, call: round.calls[index], status: "completed", notified: "completed")
        let text =
            "[Subagent hand-back] The text below is the final report of a subagent this session delegated to.\n\n"
        var result = ToolResult(
            text: text + subagent.lastText,
            isError: false,
            structured: [
                "status": "completed", "prompt": round.calls[index].request.input["prompt"] ?? "",
                "agentId": .string(subagent.taskID), "agentType": Self.kind(of: round.calls[index]),
                "content": [said], "totalDurationMs": 1, "totalTokens": 20, "totalToolUseCount": 0,
            ]
        )
        result.decision = ["decision": "accept", "source": "config", "reason_type": "mode"]
        self.finishCall(round, index, result)
    }

    /// Stops a sub-agent whose turn was interrupted.
    func stopSubagent(_ round: ToolRound, _ index: Int) {
        guard let subagent = round.calls[index].subagent else { return }
        self.emitEnd(of: subagent, call: round.calls[index], status: "killed", notified: "stopped")
    }

    private func emitEnd(of subagent: ToolRound.Subagent, call: ToolRound.Call, status: String, notified: String) {
        let patch: JSON = ["status": .string(status), "end_time": JSON(Clock.wallMilliseconds)]
        self.session.emitSystem(
            "task_updated",
            ["task_id": .string(subagent.taskID), "run_id": .string(subagent.runID), "patch": patch]
        )
        self.session.emitSystem(
            "task_notification",
            [
                "task_id": .string(subagent.taskID), "run_id": .string(subagent.runID),
                "tool_use_id": .string(call.id), "status": .string(notified), "output_file": "",
                "summary": .string(subagent.lastText),
                "usage": ["total_tokens": 20, "tool_uses": 0, "duration_ms": 1],
            ]
        )
    }

    /// Writes a line from inside a sub-agent.
    private func emitInner(_ round: ToolRound, _ index: Int, role: String, content: JSON) {
        let call = round.calls[index]
        var message: JSON = ["role": .string(role), "content": content]
        if role == "assistant" {
            message = [
                "id": .string(self.session.identifiers.prefixed("msg_stub")), "type": "message", "role": "assistant",
                "model": .string(self.session.model), "content": content, "stop_reason": .null,
                "stop_sequence": .null, "usage": Usage(input: 800, output: 20).resultLine,
                "context_management": .null,
            ]
        }
        self.session.emit([
            "type": .string(role), "message": message, "parent_tool_use_id": .string(call.id),
            "agent_id": JSON(call.subagent?.taskID), "session_id": .string(self.session.id),
            "uuid": .string(self.session.identifiers.uuid()), "timestamp": .string(Clock.timestamp),
            "subagent_type": Self.kind(of: call),
            "task_description": call.request.input["description"] ?? "",
        ])
    }

    private static func kind(of call: ToolRound.Call) -> JSON {
        call.request.input["subagent_type"] ?? "general-purpose"
    }
}
