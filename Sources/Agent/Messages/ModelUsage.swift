import NIOCore

/// What one model took between two results.
package struct ModelUsage: Sendable, Equatable {
    package var model: String
    package var inputTokens: Int
    package var outputTokens: Int
    package var cacheReadTokens: Int
    package var cacheCreationTokens: Int
    package var costUSD: Double
    /// How many tokens the model's context may have.
    package var contextWindow: Int?

    /// Reads the entry of `model` in a result's usage, or returns nil if it is no object; what is not said is zero.
    init?(_ model: String, _ usage: ByteBuffer) {
        guard let object = JSONObject(usage) else { return nil }
        self.model = model
        self.inputTokens = object.int("inputTokens") ?? 0
        self.outputTokens = object.int("outputTokens") ?? 0
        self.cacheReadTokens = object.int("cacheReadInputTokens") ?? 0
        self.cacheCreationTokens = object.int("cacheCreationInputTokens") ?? 0
        self.contextWindow = object.int("contextWindow")
        self.costUSD = object.double("costUSD") ?? 0
    }
}
