import Agent

extension TurnResult {
    /// Above this a number of tokens is not believed, so that no sum of them can overflow.
    private static let maximumTokens = 1 << 40

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
        // `1e999` is valid JSON and reads as infinity, which no JSON can be written of.
        self.costUSD = message.costUSD.flatMap { $0.isFinite ? $0 : nil } ?? 0
        self.usage.inputTokens = Self.believable(message.inputTokens)
        self.usage.outputTokens = Self.believable(message.outputTokens)
        self.usage.cacheReadInputTokens = Self.believable(message.cacheReadTokens)
        self.usage.cacheCreationInputTokens = Self.believable(message.cacheCreationTokens)
        self.models = message.models.map { part in
            var usage = Usage()
            usage.inputTokens = Self.believable(part.inputTokens)
            usage.outputTokens = Self.believable(part.outputTokens)
            usage.cacheReadInputTokens = Self.believable(part.cacheReadTokens)
            usage.cacheCreationInputTokens = Self.believable(part.cacheCreationTokens)
            return ModelShare(
                model: part.model,
                usage: usage,
                costUSD: part.costUSD.isFinite ? part.costUSD : 0,
                contextWindow: part.contextWindow.map(Self.believable)
            )
        }
    }

    private static func believable(_ tokens: Int) -> Int {
        min(max(tokens, 0), Self.maximumTokens)
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
