import Actors
import Agent
import Foundation
import NIOCore
import Storage

/// What a stream says about itself: never in history, never with an id (API.md, Events).
struct StreamFrame: Sendable {
    /// All there are.
    enum Kind: String, CaseIterable {
        case hello = "stream.hello"
        case gap = "stream.gap"
        case snapshot = "stream.snapshot"
        case synced = "stream.synced"
        case heartbeat = "stream.heartbeat"
        case lagging = "stream.lagging"
        case bye = "stream.bye"
    }

    let type: String
    let envelope: ByteBuffer

    private init(_ kind: Kind, session: String?, data: ByteBuffer) {
        self.type = kind.rawValue
        self.envelope = Envelope.frame(kind.rawValue, session: session, data: data)
    }

    static func hello(_ point: ResumePoint, session: String, heartbeat: Duration) -> StreamFrame {
        let data = Hello(
            session: session,
            head: point.head.description,
            resume: point.kind.name,
            heartbeatMs: Int(heartbeat / .milliseconds(1)),
            serverTime: Timestamp.now()
        )
        return StreamFrame(.hello, session: session, data: EventData.encode(data))
    }

    /// What could not be replayed: everything from the cursor to the snapshot's moment.
    static func gap(from cursor: String, to head: EventID, reason: ResumePoint.GapReason, session: String) -> Self {
        let data = Gap(from: cursor, to: head.description, reason: reason.rawValue)
        return StreamFrame(.gap, session: session, data: EventData.encode(data))
    }

    static func snapshot(_ data: ByteBuffer, session: String) -> StreamFrame {
        StreamFrame(.snapshot, session: session, data: data)
    }

    static func synced(_ cursor: EventID, session: String) -> StreamFrame {
        StreamFrame(.synced, session: session, data: EventData.encode(Cursor(cursor: cursor.description)))
    }

    static func heartbeat(head: EventID, session: String) -> StreamFrame {
        StreamFrame(.heartbeat, session: session, data: EventData.encode(Head(head: head.description)))
    }

    /// A client that takes too little will be let go if that goes on.
    ///
    /// - Parameters:
    ///   - bytes: of events that it has still to get.
    ///   - session: whose stream it is.
    /// - Returns: the frame.
    static func lagging(behind bytes: UInt64, session: String) -> StreamFrame {
        StreamFrame(.lagging, session: session, data: EventData.encode(Lag(behind: bytes)))
    }

    static func bye(_ code: StreamEnd, retry: Duration?, cursor: EventID?, session: String?) -> StreamFrame {
        let data = Bye(
            code: code.rawValue,
            reason: code.reason,
            retryMs: retry.map { Int($0 / .milliseconds(1)) },
            cursor: cursor?.description
        )
        return StreamFrame(.bye, session: session, data: EventData.encode(data))
    }

    private struct Hello: Encodable {
        let session: String
        let head: String
        let resume: String
        let heartbeatMs: Int
        let serverTime: String
    }

    private struct Gap: Encodable {
        let from: String
        let to: String
        let reason: String
    }

    private struct Cursor: Encodable {
        let cursor: String
    }

    private struct Head: Encodable {
        let head: String
    }

    private struct Lag: Encodable {
        let behind: UInt64
    }

    private struct Bye: Encodable {
        let code: UInt16
        let reason: String
        let retryMs: Int?
        let cursor: String?
    }
}

/// Why a stream ends; the numbers are WebSocket close codes, retryable below 4500 (API.md, WebSocket).
enum StreamEnd: UInt16, Sendable, CaseIterable {
    case normal = 1000
    case protocolError = 1002
    case unsupportedData = 1003
    case invalidText = 1007
    case tooBig = 1009
    case tokenExpired = 4001
    case tooSlow = 4008
    case drain = 4009
    case noPong = 4012
    case rate = 4013
    case badToken = 4500
    case badRequest = 4501
    case forbidden = 4503
    case sessionGone = 4504
    case tooManyViewers = 4505

    var reason: String {
        switch self {
        case .normal: "bye"
        case .protocolError: "protocol error"
        case .unsupportedData: "text only"
        case .invalidText: "not UTF-8"
        case .tooBig: "message too big"
        case .tokenExpired: "the key or ticket has expired"
        case .tooSlow: "too slow"
        case .drain: "server is shutting down"
        case .noPong: "no pong"
        case .rate: "too many commands"
        case .badToken: "no key, or one that opens nothing"
        case .badRequest: "bad request"
        case .forbidden: "the key may not do this"
        case .sessionGone: "session ended"
        case .tooManyViewers: "too many viewers"
        }
    }

    var isRetryable: Bool { (4000..<4500).contains(self.rawValue) }
}
