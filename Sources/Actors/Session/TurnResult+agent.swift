import Agent

extension TurnResult {
    /// Takes from the CLI's `result` what the session needs; internal diagnostics stay behind (PROTOCOL §6.5).
    ///
    /// One that cannot be read still ends its turn, as a failure.
    init(_ line: AgentLine) {
        self.init()
        guard let message = try? ResultMessage(line.bytes) else {
            self.isError = true
            self.text = "The agent's result could not be read."
            return
        }
        self.isError = message.isError
        self.terminalReason = message.terminalReason
        self.promptUUIDs = message.userMessageUUIDs
        self.origin = message.originKind.map { $0 == "peer" ? .peer : .task }
        self.text = message.result ?? message.visibleErrors.first
        self.costUSD = message.costUSD ?? 0
        self.usage.inputTokens = message.inputTokens
        self.usage.outputTokens = message.outputTokens
        self.usage.cacheReadInputTokens = message.cacheReadTokens
        self.usage.cacheCreationInputTokens = message.cacheCreationTokens
    }
}

extension TurnResult.Usage {
    /// Adds another turn's tokens to a sum.
    mutating func add(_ other: Self) {
        self.inputTokens += other.inputTokens
        self.outputTokens += other.outputTokens
        self.cacheReadInputTokens += other.cacheReadInputTokens
        self.cacheCreationInputTokens += other.cacheCreationInputTokens
    }
}
