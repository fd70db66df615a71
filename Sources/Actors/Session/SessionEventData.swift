// The data of the events a session writes itself; API.md lists them.

struct StateData: Encodable {
    let state: SessionState
    let failure: String?
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
}

struct TurnStarted: Encodable {
    let id: String
    let origin: Turn.Origin
    let messageId: String?
}

struct TurnEnded: Encodable {
    let id: String
    let origin: Turn.Origin
    let messageId: String?
    let outcome: TurnOutcome
    let result: String?
    let usage: TurnResult.Usage?
    let costUsd: Double?
    let durationMs: Int
}

struct SessionEnded: Encodable {
    let reason: EndReason
}
