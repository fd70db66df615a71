import Actors
import Agent
import Foundation
import NIOCore
import Storage

/// A session as this surface shows it.
struct CodingAgentsSession {
    private let summary: SessionSummary
    private let options: SessionOptions
    /// `active`, `expired` or `ended`.
    let status: String

    /// - Parameter session: any surface's, one that has ended included.
    init(_ session: Session) async {
        self.init(await session.details(), session.log)
    }

    /// - Parameters:
    ///   - details: the session's.
    ///   - log: says why it has ended, if it has.
    init(_ details: SessionDetails, _ log: EventLog) {
        self.summary = details.summary
        self.options = details.options
        self.status = Self.status(details.summary, log)
    }

    /// What `POST /sessions` answers.
    var created: ByteBuffer {
        var item = self.head
        item.put("expiresAt", Timestamp.later(self.summary.createdAt, by: self.life) ?? self.expiresAt)
        return item.bytes
    }

    /// An item of the list.
    var item: ByteBuffer {
        var item = self.head
        item.put("expiresAt", self.expiresAt)
        item.put("metadata", raw: self.metadata)
        return item.bytes
    }

    /// What `GET /sessions/{id}` answers.
    var whole: ByteBuffer {
        var item = self.head
        item.put("expiresAt", self.expiresAt)
        item.put("lastActivity", self.summary.lastActivityAt)
        item.put("messageCount", self.summary.usage.turns)
        item.put("config", self.config)
        item.put("metadata", raw: self.metadata)
        return item.bytes
    }

    /// When it ends if nobody uses it; from its last use while something keeps it.
    var expiresAt: String {
        self.summary.expiresAt ?? Timestamp.later(self.summary.lastActivityAt, by: self.life)
            ?? self.summary.lastActivityAt
    }

    /// `{cwd, permissionMode, maxTurns}`.
    var config: JSONMembers {
        var config = JSONMembers()
        config.put("cwd", self.summary.cwd)
        config.put("permissionMode", self.summary.permissionMode ?? self.options.permissionMode ?? "default")
        config.put("maxTurns", self.options.maximumTurns)
        return config
    }

    /// What its maker keeps with it.
    var metadata: ByteBuffer {
        let kept = self.options.notes?["metadata"].map { ByteBuffer(string: $0) }
        return kept.flatMap { JSONObject($0)?.bytes } ?? ByteBuffer(string: "{}")
    }

    private var head: JSONMembers {
        var item = JSONMembers()
        item.put("sessionId", self.summary.id)
        item.put("model", self.options.model)
        item.put("status", self.status)
        item.put("createdAt", self.summary.createdAt)
        return item
    }

    private var life: Duration { self.options.timeToLive ?? CodingAgentsCreate.timeToLive }

    private static func status(_ summary: SessionSummary, _ log: EventLog) -> String {
        guard summary.state == .ended else { return "active" }
        let end = log.newest(1) { $0.type == "session.ended" }.first
        let reason = end.flatMap { JSONObject($0.envelope)?.object("data")?.string("reason") }
        return reason == EndReason.expired.rawValue ? "expired" : "ended"
    }
}
