import Agent
package import NIOCore

/// A question of the agent that a person answers: may this tool run, which of these, is this plan good.
///
/// It outlives the connection it was shown on: listed until it is answered, withdrawn or expired.
package struct Approval: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// May the tool run?
        case permission
        /// `AskUserQuestion`: `input.questions` wants `answers`.
        case question
        /// `ExitPlanMode`: the plan is ready to be carried out.
        case plan
    }

    package enum State: String, Sendable, CaseIterable {
        case pending
        case answered
        /// The agent no longer needs it.
        case withdrawn
        /// Nobody answered in time: denied.
        case expired
    }

    package enum Decision: String, Sendable, CaseIterable {
        case allow
        /// The agent is told so and goes on.
        case deny
        /// Its turn ends.
        case denyAndStop = "deny_and_stop"
    }

    /// The public id, `a_…`; it stays the same when the question is asked again after a restart.
    package let id: String
    package let session: String
    package var turn: String?
    package let kind: Kind
    package let tool: String
    /// A JSON object.
    package let input: ByteBuffer
    /// A JSON array of permission updates the CLI proposes, if it does.
    package let suggestions: ByteBuffer?
    package let title: String?
    package let description: String?
    /// Why the CLI asks.
    package let reason: String?
    /// The sub-agent that asks.
    package let agentID: String?
    package let createdAt: String
    package let expiresAt: String?
    package internal(set) var state: State = .pending
    package internal(set) var decision: Decision?
    /// Who answered, or `deadline`.
    package internal(set) var by: String?
    package internal(set) var answeredAt: String?
    /// What the agent is told with a refusal.
    package internal(set) var message: String?
    /// What runs in place of `input`, or the input with the answers to a question.
    package internal(set) var updatedInput: ByteBuffer?
    /// Whether the CLI's suggestions hold for the rest of the session.
    package internal(set) var isRemembered = false

    /// What the CLI asks, as an object of ours.
    ///
    /// - Parameters:
    ///   - ask: the request.
    ///   - id: the public id.
    ///   - session: the session's.
    ///   - turn: the open turn's.
    ///   - createdAt: RFC 3339.
    ///   - expiresAt: RFC 3339, `nil` for never.
    init(
        _ ask: ControlRequest.ToolUse,
        id: String,
        session: String,
        turn: String?,
        createdAt: String,
        expiresAt: String?
    ) {
        self.id = id
        self.session = session
        self.turn = turn
        self.kind =
            switch ask.toolName {
            case "AskUserQuestion": .question
            case "ExitPlanMode": .plan
            default: .permission
            }
        self.tool = ask.toolName
        self.input = ask.input
        self.suggestions = ask.suggestions
        self.title = ask.title ?? ask.displayName
        self.description = ask.description
        self.reason = ask.decisionReason
        self.agentID = ask.agentID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Whether the agent asks the same again.
    func isSame(as other: Approval) -> Bool {
        self.tool == other.tool && self.input == other.input && self.agentID == other.agentID
    }
}
