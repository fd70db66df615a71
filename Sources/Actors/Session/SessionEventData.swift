// The data of the events a session writes itself; API.md lists them.

struct StateData: Encodable {
    let state: SessionState
    let waitingOn: WaitingOn?
    let failure: String?
    /// How long the start from hibernation took that made this state.
    let wakeMs: Int?
}

struct MessageData: Encodable {
    let messageId: String
    let position: Int?
}

struct ProcessStarted: Encodable {
    let pid: Int32
}

struct Stalled: Encodable {
    let reason: String
    var waitingOn: WaitingOn?
    var silentMs: Int?
}

struct TurnStarted: Encodable {
    let id: String
    let origin: Turn.Origin
    let messageId: String?
    let startedAt: String
}

struct TurnEnded: Encodable {
    let id: String
    let origin: Turn.Origin
    let messageId: String?
    /// `nil` for one that ended before it began.
    let startedAt: String?
    let outcome: TurnOutcome
    let stopReason: Turn.StopReason?
    let result: String?
    let usage: TurnResult.Usage?
    let costUsd: Double?
    let durationMs: Int
}

/// How many watch a session now.
struct ViewersChanged: Encodable {
    let viewers: Int
}

struct SessionEnded: Encodable {
    let reason: EndReason
}

struct SessionExpiring: Encodable {
    let expiresAt: String
}

/// What changed, with its new values.
struct SessionUpdated: Encodable, Equatable {
    var name: String?
    var cwd: String?
    var tags: [String]?
    var ttlMs: Int?
    var hibernateAfterMs: Int?
    var model: String?
    var permissionMode: String?
    var maxThinkingTokens: Int?
    var budget: SessionSummary.BudgetView?
    var claudeSessionId: String?
}

struct LimitHit: Encodable {
    let status: String?
    let resetsAt: String?
    let limit: String?
}

struct AuthFailed: Encodable {
    let message: String
}
