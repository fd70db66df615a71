import Actors
import Agent
import HTTPTypes
import NIOCore

/// What came of a chat, as claude-code-api tells it: the six fields of its answer, or why there is none.
struct CodeAPIReply: Sendable {
    /// Claude's id of the conversation.
    let conversation: String?
    let content: String
    let cost: Double
    let durationMS: Int
    let messageCount: Int
    let tools: [(name: String, input: ByteBuffer)]

    init(_ reply: TurnReply, conversation: String?) {
        self.conversation = reply.conversation ?? conversation
        self.tools = reply.tools.map { ($0.name, $0.input) }
        self.content = Self.content(reply.answer, tools: reply.tools.map(\.name))
        self.cost = reply.costUSD
        self.durationMS = reply.durationMS
        self.messageCount = reply.messageCount
    }

    /// Of a job that has succeeded; `nil` for any other.
    init?(_ job: Job) {
        guard job.state == .succeeded else { return nil }
        self.conversation = job.conversation
        self.tools = job.tools.map { ($0.name, ByteBuffer(string: $0.input)) }
        self.content = Self.content(job.result ?? "", tools: job.tools.map(\.name))
        self.cost = job.costUSD ?? 0
        self.durationMS = job.durationMS ?? 0
        self.messageCount = job.messageCount
    }

    /// `session_id`, `content`, `cost`, `duration_ms`, `num_turns`, `tools_used`.
    var json: ByteBuffer {
        var object = JSONMembers()
        object.put("session_id", self.conversation ?? "")
        object.put("content", self.content)
        object.put("cost", self.cost)
        object.put("duration_ms", self.durationMS)
        object.put("num_turns", self.messageCount)
        object.put("tools_used", array: self.tools.map { Self.tool($0.name, $0.input) })
        return object.bytes
    }

    /// `{"name","input"}`.
    static func tool(_ name: String, _ input: ByteBuffer) -> ByteBuffer {
        var object = JSONMembers()
        object.put("name", name)
        object.put("input", raw: input)
        return object.bytes
    }

    /// The answer, or what the agent did if it has said nothing.
    static func content(_ answer: String, tools: [String]) -> String {
        guard answer.isEmpty, !tools.isEmpty else { return answer }
        return "Task completed. Tools used: \(tools.joined(separator: ", "))"
    }

    /// Why a chat has no answer; `nil` when it has one.
    static func failure(_ reply: TurnReply) -> Problem? {
        switch reply.cut {
        case .late: return Problem(.gatewayTimeout, "claude_timeout", "Claude timed out")
        case .drain:
            var problem = Problem(.serviceUnavailable, "draining", "The server is shutting down")
            problem.retryAfter = .seconds(5)
            return problem
        case .left, .over: return Self.failed("the session has ended")
        case nil: break
        }
        switch reply.outcome {
        case .completed: return nil
        // What it has done until then counts, as in the original.
        case .failed where reply.result?.terminalReason == "max_turns": return nil
        case .failed:
            let said = reply.said ?? reply.result?.visibleErrors.first
            return Self.failed(said ?? "the agent ended with an error")
        case .budget: return Self.failed("the budget of the request is spent")
        case .interrupted: return Self.failed("the request was interrupted")
        case .killed, nil: return Self.failed("the agent was lost")
        }
    }

    private static func failed(_ reason: String) -> Problem {
        Problem(.badGateway, "claude_error", "Claude SDK error: \(reason)")
    }
}
