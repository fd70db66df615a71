import Agent
import Foundation
package import NIOCore
import Storage

/// A job as clients see it, and as the store keeps it.
extension Job {
    /// What of it is written by an encoder; `content` is JSON already.
    private struct View: Encodable {
        struct Failure: Encodable {
            let code: Reason
            let detail: String
        }

        let id: String
        let session: String
        let owner: String?
        let messageId: String
        let state: State
        let turn: String?
        let result: String?
        let resultTruncated: Bool?
        let error: Failure?
        let usage: TurnResult.Usage?
        let costUsd: Double?
        let durationMs: Int?
        let webhookUrl: String?
        let createdAt: String
        let startedAt: String?
        let endedAt: String?
    }

    /// JSON, without its hook's secret.
    package var json: ByteBuffer {
        var buffer = self.summary
        guard let content else { return buffer }
        buffer.moveWriterIndex(to: buffer.writerIndex - 1)
        buffer.writeString(",\"content\":")
        buffer.writeImmutableBuffer(content)
        buffer.writeString("}")
        return buffer
    }

    /// The same without what was asked: the data of `job.*` events, since `message.accepted` has that.
    package var summary: ByteBuffer {
        EventData.encode(
            View(
                id: self.id,
                session: self.session,
                owner: self.owner,
                messageId: self.messageID,
                state: self.state,
                turn: self.turn,
                result: self.result,
                resultTruncated: self.isResultCut ? true : nil,
                error: self.reason.map { View.Failure(code: $0, detail: $0.detail) },
                usage: self.usage,
                costUsd: self.costUSD,
                durationMs: self.durationMS,
                webhookUrl: self.hook?.url,
                createdAt: self.createdAt,
                startedAt: self.startedAt,
                endedAt: self.endedAt
            )
        )
    }

    /// The same with no more than the beginning of its result: one of a list.
    package var excerpt: ByteBuffer {
        guard let result, result.utf8.count > Self.maximumExcerptBytes else { return self.summary }
        var excerpt = self
        excerpt.result = String(decoding: result.utf8.prefix(Self.maximumExcerptBytes), as: UTF8.self)
        excerpt.isResultCut = true
        return excerpt.summary
    }

    private static let maximumExcerptBytes = 4 << 10

    /// The event that tells its state.
    var event: EventDraft {
        let type =
            switch self.state {
            case .queued: "job.queued"
            case .running: "job.started"
            case .succeeded, .failed, .cancelled: "job.ended"
            }
        return EventDraft(type, turn: self.turn, data: self.summary)
    }
}

extension Job.Reason {
    /// For people.
    package var detail: String {
        switch self {
        case .turnFailed: "The agent ended the turn with an error."
        case .budgetReached: "The session has spent its budget."
        case .agentLost:
            "The agent was lost in the middle of it: it may have been done in part, and it is not sent again by itself."
        case .stalled: "Nothing was heard of the agent for too long."
        case .interrupted: "Its turn was stopped."
        case .takenBack: "It was taken back before the agent had it."
        case .handedBack: "An interrupt of the session handed back what waited."
        case .sessionEnded: "The session ended first."
        }
    }
}

extension Job: Codable {
    private enum Key: String, CodingKey {
        case id, session, owner, storageID, messageID, createdAt, hook, content, state, reason, turn, result,
            isResultCut, usage, costUSD, conversation, tools, messageCount,
            durationMS, startedAt, endedAt
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.id = try values.decode(String.self, forKey: .id)
        self.session = try values.decode(String.self, forKey: .session)
        self.owner = try values.decodeIfPresent(String.self, forKey: .owner)
        self.storageID = try values.decode(String.self, forKey: .storageID)
        self.messageID = try values.decode(String.self, forKey: .messageID)
        self.createdAt = try values.decode(String.self, forKey: .createdAt)
        self.hook = try values.decodeIfPresent(JobHook.self, forKey: .hook)
        self.content = try values.decodeIfPresent(String.self, forKey: .content).map { ByteBuffer(string: $0) }
        self.state = try values.decode(State.self, forKey: .state)
        self.reason = try values.decodeIfPresent(Reason.self, forKey: .reason)
        self.turn = try values.decodeIfPresent(String.self, forKey: .turn)
        self.result = try values.decodeIfPresent(String.self, forKey: .result)
        self.isResultCut = try values.decodeIfPresent(Bool.self, forKey: .isResultCut) ?? false
        self.usage = try values.decodeIfPresent(TurnResult.Usage.self, forKey: .usage)
        self.costUSD = try values.decodeIfPresent(Double.self, forKey: .costUSD)
        self.durationMS = try values.decodeIfPresent(Int.self, forKey: .durationMS)
        self.conversation = try values.decodeIfPresent(String.self, forKey: .conversation)
        self.tools = try values.decodeIfPresent([ToolUse].self, forKey: .tools) ?? []
        self.messageCount = try values.decodeIfPresent(Int.self, forKey: .messageCount) ?? 0
        self.startedAt = try values.decodeIfPresent(String.self, forKey: .startedAt)
        self.endedAt = try values.decodeIfPresent(String.self, forKey: .endedAt)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(self.id, forKey: .id)
        try values.encode(self.session, forKey: .session)
        try values.encodeIfPresent(self.owner, forKey: .owner)
        try values.encode(self.storageID, forKey: .storageID)
        try values.encode(self.messageID, forKey: .messageID)
        try values.encode(self.createdAt, forKey: .createdAt)
        try values.encodeIfPresent(self.hook, forKey: .hook)
        try values.encodeIfPresent(self.content.map { String(buffer: $0) }, forKey: .content)
        try values.encode(self.state, forKey: .state)
        try values.encodeIfPresent(self.reason, forKey: .reason)
        try values.encodeIfPresent(self.turn, forKey: .turn)
        try values.encodeIfPresent(self.result, forKey: .result)
        if self.isResultCut { try values.encode(true, forKey: .isResultCut) }
        try values.encodeIfPresent(self.usage, forKey: .usage)
        try values.encodeIfPresent(self.costUSD, forKey: .costUSD)
        try values.encodeIfPresent(self.durationMS, forKey: .durationMS)
        try values.encodeIfPresent(self.conversation, forKey: .conversation)
        if !self.tools.isEmpty { try values.encode(self.tools, forKey: .tools) }
        if self.messageCount > 0 { try values.encode(self.messageCount, forKey: .messageCount) }
        try values.encodeIfPresent(self.startedAt, forKey: .startedAt)
        try values.encodeIfPresent(self.endedAt, forKey: .endedAt)
    }

    /// As the store keeps it.
    var stored: StoredItem {
        // Nothing in it can fail to be written: numbers come from JSON.
        let body = (try? JSONEncoder().encode(self)) ?? Data()
        return StoredItem(id: self.id, isOpen: !self.state.isFinal, body: ByteBuffer(bytes: body))
    }

    /// Reads what `stored` wrote; `nil` for anything else.
    init?(stored: StoredItem) {
        guard let job = try? JSONDecoder().decode(Job.self, from: Data(stored.body.readableBytesView)) else {
            return nil
        }
        self = job
    }
}
