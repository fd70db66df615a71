import Actors
import Agent
import HTTPTypes
import NIOCore

/// What came of a run, in the words of OpenAI's APIs.
enum OpenAIOutcome: Equatable {
    /// It said what it had to say.
    case stop
    /// It was cut off: by a limit of the model's, of turns, or by a person.
    case length
    case filtered
    /// Somebody stopped it.
    case interrupted
    /// It did not do what it was asked.
    case failed(Problem)

    /// - Parameters:
    ///   - reply: what came of the prompt.
    ///   - model: as the client names it.
    ///   - wantsSchema: whether the answer must have a shape.
    init(_ reply: TurnReply, model: String, wantsSchema: Bool) {
        if let cut = reply.cut {
            self = .failed(Self.problem(cut))
            return
        }
        let isLimited = reply.result?.terminalReason == "max_turns" || reply.stopReason == "max_tokens"
        switch reply.outcome {
        case .completed where reply.stopReason == "refusal": self = .filtered
        case .completed where wantsSchema && reply.structuredOutput == nil:
            self = .failed(Self.run("The agent did not answer in the shape that was asked for."))
        case .completed: self = isLimited ? .length : .stop
        case .interrupted: self = .interrupted
        case .budget:
            let detail = "The budget of this session or key is spent."
            self = .failed(Problem(.tooManyRequests, "insufficient_quota", detail))
        case .failed where isLimited && !reply.spoken.isEmpty: self = .length
        case .failed: self = .failed(Self.problem(reply, model: model))
        case .killed, nil: self = .failed(Self.run("The agent's process ended before it answered."))
        }
    }

    /// What the API of the models refused, as far as the client can do something about it.
    private static func problem(_ reply: TurnReply, model: String) -> Problem {
        let said = reply.said ?? "The agent failed."
        switch reply.result?.apiErrorStatus {
        case 400, 413:
            let isLong = said.lowercased().contains("too long")
            return Problem(.badRequest, isLong ? "context_length_exceeded" : "invalid_prompt", said)
        case 404: return OpenAIModels.notFound(model)
        case 429:
            var problem = Problem(.tooManyRequests, "rate_limit_exceeded", said)
            problem.retryAfter = .seconds(5)
            return problem
        case 529:
            var problem = Problem(.serviceUnavailable, "overloaded", said)
            problem.retryAfter = .seconds(5)
            return problem
        default: return Self.run(said)
        }
    }

    private static func problem(_ cut: TurnWait.Cut) -> Problem {
        switch cut {
        case .drain: Problem(SessionError(.draining, "The server is shutting down.", retryAfter: .seconds(5)))
        case .late: Problem(.gatewayTimeout, "timeout", "The agent did not answer in time.")
        case .left, .over: Self.run("The session ended before the agent answered.")
        }
    }

    private static func run(_ detail: String) -> Problem {
        Problem(.internalServerError, OpenAIErrors.runFailed, detail)
    }

    /// A chat's `finish_reason`; `nil` for a run that failed.
    var finishReason: String? {
        switch self {
        case .stop: "stop"
        case .length, .interrupted: "length"
        case .filtered: "content_filter"
        case .failed: nil
        }
    }
}

extension TurnReply {
    /// What was said, blocks of text apart from one another; or, where a shape was asked for, the answer in it.
    func spoken(inSchema: Bool) -> String {
        if inSchema { return self.structuredOutput.map { String(buffer: $0) } ?? "" }
        return self.spoken.joined(separator: OpenAIOutcome.separator)
    }

    /// What was said, block by block, without words about errors.
    var spoken: [String] {
        self.blocks.compactMap { if case .text(let text) = $0, !text.isEmpty { text } else { nil } }
    }

    /// The same as a client has it that gave stop sequences.
    func spoken(inSchema: Bool, until stops: [String]) -> (text: String, isCut: Bool) {
        var sequences = StopSequences(stops)
        let shown = sequences.pass(self.spoken(inSchema: inSchema))
        return (shown + sequences.flush(), sequences.met != nil)
    }
}

extension OpenAIOutcome {
    /// What stands between two blocks of text.
    static let separator = "\n\n"
}

extension TurnResult.Usage {
    /// All tokens that went in, those of the cache too.
    private var prompt: Int { self.inputTokens + self.cacheReadInputTokens + self.cacheCreationInputTokens }

    /// `usage` of a chat.
    var chat: DocumentNode {
        .of([
            "prompt_tokens": .number("\(self.prompt)"), "completion_tokens": .number("\(self.outputTokens)"),
            "total_tokens": .number("\(self.prompt + self.outputTokens)"),
            "prompt_tokens_details": .of(["cached_tokens": .number("\(self.cacheReadInputTokens)")]),
        ])
    }

    /// `usage` of a response.
    var response: DocumentNode {
        .of([
            "input_tokens": .number("\(self.prompt)"),
            "input_tokens_details": .of([
                "cached_tokens": .number("\(self.cacheReadInputTokens)"),
                "cache_write_tokens": .number("\(self.cacheCreationInputTokens)"),
            ]),
            "output_tokens": .number("\(self.outputTokens)"),
            "output_tokens_details": .of(["reasoning_tokens": .number("0")]),
            "total_tokens": .number("\(self.prompt + self.outputTokens)"),
        ])
    }

    /// The sum of several runs.
    static func sum(_ usages: [Self]) -> Self {
        usages.reduce(into: Self()) { sum, next in
            sum.inputTokens += next.inputTokens
            sum.outputTokens += next.outputTokens
            sum.cacheReadInputTokens += next.cacheReadInputTokens
            sum.cacheCreationInputTokens += next.cacheCreationInputTokens
        }
    }
}
