import Agent
import NIOCore
import Testing

@testable import Actors
@testable import Storage

/// Jobs of a session: they go the way of its messages, and survive what those survive.
@Suite(.timeLimit(.minutes(2))) struct SessionJobTests {
    private static let hook = JobHook(url: "http://receiver.example/", secret: "s")

    private static func submit(
        _ text: String,
        to stage: Stage,
        hook: JobHook? = nil,
        key: IdempotencyKey? = nil
    ) async throws -> Job {
        try await stage.session.submitJob(content: ByteBuffer(string: "\"\(text)\""), hook: hook, key: key).job
    }

    /// The data of the next event of a job.
    private static func next(_ type: String, of job: String, _ reader: inout LogReader) async throws -> JSONObject {
        while true {
            let data = try await reader.data(type)
            if data.string("id") == job { return data }
        }
    }

    // MARK: The way of a job

    @Test func `a job is told of in the log, each time behind the event that moves it`() async throws {
        try await Stage.play(Stage()) { stage in
            let child = try await stage.ready()
            let job = try await Self.submit("work", to: stage)
            #expect(job.session == "s_test" && job.messageID.hasPrefix("m_"))
            try await child.hear(line: "work")
            child.answer("found it")
            var reader = LogReader(stage.session.log)
            let types = try await reader.types(through: "job.ended")
            let expected = [
                "message.accepted", "job.queued", "message.delivered", "turn.started", "job.started", "turn.ended",
                "job.ended",
            ]
            #expect(types.filter(expected.contains) == expected)
            let ended = try #require(stage.session.jobs.job(job.id))
            #expect(ended.state == .succeeded && ended.turn != nil && ended.endedAt != nil)
        }
    }

    @Test func `one at a time, in order, with messages between them`() async throws {
        try await Stage.play(Stage()) { stage in
            let child = try await stage.ready()
            let first = try await Self.submit("one", to: stage)
            _ = try await stage.submit("between")
            let second = try await Self.submit("two", to: stage)
            let jobs = stage.session.jobs
            for text in ["one", "between", "two"] {
                try await child.hear(line: text)
                #expect(jobs.jobs(of: "s_test").count(where: { $0.state == .running }) <= 1)
                child.answer()
            }
            var reader = LogReader(stage.session.log)
            _ = try await Self.next("job.ended", of: first.id, &reader)
            _ = try await Self.next("job.ended", of: second.id, &reader)
            #expect(jobs.jobs(of: "s_test").map(\.id) == [second.id, first.id])
        }
    }

    @Test func `the same key is the same job`() async throws {
        try await Stage.play(Stage()) { stage in
            _ = try await stage.ready()
            let key = IdempotencyKey(key: "k", fingerprint: "f")
            let job = try await Self.submit("work", to: stage, key: key)
            #expect(try await Self.submit("work", to: stage, key: key).id == job.id)
            #expect(stage.session.jobs.jobs(of: "s_test").count == 1)
            await #expect(throws: SessionError.self) {
                try await Self.submit("other", to: stage, key: IdempotencyKey(key: "k", fingerprint: "g"))
            }
        }
    }

    // MARK: Stopping one

    @Test func `a job that waits is taken back, and the agent never hears of it`() async throws {
        try await Stage.play(Stage()) { stage in
            let child = try await stage.ready()
            let first = try await Self.submit("one", to: stage)
            let second = try await Self.submit("two", to: stage)
            let third = try await Self.submit("three", to: stage)
            try await child.hear(line: "one")
            let cancelled = try await stage.session.cancelJob(second.id)
            #expect(cancelled.state == .cancelled && cancelled.reason == .takenBack)
            child.answer()
            #expect(try await child.hear(line: #""type":"user""#).contains("three"))
            #expect(stage.session.jobs.job(first.id)?.state == .succeeded)
            #expect(stage.session.jobs.job(third.id)?.state != .cancelled)
        }
    }

    @Test func `a job that runs is stopped, and what waits behind it goes on`() async throws {
        var habits = ScriptedChild.Habits()
        habits.heedsInterrupts = true
        try await Stage.play(Stage(habits)) { stage in
            let child = try await stage.ready()
            let running = try await Self.submit("one", to: stage)
            let waiting = try await Self.submit("two", to: stage)
            try await child.hear(line: "one")
            child.print(CLILine.start())
            let session = stage.session
            let stopped = try await session.cancelJob(running.id)
            #expect(stopped.state == .cancelled && stopped.reason == .interrupted)
            try await child.hear(line: "two")
            child.answer()
            var reader = LogReader(session.log)
            #expect(try await Self.next("job.ended", of: waiting.id, &reader).string("state") == "succeeded")
        }
    }

    @Test func `one that is done, or of another session, cannot be stopped`() async throws {
        try await Stage.play(Stage()) { stage in
            let child = try await stage.ready()
            let job = try await Self.submit("one", to: stage)
            try await child.hear(line: "one")
            child.answer()
            var reader = LogReader(stage.session.log)
            try await reader.next("job.ended")
            func code(_ id: String) async -> SessionError.Code? {
                do throws(SessionError) {
                    _ = try await stage.session.cancelJob(id)
                    return nil
                } catch {
                    return error.code
                }
            }
            #expect(await code(job.id) == .jobDone)
            #expect(await code("j_none") == .jobNotFound)
        }
    }

    @Test func `an interrupt of the session stops the job that runs and hands back those that wait`() async throws {
        var habits = ScriptedChild.Habits()
        habits.heedsInterrupts = true
        try await Stage.play(Stage(habits)) { stage in
            let child = try await stage.ready()
            let running = try await Self.submit("one", to: stage)
            let waiting = try await Self.submit("two", to: stage)
            try await child.hear(line: "one")
            child.print(CLILine.start())
            _ = await stage.session.interrupt()
            #expect(stage.session.jobs.job(running.id)?.reason == .interrupted)
            #expect(stage.session.jobs.job(waiting.id)?.reason == .handedBack)
        }
    }

    // MARK: The next server

    @Test func `after a crash what ran has failed and is not sent again, and what waited goes on`() async throws {
        let kept = try KeptStore()
        var ids: [String] = []
        try await kept.live(end: .crash) { stage in
            let child = try await stage.ready()
            for text in ["cut", "waits"] { ids.append(try await Self.submit(text, to: stage, hook: Self.hook).id) }
            try await child.hear(line: "cut")
            child.print(CLILine.start())
            var reader = LogReader(stage.session.log)
            try await reader.next("job.started")
        }
        try await kept.live { stage in
            var reader = LogReader(stage.session.log)
            let cut = try await Self.next("job.ended", of: ids[0], &reader)
            #expect(cut.string("state") == "failed" && cut.object("error")?.string("code") == "agent_lost")
            let child = try await stage.runner.next()
            #expect(try await child.hear(line: #""type":"user""#).contains("waits"))
            child.answer()
            #expect(try await Self.next("job.ended", of: ids[1], &reader).string("state") == "succeeded")
        }
        let store = try kept.open()
        let jobs = try await store.sessions().first?.jobs.compactMap { Job(stored: $0) } ?? []
        #expect(jobs.map(\.id) == ids && jobs.map(\.state) == [.failed, .succeeded])
        #expect(jobs.allSatisfy { $0.hook == Self.hook })
    }

    @Test func `a job's end and the call that tells of it are written together`() async throws {
        let kept = try KeptStore()
        var job = ""
        try await kept.live(end: .crash) { stage in
            let child = try await stage.ready()
            job = try await Self.submit("work", to: stage, hook: Self.hook).id
            try await child.hear(line: "work")
            child.answer("found")
            var reader = LogReader(stage.session.log)
            try await reader.next("job.ended")
        }
        let store = try kept.open()
        let desk = WebhookDesk(store: store)
        try await desk.restore()
        let delivery = try #require(desk.deliveries(of: job).first)
        #expect(delivery.state == .pending && delivery.type == "job.ended" && delivery.url == Self.hook.url)
        let body = try #require(JSONObject(ByteBuffer(string: delivery.body)))
        #expect(body.string("type") == "job.ended" && body.object("data")?.string("id") == job)
        #expect(!delivery.body.contains("secret"))
    }
}
