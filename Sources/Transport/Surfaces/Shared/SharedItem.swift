import Actors
import Agent
import NIOCore
import Storage

/// A session with the keys of all three systems that have `/api/v1/sessions`; no two of them mean different things.
struct SharedItem {
    private let details: SessionDetails
    private let codingAgents: CodingAgentsSession
    private let codeAPI: CodeAPIItem
    private let clinvoker: ClinvokerSession

    /// - Parameter session: any surface's.
    init(_ session: Session) async {
        self.details = await session.details()
        self.codingAgents = CodingAgentsSession(self.details, session.log)
        self.codeAPI = CodeAPIItem(self.details)
        self.clinvoker = await ClinvokerSession(session)
    }

    /// The user it is for, as claude-code-api has users.
    var user: String { self.codeAPI.user }

    /// claude-code-api's item, with its own word for the state.
    var data: ByteBuffer { self.codeAPI.json }

    /// Whether clinvoker's clients made it: its surface has noted so, or it has an id as they have.
    var isOfClinvoker: Bool {
        let id = self.details.summary.id
        guard let origin = self.details.options.notes?["origin"] else {
            return id.utf8.count == 32 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase }
        }
        return origin == "001"
    }

    /// The members of all three; `status` in the words of the system that made it.
    var members: JSONMembers { self.members(status: self.status) }

    /// The same with claude-code-api's word for the state: how its lists have it.
    var listed: ByteBuffer { self.members(status: self.codeAPI.status).bytes }

    private func members(status: String) -> JSONMembers {
        let summary = self.details.summary
        var item = JSONMembers()
        item.put("id", summary.id)
        item.put("sessionId", summary.id)
        item.put("backend", self.clinvoker.backend)
        self.codeAPI.add(to: &item, status: status)
        item.put("last_used", summary.lastActivityAt)
        item.put("turn_count", summary.usage.turns)
        item.put("token_usage", raw: ClinvokerResult.json(summary.usage.tokens))
        item.put("tags", summary.tags)
        item.put("title", summary.name ?? "")
        item.put("initial_prompt", self.details.options.notes?["initial_prompt"])
        item.put("createdAt", summary.createdAt)
        item.put("lastActivity", summary.lastActivityAt)
        item.put("expiresAt", self.codingAgents.expiresAt)
        item.put("messageCount", summary.usage.turns)
        item.put("config", self.codingAgents.config)
        item.put("metadata", raw: self.codingAgents.metadata)
        return item
    }

    /// The state in the words of the system that made it: clinvoker's `active`, `completed`, `error`, else `active`,
    /// `expired`, `ended`.
    var status: String {
        guard self.isOfClinvoker, self.codingAgents.status == "active" else { return self.codingAgents.status }
        return self.clinvokerStatus
    }

    /// The state in clinvoker's words.
    private var clinvokerStatus: String { self.clinvoker.status.rawValue }

    /// Whether clinvoker's filters let it through.
    func fits(backend: String?, status: String?) -> Bool { self.clinvoker.fits(backend: backend, status: status) }
}
