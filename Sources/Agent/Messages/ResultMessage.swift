package import NIOCore

/// The end of a turn.
package struct ResultMessage: Sendable, Equatable {
    /// Whether the turn failed; `subtype` does not say (an API error is a `success`).
    package var isError: Bool
    package var subtype: String
    /// `completed`, `aborted_streaming`, `max_turns`, `budget_exhausted`, `api_error`, …; absent after slash commands.
    package var terminalReason: String?
    /// The last text of the turn, or the text of an API error.
    package var result: String?
    package var numTurns: Int
    package var durationMS: Int
    package var durationAPIMS: Int
    /// A running total of the process, carried over a resume.
    package var totalCostUSD: Double
    /// The cost since the last result, if the CLI said; this is what adds up.
    package var costUSD: Double?
    /// Tokens since the last result, if the CLI said, else those of `usage`, which an interrupt leaves at zero.
    package var inputTokens: Int
    package var outputTokens: Int
    package var cacheReadTokens: Int
    package var cacheCreationTokens: Int
    /// What each model took since the last result, by name; empty if the CLI did not say.
    package var models: [ModelUsage]
    /// The prompts this turn answered.
    package var userMessageUUIDs: [String]
    /// `peer`, `task-notification`, …: the turn was not started by the host.
    package var originKind: String?
    package var apiErrorStatus: Int?
    /// All error texts, those not meant for people included.
    package var errors: [String]
    package var sessionID: String

    /// The error texts that people may see.
    package var visibleErrors: [String] { self.errors.filter { !$0.hasPrefix("[ede_diagnostic]") } }

    /// Reads a `result` line; throws `malformed_message` if it is none.
    package init(_ line: ByteBuffer) throws(AgentError) {
        guard let object = JSONObject(line), object.string("type") == "result", let isError = object.bool("is_error")
        else { throw AgentError(.malformedMessage, "not a result") }
        self.isError = isError
        self.subtype = object.string("subtype") ?? ""
        self.terminalReason = object.string("terminal_reason")
        self.result = object.string("result")
        self.numTurns = object.int("num_turns") ?? 0
        self.durationMS = object.int("duration_ms") ?? 0
        self.durationAPIMS = object.int("duration_api_ms") ?? 0
        self.totalCostUSD = object.double("total_cost_usd") ?? 0
        self.userMessageUUIDs =
            object.strings("user_message_uuids") ?? object.string("user_message_uuid").map { [$0] } ?? []
        self.originKind = object.object("origin")?.string("kind")
        self.apiErrorStatus = object.int("api_error_status")
        self.errors = object.strings("errors") ?? []
        self.sessionID = object.string("session_id") ?? ""
        let models = object.object("model_usage_since_last_result")?.members
            .compactMap { ModelUsage($0.key, $0.value) }
        self.models = models?.sorted { $0.model < $1.model } ?? []
        if let models {
            // Wraps rather than traps: these are the child's numbers.
            func sum(_ tokens: (ModelUsage) -> Int) -> Int { models.reduce(0) { $0 &+ tokens($1) } }
            self.costUSD = models.reduce(0) { $0 + $1.costUSD }
            self.inputTokens = sum(\.inputTokens)
            self.outputTokens = sum(\.outputTokens)
            self.cacheReadTokens = sum(\.cacheReadTokens)
            self.cacheCreationTokens = sum(\.cacheCreationTokens)
        } else {
            let usage = object.object("usage")
            self.costUSD = nil
            self.inputTokens = usage?.int("input_tokens") ?? 0
            self.outputTokens = usage?.int("output_tokens") ?? 0
            self.cacheReadTokens = usage?.int("cache_read_input_tokens") ?? 0
            self.cacheCreationTokens = usage?.int("cache_creation_input_tokens") ?? 0
        }
    }
}
