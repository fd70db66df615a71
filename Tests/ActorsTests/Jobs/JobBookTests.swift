import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite struct JobBookTests {
    private static func job(
        _ id: String,
        session: String = "s1",
        content: String = "\"x\"",
        at time: String = "1"
    ) -> Job {
        let prompt = Prompt(id: "m_\(id)", uuid: "u", content: ByteBuffer(string: content), createdAt: time)
        return Job(
            id: id,
            session: session,
            owner: "k1",
            storageID: session,
            message: prompt,
            hook: JobHook(url: "http://a/", secret: "s")
        )
    }

    private static func book(_ adjust: (inout JobLimits) -> Void = { _ in }) -> JobBook {
        var limits = JobLimits()
        adjust(&limits)
        return JobBook(limits: limits)
    }

    /// One event for a job's message.
    @discardableResult
    private static func tell(
        _ book: inout JobBook,
        _ type: String,
        _ job: String?,
        _ more: String = "",
        session: String = "s1"
    ) -> [Job] {
        let message = job.map { "\"message_id\":\"m_\($0)\"" } ?? "\"reason\":\"deleted\""
        return book.note(type, turn: "t1", data: ByteBuffer(string: "{\(message)\(more)}"), session: session, at: "2")
    }

    // MARK: The life of a job

    @Test func `a job runs with its turn and has what that said`() throws {
        var book = Self.book()
        book.accept(Self.job("j1"))
        #expect(book["j1"]?.state == .queued)
        let started = Self.tell(&book, "turn.started", "j1")
        #expect(started.map(\.state) == [.running] && started.first?.startedAt == "2")
        let usage = #""usage":{"input_tokens":3,"output_tokens":4}"#
        let ended = Self.tell(
            &book,
            "turn.ended",
            "j1",
            #","outcome":"completed","result":"done","cost_usd":0.5,"duration_ms":12,\#(usage)"#
        )
        let job = try #require(ended.first)
        #expect(job.state == .succeeded && job.reason == nil && job.turn == "t1" && job.endedAt == "2")
        #expect(job.result == "done" && job.costUSD == 0.5 && job.durationMS == 12)
        #expect(job.usage?.inputTokens == 3 && job.usage?.outputTokens == 4)
        #expect(Self.tell(&book, "turn.ended", "j1", #","outcome":"failed""#).isEmpty)
    }

    @Test func `a job knows what its turn has called, and nothing of sub-agents or of other turns`() throws {
        var book = Self.book()
        book.accept(Self.job("j1"))
        func hear(_ type: String, turn: String = "t1", _ line: String) {
            let moved = book.note(type, turn: turn, data: ByteBuffer(string: line), session: "s1", at: "2")
            #expect(moved.isEmpty)
        }
        let call = #""message":{"content":[{"type":"tool_use","name":"Read","input":{"path":"a"}}]}"#
        hear("agent.assistant", "{\(call)}")
        Self.tell(&book, "turn.started", "j1")
        hear("agent.assistant", "{\(call),\"session_id\":\"c1\"}")
        hear("agent.assistant", "{\(call),\"parent_tool_use_id\":\"u1\"}")
        hear("agent.assistant", turn: "t2", "{\(call)}")
        hear("agent.user", #"{"message":{"content":[]}}"#)
        hear("agent.result", #"{"session_id":"c2"}"#)
        Self.tell(&book, "turn.ended", "j1", #","outcome":"completed""#)
        let job = try #require(book["j1"])
        #expect(job.tools == [Job.ToolUse(name: "Read", input: #"{"path":"a"}"#)])
        #expect(job.messageCount == 2 && job.conversation == "c2")
        let stored = try #require(book.takeChanges(of: "s1").first)
        #expect(Job(stored: stored)?.tools == job.tools && Job(stored: stored)?.messageCount == 2)
    }

    @Test(arguments: [
        ("turn.ended", #","outcome":"failed","result":"no""#, Job.State.failed, Job.Reason.turnFailed),
        ("turn.ended", #","outcome":"budget""#, .failed, .budgetReached),
        ("turn.ended", #","outcome":"killed""#, .failed, .agentLost),
        ("turn.ended", #","outcome":"something new""#, .failed, .agentLost),
        ("turn.ended", #","outcome":"interrupted","stop_reason":"asked""#, .cancelled, .interrupted),
        ("turn.ended", #","outcome":"interrupted","stop_reason":"stalled""#, .failed, .stalled),
        ("message.returned", #","state":"unknown""#, .failed, .agentLost),
        ("message.returned", #","state":"returned""#, .cancelled, .handedBack),
        ("message.cancelled", "", .cancelled, .takenBack),
    ])
    func `every end has its state and its reason`(
        type: String,
        more: String,
        state: Job.State,
        reason: Job.Reason
    ) throws {
        var book = Self.book()
        book.accept(Self.job("j1"))
        let ended = Self.tell(&book, type, "j1", more)
        let job = try #require(ended.first)
        #expect(job.state == state && job.reason == reason && job.endedAt != nil)
    }

    @Test func `the end of a session ends its jobs, and no other's`() {
        var book = Self.book()
        book.accept(Self.job("j1"))
        book.accept(Self.job("j2"))
        book.accept(Self.job("j3", session: "s2"))
        Self.tell(&book, "turn.ended", "j1", #","outcome":"completed""#)
        #expect(Self.tell(&book, "session.ended", nil).map(\.id) == ["j2"])
        #expect(book["j2"]?.reason == .sessionEnded && book["j1"]?.state == .succeeded && book["j3"]?.state == .queued)
    }

    @Test func `events of other messages, and of other sessions, move nothing`() {
        var book = Self.book()
        book.accept(Self.job("j1"))
        #expect(Self.tell(&book, "turn.started", "j9").isEmpty)
        #expect(Self.tell(&book, "turn.started", "j1", session: "s2").isEmpty)
        #expect(
            book.note("turn.started", turn: nil, data: ByteBuffer(string: "nonsense"), session: "s1", at: "").isEmpty
        )
        #expect(book["j1"]?.state == .queued)
    }

    @Test func `an edited message is what the job asks`() {
        var book = Self.book()
        book.accept(Self.job("j1"))
        #expect(Self.tell(&book, "message.queued", "j1", #","content":"other""#).isEmpty)
        #expect(book["j1"]?.content == ByteBuffer(string: "\"other\""))
    }

    @Test func `long content is not kept, and a long result is cut`() throws {
        var book = Self.book()
        book.accept(Self.job("j1", content: "\"\(String(repeating: "x", count: Job.maximumContentBytes))\""))
        #expect(book["j1"]?.content == nil)
        let long = String(repeating: "y", count: Job.maximumResultBytes + 1)
        Self.tell(&book, "turn.ended", "j1", #","outcome":"completed","result":"\#(long)""#)
        let job = try #require(book["j1"])
        #expect(job.isResultCut && job.result?.utf8.count == Job.maximumResultBytes)
        #expect(job.excerpt.readableBytes < 6000)
    }

    // MARK: Bounds and the store

    @Test func `the oldest that are done leave; what is not done stays`() {
        var book = Self.book {
            $0.perSession = 2
            $0.total = 3
        }
        for (id, session) in [("a", "s1"), ("b", "s1"), ("c", "s1"), ("d", "s2"), ("e", "s2")] {
            book.accept(Self.job(id, session: session))
        }
        for id in ["a", "b"] { Self.tell(&book, "turn.ended", id, #","outcome":"completed""#) }
        #expect(book.jobs(of: "s1").map(\.id) == ["c", "b", "a"])
        Self.tell(&book, "turn.ended", "c", #","outcome":"completed""#)
        #expect(book.jobs(of: "s1").map(\.id) == ["c", "b"])
        for id in ["d", "e"] { Self.tell(&book, "turn.ended", id, #","outcome":"completed""#, session: "s2") }
        #expect(book.jobs(of: "s1").map(\.id) == ["c"] && book.jobs(of: "s2").map(\.id) == ["e", "d"])
        #expect(book["b"] == nil && book.job(message: "m_b") == nil)
        book.accept(Self.job("f"))
        #expect(book.jobs(of: "s1").map(\.id) == ["f", "c"])
    }

    @Test func `bytes bound what is kept too`() {
        var book = Self.book { $0.bytes = 100_000 }
        for id in ["a", "b", "c"] {
            book.accept(Self.job(id, content: "\"\(String(repeating: "x", count: 40_000))\""))
            Self.tell(&book, "turn.ended", id, #","outcome":"completed""#)
        }
        #expect(book.jobs(of: "s1").map(\.id) == ["c", "b"])
    }

    @Test func `a session that is forgotten takes its jobs along`() {
        var book = Self.book()
        book.accept(Self.job("a"))
        book.accept(Self.job("b", session: "s2"))
        book.forget(session: "s1")
        #expect(book.all.map(\.id) == ["b"] && book.takeChanges(of: "s1").isEmpty)
    }

    @Test func `what the store has been told makes the same book again`() throws {
        var book = Self.book()
        for id in ["a", "b"] { book.accept(Self.job(id)) }
        Self.tell(&book, "turn.started", "a")
        Self.tell(&book, "turn.ended", "a", #","outcome":"completed","result":"ä\"","cost_usd":0.25"#)
        let items = book.takeChanges(of: "s1")
        #expect(items.map(\.id) == ["a", "b"] && items.map(\.isOpen) == [false, true])
        #expect(book.takeChanges(of: "s1").isEmpty)
        var again = Self.book()
        again.restore(items)
        #expect(again["a"] == book["a"] && again["b"] == book["b"] && again.job(message: "m_b")?.id == "b")
        #expect(again.takeChanges(of: "s1").isEmpty)
    }

    @Test func `a job whose message is known no more has ended`() {
        var book = Self.book()
        for id in ["a", "b"] { book.accept(Self.job(id)) }
        #expect(book.reconcile("s1", isOpen: { $0 == "m_b" }, at: "3").map(\.id) == ["a"])
        #expect(book["a"]?.reason == .agentLost && book["b"]?.state == .queued)
    }

    @Test func `a job's secret is in the store and nowhere else`() {
        let job = Self.job("a")
        var stored = job
        stored.end(.succeeded, nil, at: "2")
        for shown in [job.json, job.summary, job.excerpt, job.event.data] {
            #expect(!String(buffer: shown).contains("secret"))
        }
        #expect(String(buffer: stored.stored.body).contains("secret"))
    }
}
