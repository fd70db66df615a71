import Foundation
import NIOCore
import Storage

/// What is kept of a session over a restart, beside its events, messages and approvals.
struct SessionRecord: Codable, Equatable {
    /// The turn that was open; a server that finds one marks it as cut.
    struct OpenTurn: Codable, Equatable {
        let id: String
        let origin: Turn.Origin
        let messageID: String?
        let startedAt: String
    }

    /// `nil` where it is what the session is filed under.
    var id: String?
    var owner: String?
    var options: SessionOptions
    var createdAt: String
    var lastActivityAt: String
    var conversation: SessionMachine.Conversation
    var claudeSessionIDs: [String]
    var usage: SessionSummary.Usage
    /// `nil` in records of earlier versions too.
    var context: SessionSummary.Context?
    var budget: Budget
    var model: String?
    var permissionMode: String?
    var openTurn: OpenTurn?
    /// How the last turn ended.
    var lastOutcome: TurnOutcome?
    var restarts: Int
    var isEnded: Bool
    /// What its creation asked for, where that had a key.
    var fingerprint: String?

    /// - Throws: `DecodingError` for a record of another shape.
    init(_ record: StoredRecord) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(record.body.readableBytesView))
    }

    /// As the store keeps it.
    func stored(epoch: UInt32, key: String?) -> StoredRecord {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it can fail to be written: numbers are checked where they come in.
        let body = (try? encoder.encode(self)) ?? Data()
        return StoredRecord(epoch: epoch, idempotencyKey: key, body: ByteBuffer(bytes: body))
    }

    init(
        id: String? = nil,
        owner: String? = nil,
        options: SessionOptions,
        createdAt: String,
        lastActivityAt: String,
        conversation: SessionMachine.Conversation,
        claudeSessionIDs: [String],
        usage: SessionSummary.Usage,
        context: SessionSummary.Context? = nil,
        budget: Budget,
        model: String?,
        permissionMode: String?,
        openTurn: OpenTurn?,
        lastOutcome: TurnOutcome? = nil,
        restarts: Int,
        isEnded: Bool,
        fingerprint: String?
    ) {
        self.id = id
        self.owner = owner
        self.options = options
        self.createdAt = createdAt
        self.lastActivityAt = lastActivityAt
        self.conversation = conversation
        self.claudeSessionIDs = claudeSessionIDs
        self.usage = usage
        self.context = context
        self.budget = budget
        self.model = model
        self.permissionMode = permissionMode
        self.openTurn = openTurn
        self.lastOutcome = lastOutcome
        self.restarts = restarts
        self.isEnded = isEnded
        self.fingerprint = fingerprint
    }
}
