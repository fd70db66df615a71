import Actors
import NIOCore

/// A job as claude-code-api's clients see it, and as its webhook tells of it.
struct CodeAPIJob {
    /// What hooks name that are told in these words.
    static let wording = "claude-code-api"

    let job: Job

    init(_ job: Job) {
        self.job = job
    }

    var json: ByteBuffer { self.members.bytes }

    /// What the webhook gets: the same event for every end, as in the original; `status` says which.
    var hook: ByteBuffer {
        var job = self.members
        job.put("session_rowid", self.job.session)
        var object = JSONMembers()
        object.put("event", "job.completed")
        object.put("job", job)
        return object.bytes
    }

    /// `queued`, `running`, `done`, `failed`, `cancelled`.
    static func status(_ state: Job.State) -> String {
        state == .succeeded ? "done" : state.rawValue
    }

    private var members: JSONMembers {
        let reply = CodeAPIReply(self.job)
        let tools = self.job.tools.map { CodeAPIReply.tool($0.name, ByteBuffer(string: $0.input)) }
        var object = JSONMembers()
        object.put("id", self.job.id)
        object.put("status", Self.status(self.job.state))
        object.put("message", self.job.content.map(CodeAPIHistory.text) ?? "")
        object.put("webhook_url", orNull: self.job.hook?.url)
        object.put("result", orNull: reply?.json)
        object.put("error", orNull: self.job.reason?.detail)
        object.put("cost", self.job.costUSD ?? 0)
        object.put("duration_ms", self.job.durationMS ?? 0)
        object.put("tools_used", orNull: tools.isEmpty ? nil : JSONMembers.array(tools))
        object.put("created_at", self.job.createdAt)
        object.put("started_at", orNull: self.job.startedAt)
        object.put("completed_at", orNull: self.job.endedAt)
        return object
    }
}
