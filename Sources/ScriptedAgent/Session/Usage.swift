/// Tokens of one model, and what they cost.
struct Usage: Equatable {
    /// Billionths of a US dollar for a token read and a token written.
    private static let inputPrice = 4_000
    private static let outputPrice = 20_000

    var input: Int
    var output: Int
    /// What they cost, in billionths of a US dollar.
    private(set) var nanodollars: Int

    init(input: Int = 0, output: Int = 0) {
        self.input = input
        self.output = output
        self.nanodollars = input * Self.inputPrice + output * Self.outputPrice
    }

    /// What `record` kept.
    init(record: JSON) {
        self.init(input: record["inputTokens"]?.integer ?? 0, output: record["outputTokens"]?.integer ?? 0)
        self.nanodollars = record["nanodollars"]?.integer ?? self.nanodollars
    }

    /// In US dollars.
    var cost: Double { Double(self.nanodollars) / 1e9 }

    /// Adds to what the tokens cost; negative takes away.
    mutating func surcharge(nanodollars: Int) {
        self.nanodollars += nanodollars
    }

    /// What a session's file keeps.
    var record: JSON {
        [
            "inputTokens": JSON(self.input), "outputTokens": JSON(self.output),
            "nanodollars": JSON(self.nanodollars),
        ]
    }

    /// An entry of `modelUsage`.
    func modelLine(_ model: String) -> JSON {
        [
            "inputTokens": JSON(self.input), "outputTokens": JSON(self.output), "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0, "webSearchRequests": 0, "costUSD": JSON(self.cost),
            "contextWindow": JSON(Options.contextWindow(of: model)),
            "maxOutputTokens": Options.contextWindow(of: model) < 1_000_000 ? 32_000 : 128_000, "thinkingTokens": 0,
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
        left.nanodollars += right.nanodollars
    }
}
