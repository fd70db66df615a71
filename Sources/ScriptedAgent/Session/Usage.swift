/// Tokens of one model, and what they cost.
struct Usage: Equatable {
    /// US dollars for a token read and a token written.
    private static let inputPrice = 4e-6
    private static let outputPrice = 20e-6

    var input = 0
    var output = 0

    init(input: Int = 0, output: Int = 0) {
        self.input = input
        self.output = output
    }

    /// What `record` kept.
    init(record: JSON) {
        self.init(input: record["inputTokens"]?.integer ?? 0, output: record["outputTokens"]?.integer ?? 0)
    }

    /// In US dollars.
    var cost: Double {
        let microdollars = Double(self.input) * Self.inputPrice + Double(self.output) * Self.outputPrice
        return (microdollars * 1e9).rounded() / 1e9
    }

    /// What a session's file keeps.
    var record: JSON {
        ["inputTokens": JSON(self.input), "outputTokens": JSON(self.output)]
    }

    /// An entry of `modelUsage`.
    func modelLine(_ model: String) -> JSON {
        [
            "inputTokens": JSON(self.input), "outputTokens": JSON(self.output), "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0, "webSearchRequests": 0, "costUSD": JSON(self.cost),
            "contextWindow": 1_000_000, "maxOutputTokens": 128_000, "thinkingTokens": 0,
            "cacheCreationEphemeral5mInputTokens": 0, "cacheCreationEphemeral1hInputTokens": 0,
            "canonicalModel": .string(model), "provider": "firstParty", "costBasis": "list",
        ]
    }

    /// The `usage` of a result.
    var resultLine: JSON {
        [
            "input_tokens": JSON(self.input), "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": JSON(self.output), "output_tokens_details": ["thinking_tokens": 0],
            "server_tool_use": ["web_search_requests": 0, "web_fetch_requests": 0], "service_tier": "standard",
            "cache_creation": ["ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0], "inference_geo": "",
            "iterations": [], "speed": "standard", "fallback_credit": .null,
        ]
    }

    static func += (left: inout Usage, right: Usage) {
        left.input += right.input
        left.output += right.output
    }
}
