extension Turn {
    /// Asks the host about a call.
    func ask(_ round: ToolRound, _ index: Int) {
        let inner = round.calls[index].subagent?.innerCall
        let toolUseID = inner?.id ?? round.calls[index].id
        let request = inner?.request ?? round.calls[index].request
        var asked: JSON = [
            "subtype": "can_use_tool", "tool_name": .string(request.name), "display_name": .string(request.name),
            "input": request.input,
        ]
        for (name, value) in self.session.rules.question(about: request) { asked[name] = value }
        asked["tool_use_id"] = .string(toolUseID)
        if let subagent = round.calls[index].subagent { asked["agent_id"] = .string(subagent.taskID) }
        if request.name == "AskUserQuestion" || request.name == "ExitPlanMode" {
            asked["requires_user_interaction"] = true
        }
        guard !self.session.hostIsGone else {
            self.refuseForClosedStream(round, index)
            return
        }
        round.calls[index].state = .asking
        let id = self.session.identifiers.uuid()
        let line: JSON = ["type": "control_request", "request_id": .string(id), "request": asked]
        round.asks.append(ToolRound.Ask(requestID: id, callIndex: index, request: line))
        self.session.move(to: .requiresAction)
        self.session.emit(line)
    }

    /// The questions that wait for an answer, as they were written.
    var openRequests: [JSON] {
        guard case .calling(let round) = self.activity else { return [] }
        return round.asks.map(\.request)
    }

    /// Takes the host's answer; an answer to nothing is passed over.
    func answer(_ response: JSON, now: Duration) {
        guard case .calling(let round) = self.activity,
            let place = round.asks.firstIndex(where: { $0.requestID == response["request_id"]?.text })
        else { return }
        let index = round.asks.remove(at: place).callIndex
        if round.asks.isEmpty { self.session.move(to: .running) }
        let rejected: JSON = ["decision": "reject", "source": "config", "reason_type": "other"]
        guard response["subtype"]?.text == "success" else {
            let reason = response["error"]?.text ?? "unknown"
            let message = "Tool permission request failed: Error: \(reason)"
            self.decline(round, index, message, decision: rejected)
            return
        }
        let answer = response["response"] ?? .null
        switch answer["behavior"]?.text {
        case "allow": self.allow(round, index, answer, now: now)
        case "deny" where answer["interrupt"]?.flag == true: self.interruptCalls(round)
        case "deny":
            let message = answer["message"]?.text ?? "denied"
            self.decline(round, index, message, decision: ["decision": "reject", "source": "user_reject"])
        default:
            let message =
                "The canUseTool callback returned an invalid permission result. Expected {behavior: 'allow', "
                + "updatedInput?: object} or {behavior: 'deny', message: string}. updatedPermissions may hold at most "
                + "4096 updates, rules and directories in all."
            self.decline(round, index, message, decision: rejected)
        }
    }

    private func allow(_ round: ToolRound, _ index: Int, _ answer: JSON, now: Duration) {
        for update in answer["updatedPermissions"]?.elements ?? [] {
            if update["type"]?.text == "setMode", let mode = update["mode"]?.text {
                self.session.setPermissionMode(mode)
            }
            self.session.rules.take(update: update)
        }
        if round.calls[index].subagent != nil {
            self.finishSubagent(round, index, answer: nil, now: now)
            return
        }
        if let input = answer["updatedInput"] { round.calls[index].request.input = input }
        self.execute(round, index, decision: ["decision": "accept", "source": "user_temporary"], now: now)
    }

    private func decline(_ round: ToolRound, _ index: Int, _ message: String, decision: JSON) {
        if round.calls[index].subagent != nil {
            self.finishSubagent(round, index, answer: message, now: Clock.now)
        } else {
            self.deny(round, index, message, kind: "permission-rule", decision: decision)
        }
    }

    /// Refuses what waits for the host, since its stream is closed.
    func hostClosed() {
        guard case .calling(let round) = self.activity else { return }
        let asks = round.asks
        round.asks = []
        for ask in asks { self.refuseForClosedStream(round, ask.callIndex) }
        if !asks.isEmpty { self.session.move(to: .running) }
    }

    private func refuseForClosedStream(_ round: ToolRound, _ index: Int) {
        let message =
            "Tool permission request failed: AbortError: Tool permission stream closed before response received"
        let decision: JSON = ["decision": "reject", "source": "config", "reason_type": "other"]
        self.decline(round, index, message, decision: decision)
    }
}
