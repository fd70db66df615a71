package import NIOCore

/// A prompt that somebody comes back for: its message, what became of it, and what it said in the end.
///
/// It has no queue of its own: it follows its message through the session's.
package struct Job: Sendable, Equatable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Its message waits, in the session's queue or for a process.
        case queued
        /// A turn works on it.
        case running
        case succeeded
        case failed
        /// Taken back, stopped, or handed back by somebody's interrupt.
        case cancelled

        /// Whether nothing more will happen to it.
        package var isFinal: Bool {
            switch self {
            case .queued, .running: false
            case .succeeded, .failed, .cancelled: true
            }
        }
    }

    /// Why it did not succeed.
    package enum Reason: String, Sendable, Codable {
        /// The agent ended the turn with an error.
        case turnFailed = "turn_failed"
        /// What the session may spend was spent.
        case budgetReached = "budget_reached"
        /// The agent, or the server, died in the middle: it may or may not have done something.
        case agentLost = "agent_lost"
        /// Nothing was heard of the agent for too long.
        case stalled
        /// Somebody stopped the turn.
        case interrupted
        /// Somebody took the message back before it was delivered.
        case takenBack = "taken_back"
        /// Somebody's interrupt handed back what waited.
        case handedBack = "handed_back"
        /// The session ended first.
        case sessionEnded = "session_ended"
    }

    /// A tool that its turn has called.
    package struct ToolUse: Sendable, Equatable, Codable {
        package let name: String
        /// JSON.
        package let input: String
    }

    /// Of the tools that its turn calls, those are kept whose inputs have no more bytes than this together.
    package static let maximumToolBytes = 64 << 10
    /// Content up to this size is kept with the job; more is in the session's events only.
    package static let maximumContentBytes = 64 << 10
    /// Of a longer result the beginning is kept; the whole is in `turn.ended`.
    package static let maximumResultBytes = 256 << 10

    /// `j_…`.
    package let id: String
    package let session: String
    /// The session's.
    package let owner: String?
    /// What the session is filed under: unlike its id, of all owners unique.
    let storageID: String
    package let messageID: String
    /// RFC 3339.
    package let createdAt: String
    /// Who is told of its end.
    package let hook: JobHook?
    /// JSON as in `Prompt`; `nil` when it was too much to keep.
    package internal(set) var content: ByteBuffer?
    package internal(set) var state: State = .queued
    package internal(set) var reason: Reason?
    /// The turn that works on it.
    package internal(set) var turn: String?
    package internal(set) var result: String?
    package internal(set) var isResultCut = false
    package internal(set) var usage: TurnResult.Usage?
    package internal(set) var costUSD: Double?
    package internal(set) var durationMS: Int?
    /// Claude's id of the conversation it was part of.
    package internal(set) var conversation: String?
    package internal(set) var tools: [ToolUse] = []
    /// Messages of the conversation in its turn, the agent's and the tools'.
    package internal(set) var messageCount = 0
    package internal(set) var startedAt: String?
    package internal(set) var endedAt: String?

    /// A job that waits.
    init(id: String, session: String, owner: String?, storageID: String, message: Prompt, hook: JobHook?) {
        self.id = id
        self.session = session
        self.owner = owner
        self.storageID = storageID
        self.messageID = message.id
        self.createdAt = message.createdAt
        self.hook = hook
        self.content = Self.kept(message.content)
    }

    /// Its session's place among all.
    package var address: SessionAddress { SessionAddress(owner: self.owner, id: self.session) }

    /// From its start to its end; `nil` for one that has not had both.
    var runningTime: Duration? {
        guard let startedAt, let endedAt else { return nil }
        return Timestamp.between(startedAt, endedAt)
    }

    /// Content as a job keeps it.
    static func kept(_ content: ByteBuffer) -> ByteBuffer? {
        content.readableBytes <= Self.maximumContentBytes ? content : nil
    }

    /// What it holds in memory, in bytes.
    var cost: Int {
        512 + (self.content?.readableBytes ?? 0) + (self.result?.utf8.count ?? 0) + self.toolBytes
    }

    var toolBytes: Int { self.tools.reduce(0) { $0 + $1.name.utf8.count + $1.input.utf8.count } }
}

/// Where a job's end is told, as its client wants it.
package struct JobHook: Sendable, Equatable, Codable {
    /// A `WebhookURL`.
    package let url: String
    /// What the call is signed with; empty for a call that is not.
    package let secret: String
    /// The key that asked for it; `nil` on a server without keys.
    package let owner: String?
    /// Whose words it is told in (`WebhookDesk.wordJobs`); `nil` for the event as it is.
    package let wording: String?

    package init(url: String, secret: String, owner: String? = nil, wording: String? = nil) {
        self.url = url
        self.secret = secret
        self.owner = owner
        self.wording = wording
    }
}
