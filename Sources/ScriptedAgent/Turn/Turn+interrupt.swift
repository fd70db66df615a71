extension Turn {
    /// Withdraws the questions to the host; comes before the answer to an interrupt.
    func cancelAsks() {
        guard case .calling(let round) = self.activity else { return }
        for ask in round.asks {
            self.session.emit(["type": "control_cancel_request", "request_id": .string(ask.requestID)])
        }
        for ask in round.asks where round.calls[ask.callIndex].subagent == nil {
            let call = round.calls[ask.callIndex]
            self.denials.append([
                "tool_name": .string(call.request.name), "tool_use_id": .string(call.id),
                "tool_input": call.request.input,
            ])
        }
        round.asks = []
    }

    /// Ends the turn where it is.
    func interrupt() {
        if case .calling(let round) = self.activity {
            self.interruptCalls(round)
        } else if !self.isFinished {
            self.abortMessage(isMarked: true)
            self.finish(.interrupted(isInTools: false))
        }
    }

    /// Ends the turn since a more urgent prompt came.
    func displace() {
        self.cancelAsks()
        if case .calling(let round) = self.activity { self.rejectCalls(round) }
        let text = self.abortMessage(isMarked: false)
        self.finish(.displaced(text: text ?? self.lastText))
    }

    /// Kills the commands of the turn.
    func killShells() {
        guard case .calling(let round) = self.activity else { return }
        for command in round.commands { command.shell.kill() }
    }

    /// Stops all calls of a message and ends the turn.
    func interruptCalls(_ round: ToolRound) {
        self.cancelAsks()
        self.rejectCalls(round)
        self.emitUser(["type": "text", "text": "[Request interrupted by user for tool use]"])
        self.finish(.interrupted(isInTools: true))
    }

    private func rejectCalls(_ round: ToolRound) {
        for command in round.commands { command.shell.kill() }
        for (index, call) in round.calls.enumerated() {
            if case .done = call.state { continue }
            if call.subagent != nil { self.stopSubagent(round, index) }
            var result = ToolResult(text: Self.rejection, isError: true, structured: "User rejected tool use")
            result.nonExecutionKind = "user-rejected"
            if case .asking = call.state, !self.denials.contains(where: { $0["tool_use_id"]?.text == call.id }) {
                self.denials.append([
                    "tool_name": .string(call.request.name), "tool_use_id": .string(call.id),
                    "tool_input": call.request.input,
                ])
            }
            self.finishCall(round, index, result)
        }
    }

    /// Closes the message that is being written; the partial text, if there is some.
    @discardableResult
    private func abortMessage(isMarked: Bool) -> String? {
        var partial: String?
        if case .streaming(let stream) = self.activity, !stream.isThinking, !stream.text.isEmpty {
            partial = stream.text
        } else if case .stuck = self.activity, let stalled = self.stalledText, !stalled.isEmpty {
            partial = stalled
        }
        if let partial { self.emitAssistant(["type": "text", "text": .string(partial)], isAborted: true) }
        if isMarked { self.emitUser(["type": "text", "text": "[Request interrupted by user]"]) }
        if let message = self.message {
            if self.session.options.includesPartialMessages {
                if self.isInBlock { self.emitBlockEvent("content_block_stop") }
                self.emitStreamEvent([
                    "type": "message_delta", "context_management": .null,
                    "delta": [
                        "container": .null, "stop_details": .null, "stop_reason": .null, "stop_sequence": .null,
                    ],
                    "usage": [
                        "output_tokens_details": ["thinking_tokens": 0], "cache_creation_input_tokens": 0,
                        "cache_read_input_tokens": 0, "input_tokens": JSON(message.inputTokens), "iterations": [],
                        "output_tokens": 1,
                        "server_tool_use": ["web_search_requests": 0, "web_fetch_requests": 0],
                        "fallback_credit": .null,
                    ],
                ])
                self.emitAbandoned(fromBlock: message.blockIndex + (partial == nil ? 0 : 1))
            }
            self.account(message, now: Clock.now, isAborted: true)
        }
        self.message = nil
        self.isRequesting = false
        return partial
    }

    private var isInBlock: Bool {
        switch self.activity {
        case .streaming: true
        case .stuck: self.stalledText != nil
        default: false
        }
    }
}
