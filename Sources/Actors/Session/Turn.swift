/// One piece of the agent's work, from a prompt (or from itself) to its result.
package struct Turn: Sendable, Equatable {
    /// What made the agent work.
    package enum Origin: String, Sendable, Codable {
        /// A client's message.
        case message
        /// A background task that finished, or another self-started turn of the CLI (PROTOCOL §15).
        case task
        /// A message from another session of the same user (PROTOCOL §17).
        case peer
    }

    /// Why it was stopped, if it was.
    package enum StopReason: String, Sendable, Codable {
        /// Somebody interrupted it.
        case asked
        /// A message came that could not wait.
        case superseded
        /// A person refused a tool and said stop.
        case denied
        /// Nothing was heard of it for too long.
        case stalled
    }

    /// The public id, `t_…`.
    package let id: String
    package let origin: Origin
    /// The prompt it answers; `nil` for a turn that started by itself.
    package let prompt: Prompt?
    package let startedAt: ContinuousClock.Instant
    package internal(set) var stopReason: StopReason?

    package init(id: String, origin: Origin, prompt: Prompt?, startedAt: ContinuousClock.Instant) {
        self.id = id
        self.origin = origin
        self.prompt = prompt
        self.startedAt = startedAt
    }
}

/// How a turn ended.
///
/// Exactly one for each turn.
package enum TurnOutcome: String, Sendable, Codable, CaseIterable {
    case completed
    case interrupted
    case failed
    case budget
    /// The process died before it wrote a result.
    case killed
}

/// What the session needs of the CLI's `result` line (PROTOCOL §6.5).
package struct TurnResult: Sendable, Equatable {
    package struct Usage: Sendable, Equatable, Codable {
        package var inputTokens = 0
        package var outputTokens = 0
        package var cacheReadInputTokens = 0
        package var cacheCreationInputTokens = 0

        package init() {}
    }

    /// One model's part of a turn.
    package struct ModelShare: Sendable, Equatable {
        package var model: String
        package var usage: Usage
        package var costUSD: Double
        /// How many tokens its context may have, if the CLI said.
        package var contextWindow: Int?
    }

    package var isError = false
    package var terminalReason: String?
    /// UUIDs of the prompts it answers.
    package var promptUUIDs: [String] = []
    /// What each model was used for, and its cost.
    package var models: [ModelShare] = []
    /// Who started the turn, when it was not the host.
    package var origin: Turn.Origin?
    /// The answer's text, or what a person may be told of the failure.
    package var text: String?
    /// This turn's share in USD: the CLI's own totals accumulate.
    package var costUSD = 0.0
    package var usage = Usage()
    package var turns = 0

    package init() {}

    /// The size of the context of the model that the session uses; where that is called otherwise here, of the model
    /// that read most.
    func contextWindow(of model: String?) -> Int? {
        let share = self.models.first { $0.model == model } ?? self.models.max { Self.read($0) < Self.read($1) }
        return share?.contextWindow
    }

    private static func read(_ share: ModelShare) -> Int {
        share.usage.inputTokens + share.usage.cacheReadInputTokens + share.usage.cacheCreationInputTokens
    }

    /// `is_error`, not `subtype`, says whether a turn failed; interrupts have their own reasons (PROTOCOL §6.5).
    package var outcome: TurnOutcome {
        switch self.terminalReason {
        case "aborted_streaming", "aborted_tools": .interrupted
        case "budget_exhausted": .budget
        default: self.isError ? .failed : .completed
        }
    }
}
