extension Turn {
    /// Whether that call leaves its command or sub-agent at work in the background.
    static func runsInBackground(_ request: Directive.ToolRequest) -> Bool {
        request.input["run_in_background"]?.flag == true && !Environment.isOn("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS")
    }

    /// Starts a sub-agent in the background: it says what its prompt says, after the waits the prompt names.
    func beginBackgroundAgent(_ round: ToolRound, _ index: Int, decision: JSON, now: Duration) {
        let call = round.calls[index]
        let prompt = call.request.input["prompt"]?.text ?? ""
        var due: Duration? = now
        var report = "done"
        for step in DirectiveParser.directives(in: prompt) {
            switch step {
            case .pause(let milliseconds): due = due.map { $0 + .milliseconds(milliseconds) }
            case .say(let text): report = text
            case .hang, .stall, .echo(count: .max, rate: _): due = nil
            default: break
            }
        }
        let kind = call.request.input["subagent_type"]?.text ?? "general-purpose"
        let task = BackgroundTask(
            id: self.session.identifiers.prefixed("a"),
            runID: self.session.identifiers.prefixed("0"),
            toolUseID: call.id,
            description: call.request.input["description"]?.text ?? "",
            work: .agent(kind: kind, prompt: prompt, report: report, due: due)
        )
        self.session.begin(task)
        let text = "Async agent launched successfully. agentId: \(task.id)"
        var result = ToolResult(
            text: text,
            isError: false,
            structured: [
                "isAsync": true, "status": "async_launched", "agentId": .string(task.id),
                "description": .string(task.description), "resolvedModel": .string(self.session.model),
                "prompt": .string(prompt), "outputFile": "", "canReadOutputFile": true, "canContinueAgent": true,
            ]
        )
        result.decision = decision
        self.finishCall(round, index, result)
    }
}
