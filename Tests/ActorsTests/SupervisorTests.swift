import Agent
import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite(.timeLimit(.minutes(2))) struct SupervisorTests {
    private static func code(_ body: () async throws -> Void) async -> SessionError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? SessionError)?.code
        }
    }

    private static func submit(_ text: String, to session: Session) async throws {
        _ = try await session.submit(content: ByteBuffer(string: "\"\(text)\""))
    }

    // MARK: The limit

    @Test func `500 creates at once against a limit of 20 never make 21`() async throws {
        try await House.play(House { $0.maximumSessions = 20 }) { house, _ in
            let results = await withTaskGroup(of: SessionError.Code?.self) { group in
                for _ in 0..<500 { group.addTask { await Self.code { _ = try await house.create() } } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.filter { $0 == nil }.count == 20)
            #expect(results.filter { $0 == .sessionLimit }.count == 480)
            for _ in 0..<20 { _ = try await house.runner.next() }
            #expect(house.runner.mostRunning == 20)
            #expect(await house.supervisor.sessionCount == 20)
        }
    }

    @Test func `sessions that come and go never have more children than the limit`() async throws {
        try await House.play(House { $0.maximumSessions = 5 }) { house, _ in
            await withTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<4 {
                            if let session = try? await house.create() { await session.end(.deleted) }
                        }
                    }
                }
            }
            #expect(house.runner.mostRunning <= 5)
            let session = try await house.create()
            try await house.end(session)
        }
    }

    @Test func `the place of a session that ended is free`() async throws {
        try await House.play(House { $0.maximumSessions = 1 }) { house, _ in
            let (first, _) = try await house.ready()
            #expect(await Self.code { _ = try await house.create() } == .sessionLimit)
            try await house.end(first)
            let (second, _) = try await house.ready()
            #expect(second.id != first.id)
        }
    }

    // MARK: Names

    @Test func `an id belongs to one session, also for a while after its end`() async throws {
        try await House.play(House { $0.remembrance = .seconds(300) }) { house, _ in
            let (session, _) = try await house.ready("mine")
            #expect(await Self.code { _ = try await house.create("mine") } == .sessionExists)
            #expect(try await house.supervisor.session("mine") === session)
            #expect(await Self.code { _ = try await house.supervisor.session("other") } == .sessionNotFound)

            try await house.end(session)
            #expect(try await house.supervisor.session("mine") === session)
            #expect(await Self.code { _ = try await house.create("mine") } == .sessionExists)
            try await house.bury(session)
            #expect(await Self.code { _ = try await house.create("mine") } == .sessionExists)
            house.time.advance(by: .seconds(299))
            await house.supervisor.sweep()
            #expect(try await house.supervisor.session("mine") === session)
            house.time.advance(by: .seconds(1))
            await house.supervisor.sweep()
            #expect(await Self.code { _ = try await house.supervisor.session("mine") } == .sessionNotFound)
            let again = try await house.create("mine")
            #expect(again !== session)
        }
    }

    @Test func `no more ended sessions are remembered than may live`() async throws {
        try await House.play(House { $0.maximumSessions = 3 }) { house, _ in
            for number in 0..<6 {
                let session = try await house.create("s\(number)")
                try await house.end(session)
                try await house.bury(session)
            }
            var remembered: [Int] = []
            for number in 0..<6 {
                let code = await Self.code { _ = try await house.supervisor.session("s\(number)") }
                if code == nil { remembered.append(number) }
            }
            #expect(remembered == [3, 4, 5])
        }
    }

    @Test func `two sessions do not work on one conversation`() async throws {
        try await House.play(House()) { house, _ in
            let first = try await house.create(resume: "C-1")
            #expect(await Self.code { _ = try await house.create(resume: "c-1") } == .sessionExists)
            try await house.end(first)
            try await house.bury(first)
            let (second, child) = try await house.ready()
            #expect(await Self.code { _ = try await house.create(resume: second.summary().claudeSessionIds[0]) } != nil)
            // It has moved on to another one.
            child.print(CLILine.start(session: "c-2"))
            var reader = LogReader(second.log)
            try await reader.next("agent.system.init")
            #expect(await Self.code { _ = try await house.create(resume: "c-2") } == .sessionExists)
            _ = try await house.create(resume: "c-1")
        }
    }

    @Test func `all sessions are listed, newest activity first`() async throws {
        try await House.play(House()) { house, _ in
            for number in 0..<5 { _ = try await house.ready("s\(number)") }
            let times = await house.supervisor.summaries().map { ($0.lastActivityAt, $0.id) }
            #expect(Set(times.map(\.1)) == ["s0", "s1", "s2", "s3", "s4"])
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
        }
    }

    // MARK: Time

    @Test func `the clock of the house expires idle sessions and leaves others`() async throws {
        try await House.play(House { $0.sweepInterval = .milliseconds(250) }) { house, _ in
            let (idle, _) = try await house.ready(timeToLive: .seconds(10))
            let (busy, _) = try await house.ready(timeToLive: .seconds(10))
            let (watched, _) = try await house.ready(timeToLive: .seconds(10))
            try await Self.submit("x", to: busy)
            _ = try await watched.attach(after: .latest)
            house.time.advance(by: .milliseconds(9999))
            await house.supervisor.sweep()
            #expect(!idle.log.head.isClosed)
            // Nobody calls `sweep` now: the house's own tick does.
            let time = house.time
            try await within {
                while !idle.log.head.isClosed {
                    if time.sleeperCount > 0 { time.advance(by: .milliseconds(250)) }
                    await Task.yield()
                }
            }
            #expect(!busy.log.head.isClosed && !watched.log.head.isClosed)
            await watched.detach()
            house.time.advance(by: .seconds(10))
            await house.supervisor.sweep()
            var reader = LogReader(watched.log)
            #expect(try await reader.data("session.ended").string("reason") == "expired")
            #expect(!busy.log.head.isClosed)
        }
    }

    @Test func `a restart that is due happens at the next tick`() async throws {
        try await House.play(House()) { house, _ in
            let (session, child) = try await house.ready()
            child.exit(AgentExit(code: 1))
            var reader = LogReader(session.log)
            try await reader.next("process.exited")
            house.time.advance(by: .seconds(1))
            await house.supervisor.sweep()
            #expect(try await house.runner.next().pid == 2)
        }
    }

    // MARK: Stopping

    @Test func `a drain waits for the running turns, those of waiting prompts included`() async throws {
        try await House.play(House()) { house, life in
            let (session, child) = try await house.ready()
            try await Self.submit("one", to: session)
            try await Self.submit("two", to: session)
            let isDrained = Shared(false)
            let drain = Task {
                await house.supervisor.drain()
                isDrained.withLock { $0 = true }
            }
            let supervisor = house.supervisor
            try await within { while await supervisor.isAcceptingWork { await Task.yield() } }
            #expect(await Self.code { _ = try await house.create() } == .draining)
            #expect(await Self.code { try await supervisor.checkAcceptsWork() } == .draining)
            child.answer()
            try await child.hear(line: "\"two\"")
            for _ in 0..<100 { await Task.yield() }
            #expect(!isDrained.withLock { $0 })
            child.answer()
            try await within { await drain.value }
            #expect(await session.summary().state == .idle)
            #expect(house.runner.runningCount == 1)
            // A session that ends now is not yet the end of the house.
            try await house.end(session)
            for _ in 0..<100 { await Task.yield() }
            #expect(!life.isCancelled)
            #expect(try await supervisor.session(session.id) === session)
            let isOver = Shared(false)
            let watch = Task {
                await life.value
                isOver.withLock { $0 = true }
            }
            for _ in 0..<100 { await Task.yield() }
            #expect(!isOver.withLock { $0 })
            await supervisor.endAll()
            try await within { await watch.value }
        }
    }

    @Test func `a drain ends when its turn's process dies, and when its time is up`() async throws {
        try await House.play(House()) { house, _ in
            let (session, child) = try await house.ready()
            try await Self.submit("x", to: session)
            let supervisor = house.supervisor
            let hopeless = Task { await supervisor.drain() }
            for _ in 0..<20 { await Task.yield() }
            hopeless.cancel()
            try await within { await hopeless.value }

            let drain = Task { await supervisor.drain() }
            child.exit(AgentExit(signal: 9))
            try await within { await drain.value }
        }
    }

    @Test func `a drain of an idle house returns at once`() async throws {
        try await House.play(House()) { house, _ in
            _ = try await house.ready()
            let supervisor = house.supervisor
            try await within { await supervisor.drain() }
        }
    }

    @Test func `a shutdown ends every session, and then run returns`() async throws {
        try await House.play(House()) { house, life in
            var logs: [EventLog] = []
            for number in 0..<10 {
                let (session, _) = try await house.ready()
                if number % 2 == 0 { try await Self.submit("x", to: session) }
                logs.append(session.log)
            }
            // One that has hardly been born.
            logs.append(try await house.create().log)
            let supervisor = house.supervisor
            try await within { await supervisor.endAll() }
            try await within { await life.value }
            #expect(house.runner.runningCount == 0)
            #expect(await supervisor.sessionCount == 0)
            for log in logs {
                #expect(log.head.isClosed)
                #expect(log.everything.last?.data?.string("reason") == "shutdown")
            }
            #expect(await Self.code { _ = try await house.create() } == .draining)
        }
    }

    @Test func `an empty house shuts down`() async throws {
        let house = House()
        let life = Task { await house.supervisor.run() }
        let supervisor = house.supervisor
        try await within { await supervisor.endAll() }
        try await within { await life.value }
    }

    @Test(arguments: 0..<10)
    func `cancellation ends every session, whatever they do`(round: Int) async throws {
        let house = House(ScriptedChild.Habits(leavesWhenTold: round % 2 == 0))
        let life = Task { await house.supervisor.run() }
        let sessions = Shared<[Session]>([])
        for _ in 0..<round {
            let session = try await house.create()
            sessions.withLock { $0.append(session) }
            if round % 3 == 0 { try await Self.submit("x", to: session) }
        }
        if round % 3 == 1 { for _ in 0..<round { _ = try await house.runner.next() } }
        async let more: Void = withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    guard let session = try? await house.create() else { return }
                    sessions.withLock { $0.append(session) }
                }
            }
        }
        life.cancel()
        await more
        try await within { await life.value }
        #expect(house.runner.runningCount == 0)
        for session in sessions.withLock({ $0 }) {
            try await within { await session.end(.deleted) }
            #expect(session.log.head.isClosed)
        }
        #expect(await Self.code { _ = try await house.create() } == .draining)
    }

    @Test func `a session that fails does not touch the others`() async throws {
        try await House.play(House(ScriptedChild.Habits(answersPrompts: true))) { house, _ in
            let (well, _) = try await house.ready()
            house.runner.failLaunches("broken")
            let sick = try await house.create()
            var reader = LogReader(sick.log)
            while try await reader.data("session.state").string("state") != "failed" {}
            try await Self.submit("x", to: well)
            var other = LogReader(well.log)
            #expect(try await other.data("turn.ended").string("outcome") == "completed")
            #expect(await well.summary().state == .idle)
            // It keeps its place until somebody ends it, so that it can be looked at.
            #expect(await house.supervisor.sessionCount == 2)
            try await house.end(sick)
            try await house.bury(sick)
            #expect(await house.supervisor.sessionCount == 1)
        }
    }
}
