import Actors
import Agent
import NIOCore
import Storage

/// What came of a query, as `response` and `summary` have it: a text, or an object that says why there is none.
struct CodingAgentsAnswer {
    /// Events whose data is a message of the agent SDK, as the original hands them on.
    static let messageTypes = [
        "agent.system.init", "agent.system.compact_boundary", "agent.user", "agent.assistant", "agent.result",
    ]

    /// JSON.
    let response: ByteBuffer
    /// Claude's own session id.
    let conversation: String?

    /// - Parameters:
    ///   - reply: what was learned of the prompt.
    ///   - timeout: milliseconds after which it was stopped for taking too long, if it was.
    ///   - known: Claude's session id where the reply has none.
    init(_ reply: TurnReply, timeout: Int?, conversation known: String?) {
        self.conversation = reply.conversation ?? known
        let failure: String
        switch reply.outcome {
        case .completed, .failed, .budget:
            self.response = JSONText.quoted(Self.text(reply))
            return
        case .interrupted:
            failure = timeout.map { "Query timed out after \($0)ms" } ?? "Query cancelled by user"
        case .killed:
            failure = "Query failed: \(reply.said ?? "the agent's process ended before it had answered")"
        case nil:
            failure = "Query failed: \(reply.cut == .drain ? "the server shuts down" : "the session has ended")"
        }
        var object = JSONMembers()
        object.put("error", failure)
        if let conversation { object.put("session_id", conversation) } else { object.putNull("session_id") }
        self.response = object.bytes
    }

    /// The result's text; without one the last that was said.
    private static func text(_ reply: TurnReply) -> String {
        [reply.result?.result, reply.texts.last].compactMap(\.self).first { !$0.isEmpty } ?? "Query completed"
    }

    /// Whether an event's data is a message of the SDK: the echoes of prompts are not.
    static func isMessage(_ type: String, _ data: JSONObject) -> Bool {
        Self.messageTypes.contains(type) && !Self.isEcho(data)
    }

    /// Whether it is a prompt that the CLI repeats when it takes it up.
    static func isEcho(_ data: JSONObject) -> Bool {
        data.bool("isReplay") == true
    }
}
