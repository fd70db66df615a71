/// How a turn ends.
enum TurnEnding {
    case completed
    /// A message that was only to be remembered.
    case unasked
    case refused(Refusal)
    /// A slash command was run.
    case local(SlashCommand, text: String)
    case interrupted(isInTools: Bool)
    /// A prompt with priority `now` came.
    case displaced(text: String)
    case tooManyTurns(Int)
    case overBudget(Double)
}

extension Turn {
    /// Refuses a request once more, or lets it through.
    func refuse(_ retry: Retry, now: Duration) {
        var retry = retry
        if retry.isLetThrough {
            self.steps.insert(.say("recovered"), at: 0)
            self.activity = .next
        } else if retry.isGivenUp {
            let refusal = retry.refusal(model: self.session.model)
            if retry.status == 413 {
                self.session.emitSystem("status", ["status": "compacting", "compact_output_chars": 0])
                self.session.emitSystem(
                    "status",
                    ["status": .null, "compact_result": "failed", "compact_error": .string(refusal.text)]
                )
            }
            self.finishRefused(refusal)
        } else {
            let delay = retry.again(now: now)
            self.session.emitSystem("api_retry", retry.line(delay: delay))
            self.activity = .retrying(retry)
        }
    }

    /// Ends the turn with the synthetic message of an API error.
    func finishRefused(_ refusal: Refusal) {
        self.emitFirstReply()
        var line: JSON = [
            "type": "assistant", "message": self.syntheticMessage(refusal.text, stopReason: "stop_sequence"),
            "parent_tool_use_id": .null, "session_id": .string(self.session.id),
            "uuid": .string(self.session.identifiers.uuid()), "timestamp": .string(Clock.timestamp),
            "error": .string(refusal.name),
        ]
        if refusal.status != nil { line["request_id"] = "req_stub" }
        line["is_api_error_message"] = true
        if let status = refusal.status { line["api_error_status"] = JSON(status) }
        if let type = refusal.type { line["api_error_type"] = .string(type) }
        self.bind(&line)
        self.session.emit(line)
        self.finish(.refused(refusal))
    }

    /// A message that no model wrote.
    func syntheticMessage(_ text: String, stopReason: String) -> JSON {
        [
            "diagnostics": .null, "id": .string(self.session.identifiers.uuid()), "container": .null,
            "model": "<synthetic>", "role": "assistant", "stop_details": .null, "stop_reason": .string(stopReason),
            "stop_sequence": stopReason == "end_turn" ? .null : "", "type": "message", "usage": Usage().resultLine,
            "content": [["type": "text", "text": .string(text)]], "context_management": .null,
        ]
    }

    /// Writes the `result` and what follows it.
    func finish(_ ending: TurnEnding) {
        let uuids = self.prompts.compactMap(\.uuid)
        var ending = ending
        if let cost = self.fixedCost { self.session.settle(nanodollars: cost, model: self.session.model) }
        if case .completed = ending, let budget = self.session.exceededBudget { ending = .overBudget(budget) }
        self.emitFirstReply()
        for uuid in self.foldedPrompts { self.session.emitLifecycle(uuid, "completed") }
        self.emitResult(ending, uuids: uuids + self.foldedPrompts)
        let state =
            switch ending {
            case .interrupted, .displaced: "cancelled"
            default: "completed"
            }
        for uuid in uuids { self.session.emitLifecycle(uuid, state) }
        self.activity = .finished
    }

    private func emitResult(_ ending: TurnEnding, uuids: [String]) {
        let now = Clock.now
        var stopReason: String? = self.lastStopReason
        var terminalReason: String?
        var isError = false
        var subtype = "success"
        var tail: [(String, JSON)] = []
        var usage = self.usage
        switch ending {
        case .completed:
            terminalReason = "completed"
            tail = [("api_error_status", .null), ("result", .string(self.lastText))]
        case .unasked:
            stopReason = nil
            tail = [("result", "")]
        case .local(let command, let text):
            stopReason = nil
            tail = [("result", .string(text)), ("local_command", .string(command.name))]
        case .refused(let refusal):
            stopReason = "stop_sequence"
            terminalReason = refusal.reason
            isError = true
            tail = [("api_error_status", refusal.status.map { JSON($0) } ?? .null)]
            if let type = refusal.type { tail.append(("api_error_type", .string(type))) }
            tail.append(("result", .string(refusal.text)))
        case .interrupted(let isInTools):
            stopReason = isInTools ? "tool_use" : nil
            terminalReason = isInTools ? "aborted_tools" : "aborted_streaming"
            isError = true
            subtype = "error_during_execution"
            usage = isInTools ? usage : Usage()
            let diagnosis =
                "[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=\(stopReason ?? "null")"
            tail = [("errors", [.string(diagnosis)])]
        case .displaced(let text):
            stopReason = nil
            terminalReason = "aborted_streaming"
            tail = [("api_error_status", .null), ("result", .string(text))]
        case .tooManyTurns(let limit):
            terminalReason = "max_turns"
            isError = true
            subtype = "error_max_turns"
            tail = [("errors", [.string("Reached maximum number of turns (\(limit))")])]
        case .overBudget(let budget):
            stopReason = self.requestCount > 0 ? stopReason : nil
            terminalReason = "budget_exhausted"
            isError = true
            subtype = "error_max_budget_usd"
            tail = [("errors", [.string("Reached maximum budget ($\(JSON(budget).spelling))")])]
        }
        var line: JSON = [
            "duration_api_ms": JSON(self.session.apiMilliseconds), "stop_reason": JSON(stopReason),
            "session_id": .string(self.session.id), "total_cost_usd": JSON(self.session.totalCost),
            "usage": usage.resultLine, "modelUsage": AgentSession.modelUsage(self.session.totals),
            "permission_denials": .array(self.denials),
        ]
        if let terminalReason { line["terminal_reason"] = .string(terminalReason) }
        if let origin = self.origin { line["origin"] = origin }
        line["fast_mode_state"] = "off"
        line["fast_mode_disabled_reason"] = "sdk_opt_in_required"
        line["subagent_stats"] = Self.noSubagents
        line["safety_stops"] = 0
        line["is_error"] = .bool(isError)
        let isLocal =
            switch ending {
            case .unasked, .local: true
            default: false
            }
        line["num_turns"] = JSON(isLocal ? 0 : 1 + self.extraMessages)
        line["subtype"] = .string(subtype)
        for (name, value) in tail { line[name] = value }
        if !isError, let first = self.firstTokenAt {
            let milliseconds = JSON((first - self.startedAt).milliseconds)
            for name in ["ttft_ms", "ttft_stream_ms", "time_to_request_ms", "first_content_frame_ms"] {
                line[name] = milliseconds
            }
        }
        if let last = self.prompts.compactMap(\.uuid).last {
            line["user_message_uuid"] = .string(last)
            line["user_message_uuids"] = JSON(uuids)
        }
        line["type"] = "result"
        line["duration_ms"] = JSON((now - self.startedAt).milliseconds)
        line["uuid"] = .string(self.session.identifiers.uuid())
        for (name, value) in self.session.closeResult(isError: isError) { line[name] = value }
        self.session.emit(line)
    }

    private static let noSubagents: JSON = [
        "spawned": 0, "requested": ["background": 0, "foreground": 0, "unset": 0], "started_in_background": 0,
        "max_depth": 0, "spawned_by_subagents": 0, "completed": 0, "failed": 0,
        "killed": ["parent": 0, "user": 0, "system": 0],
        "refused": ["depth_limit": 0, "concurrency_limit": 0, "budget": 0], "by_type": [:],
    ]
}
