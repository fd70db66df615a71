import Actors
import Agent
import NIOCore

/// What came of one task.
struct ClinvokerResult: Sendable {
    /// Of a task that was not begun since another had failed.
    static let canceledCode = -1

    let backend: String
    var exitCode = 0
    var sessionID: String?
    var duration: Duration = .zero
    var output: String?
    var error: String?
    var usage: TurnResult.Usage?

    init(backend: String) {
        self.backend = backend
    }

    /// One that came to nothing.
    init(backend: String, error: String, exitCode: Int = 1) {
        self.backend = backend
        self.exitCode = exitCode
        self.error = error
    }

    /// The answer of a session.
    init(backend: String, _ reply: TurnReply) {
        self.backend = backend
        let answer = reply.answer
        if reply.isCompleted {
            self.output = answer
        } else {
            self.exitCode = Self.exitCode(reply.outcome)
            self.error = Self.error(reply)
            self.output = reply.texts.joined()
        }
        if reply.result != nil { self.usage = reply.usage }
    }

    var isSuccess: Bool { self.exitCode == 0 }
    var durationMS: Int { Int(self.duration / .milliseconds(1)) }

    /// The object that `prompt` and `parallel` answer with.
    var json: ByteBuffer {
        var object = JSONObjectWriter()
        object.add("session_id", self.sessionID)
        object.add("backend", self.backend)
        object.add("exit_code", self.exitCode)
        object.add("duration_ms", self.durationMS)
        object.add("output", self.output.flatMap { $0.isEmpty ? nil : $0 })
        object.add("error", self.error)
        object.add("token_usage", raw: self.usage.map(Self.json))
        return object.json
    }

    /// `{input_tokens, output_tokens, cached_tokens?}`.
    static func json(_ usage: TurnResult.Usage) -> ByteBuffer {
        var object = JSONObjectWriter()
        object.add("input_tokens", usage.inputTokens)
        object.add("output_tokens", usage.outputTokens)
        object.add("cached_tokens", usage.cacheReadInputTokens > 0 ? usage.cacheReadInputTokens : nil)
        return object.json
    }

    /// As a shell would have it: 130 for what was interrupted, 137 for what was killed.
    static func exitCode(_ outcome: TurnOutcome?) -> Int {
        switch outcome {
        case .completed: 0
        case .failed, .budget: 1
        case .interrupted: 130
        case .killed, nil: 137
        }
    }

    private static func error(_ reply: TurnReply) -> String {
        if let said = reply.said, !said.isEmpty { return said }
        return Self.reason(reply.outcome)
    }

    /// What is said where nothing else is.
    static func reason(_ outcome: TurnOutcome?) -> String {
        switch outcome {
        case .completed, .failed: "execution failed"
        case .budget: "the session's budget is spent"
        case .interrupted: "canceled"
        case .killed, nil: "the agent's process ended before it had answered"
        }
    }
}
