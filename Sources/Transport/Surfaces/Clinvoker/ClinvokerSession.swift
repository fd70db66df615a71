import Actors
import Agent
import NIOCore

/// A session as clinvoker shows it (001 §9).
struct ClinvokerSession: Sendable {
    /// What a session is doing, in clinvoker's words; `paused` is never said.
    enum Status: String, CaseIterable, Sendable {
        case active, completed, error, paused
    }

    let summary: SessionSummary
    let backend: String
    private let initialPrompt: String?

    /// Looks at a session.
    init(_ session: Session) async {
        let options = await session.optionsView()
        self.summary = await session.summary()
        self.backend = options.backend ?? AgentBackend.standardName
        self.initialPrompt = options.notes?["initial_prompt"]
    }

    var status: Status {
        switch self.summary.state {
        case .starting, .running, .requiresAction, .stopping: .active
        case .failed: .error
        case .idle, .hibernated, .ended:
            switch self.summary.lastOutcome {
            case .completed: .completed
            case .failed, .interrupted, .budget, .killed: .error
            // It was made by another API, and nothing has been asked yet.
            case nil: .active
            }
        }
    }

    /// Whether a filter lets it through.
    func fits(backend: String?, status: String?) -> Bool {
        (backend == nil || backend == self.backend) && (status == nil || status == self.status.rawValue)
    }

    /// The item of a list, or the answer itself, with its `$schema`.
    func json(_ object: JSONObjectWriter = JSONObjectWriter()) -> ByteBuffer {
        var object = object
        object.add("id", self.summary.id)
        object.add("backend", self.backend)
        object.add("created_at", self.summary.createdAt)
        object.add("last_used", self.summary.lastActivityAt)
        object.add("working_dir", self.summary.cwd)
        object.add("model", self.summary.model)
        object.add("initial_prompt", self.initialPrompt)
        object.add("status", self.status.rawValue)
        object.add("turn_count", self.summary.usage.turns > 0 ? self.summary.usage.turns : nil)
        object.add(
            "token_usage",
            raw: self.summary.usage.turns > 0 ? ClinvokerResult.json(self.summary.usage.tokens) : nil
        )
        object.add("tags", texts: self.summary.tags.isEmpty ? nil : self.summary.tags)
        object.add("title", self.summary.name)
        return object.json
    }
}
