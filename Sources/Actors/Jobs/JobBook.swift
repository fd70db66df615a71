import Agent
import DequeModule
import NIOCore
import Storage

/// Every job: those that are not done, and the newest of those that are.
///
/// No I/O and no clock. Jobs move by the events of their sessions, in the step in which those are told.
struct JobBook: Sendable {
    private let limits: JobLimits
    private var jobs: [String: Job] = [:]
    /// Of each session, oldest first; sessions go here by what they are filed under.
    private var bySession: [String: [String]] = [:]
    private var byMessage: [String: String] = [:]
    /// Those that are done, oldest first; some may have gone with their session.
    private var done: Deque<String> = []
    private var doneCount = 0
    private var doneBytes = 0
    /// What the store has still to be told, by session.
    private var changed: [String: [String]] = [:]

    /// A book with nothing in it.
    init(limits: JobLimits) {
        self.limits = limits
    }

    subscript(id: String) -> Job? { self.jobs[id] }

    /// The job of a message.
    func job(message: String) -> Job? { self.byMessage[message].flatMap { self.jobs[$0] } }

    /// Those of a session, newest first.
    func jobs(of session: String) -> [Job] {
        (self.bySession[session] ?? []).reversed().compactMap { self.jobs[$0] }
    }

    /// All of them, newest first.
    var all: [Job] {
        self.jobs.values.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// Those that wait or run.
    var openCount: Int { self.jobs.count - self.doneCount }

    mutating func accept(_ job: Job) {
        self.put(job)
        self.changed[job.storageID, default: []].append(job.id)
    }

    /// Moves jobs on by an event of their session.
    ///
    /// - Returns: those whose state has changed.
    mutating func note(_ type: String, turn: String?, data: ByteBuffer, session: String, at now: String) -> [Job] {
        guard let ids = self.bySession[session] else { return [] }
        if type.hasPrefix("agent.") {
            self.hear(type, turn: turn, data: data, ids)
            return []
        }
        guard let data = JSONObject(data) else { return [] }
        let named = data.string("message_id").flatMap { self.byMessage[$0] }
        var moved: [Job] = []
        for id in type == "session.ended" ? ids : [named].compactMap({ $0 }) {
            guard let before = self.jobs[id], before.storageID == session else { continue }
            var job = before
            if job.note(type, turn: turn, data: data, at: now) { moved.append(job) }
            if job != before { self.replace(before, with: job) }
        }
        return moved
    }

    /// Ends those of a session that wait for a message which will never move again.
    ///
    /// - Parameters:
    ///   - session: which has just been taken up.
    ///   - isOpen: whether a message of that id is still on its way.
    ///   - now: RFC 3339.
    /// - Returns: the jobs that ended.
    mutating func reconcile(_ session: String, isOpen: (String) -> Bool, at now: String) -> [Job] {
        var ended: [Job] = []
        for id in self.bySession[session] ?? [] {
            guard let before = self.jobs[id], !before.state.isFinal, !isOpen(before.messageID) else { continue }
            var job = before
            job.end(.failed, .agentLost, at: now)
            self.replace(before, with: job)
            ended.append(job)
        }
        return ended
    }

    /// What has changed of a session's jobs since the last time, for the store.
    mutating func takeChanges(of session: String) -> [StoredItem] {
        guard let ids = self.changed.removeValue(forKey: session) else { return [] }
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }.compactMap { self.jobs[$0]?.stored }
    }

    /// Takes up what an earlier server left of a session, oldest first.
    mutating func restore(_ items: [StoredItem]) {
        for job in items.compactMap(Job.init(stored:)) { self.put(job) }
    }

    /// A session is gone, and its jobs with it.
    mutating func forget(session: String) {
        self.changed[session] = nil
        for id in self.bySession.removeValue(forKey: session) ?? [] { self.drop(id) }
    }

    /// The types of events that move jobs.
    static let telling: Set = [
        "message.queued", "message.cancelled", "message.returned", "turn.started", "turn.ended", "session.ended",
        "agent.assistant", "agent.user", "agent.result",
    ]

    /// What is said in the turn of a job; the store gets it with the turn's end.
    private mutating func hear(_ type: String, turn: String?, data: ByteBuffer, _ ids: [String]) {
        guard let turn, let id = ids.last(where: { self.jobs[$0]?.turn == turn && self.jobs[$0]?.state == .running }),
            let data = JSONObject(data)
        else { return }
        self.jobs[id]?.hear(type, data: data)
    }

    private mutating func replace(_ before: Job, with job: Job) {
        self.jobs[job.id] = job
        self.changed[job.storageID, default: []].append(job.id)
        if job.state.isFinal, !before.state.isFinal { self.noteDone(job) }
    }

    private mutating func put(_ job: Job) {
        self.jobs[job.id] = job
        self.bySession[job.storageID, default: []].append(job.id)
        self.byMessage[job.messageID] = job.id
        if job.state.isFinal { self.noteDone(job) }
    }

    private mutating func noteDone(_ job: Job) {
        self.done.append(job.id)
        self.doneCount += 1
        self.doneBytes += job.cost
        let ofSession = (self.bySession[job.storageID] ?? []).filter { self.jobs[$0]?.state.isFinal == true }
        if ofSession.count > self.limits.perSession, let oldest = ofSession.first { self.evict(oldest) }
        while self.doneCount > self.limits.total || self.doneBytes > self.limits.bytes,
            let oldest = self.done.popFirst()
        {
            self.evict(oldest)
        }
        if self.done.count > 2 * self.limits.total { self.done.removeAll { self.jobs[$0] == nil } }
    }

    private mutating func evict(_ id: String) {
        guard let job = self.jobs[id] else { return }
        self.bySession[job.storageID]?.removeAll { $0 == id }
        self.drop(id)
    }

    private mutating func drop(_ id: String) {
        guard let job = self.jobs.removeValue(forKey: id) else { return }
        self.byMessage[job.messageID] = nil
        guard job.state.isFinal else { return }
        self.doneCount -= 1
        self.doneBytes -= job.cost
    }
}
