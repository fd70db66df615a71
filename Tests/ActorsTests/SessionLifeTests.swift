import Agent
import NIOCore
import Synchronization
import Testing

@testable import Actors
@testable import Storage

/// How a session begins, is interrupted, loses its process and ends.
@Suite(.timeLimit(.minutes(2))) struct SessionLifeTests {
    // MARK: The beginning

    @Test func `the first event is the session's own, whatever is asked before it runs`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: true))
        let receipt = try await stage.submit("early")
        #expect(receipt.state == .queued && receipt.position == 1)
        #expect(receipt.cursor == "1.0")
        try await Stage.play(stage) { stage in
            var reader = LogReader(stage.session.log)
            let types = try await reader.types(through: "message.delivered")
            #expect(types.prefix(3) == ["session.created", "message.accepted", "message.queued"])
            #expect(types.filter { $0 == "session.created" }.count == 1)
            try await reader.next("turn.ended")
        }
    }

    @Test func `a new session chooses its conversation, an adopting one resumes it`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            let id = await stage.session.summary().claudeSessionIds[0]
            #expect(child.launch.conversation == .new(id: id))
            #expect(stage.session.works(on: id.uppercased()))
        }
        var options = SessionOptions()
        options.resume = "theirs"
        try await Stage.play(Stage(options: options)) { stage in
            let child = try await stage.ready()
            #expect(child.launch.conversation == .resume(id: "theirs"))
        }
    }

    // MARK: Interrupts

    @Test func `several who interrupt get the same receipt`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            let waiting = try await stage.submit("y")
            child.print(CLILine.start())
            let session = stage.session
            async let receipts = within {
                await withTaskGroup(of: InterruptReceipt.self) { group in
                    for _ in 0..<5 { group.addTask { await session.interrupt() } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            try await child.hear(line: "\"interrupt\"")
            stage.time.advance(by: .milliseconds(5))
            // All five ask before the result comes, or find an idle session after it.
            child.print(child.interrupted)
            let stopped = try await receipts.filter { $0.outcome == .interrupted }
            #expect(!stopped.isEmpty)
            #expect(stopped.allSatisfy { $0.returnedMessages == [waiting.messageID] && $0.step == .control })
            var reader = LogReader(stage.session.log)
            #expect(try await reader.data("message.returned").string("message_id") == waiting.messageID)
            #expect(try await reader.data("turn.ended").string("outcome") == "interrupted")
        }
    }

    @Test func `an interrupt that is not heeded climbs to the kill, and the session goes on`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            child.print(CLILine.start(session: "c-9"), CLILine.blockStart, CLILine.delta("half"))
            let session = stage.session
            async let receipt = within { await session.interrupt() }
            try await child.hear(line: "\"interrupt\"")
            stage.time.advance(by: .seconds(3))
            await session.deadlineReached()
            try await child.hear { $0 == .signal(.interrupt) }
            stage.time.advance(by: .seconds(3))
            await session.deadlineReached()
            try await child.hear { $0 == .termination(.kill) }
            #expect(try await receipt.outcome == .escalated)
            #expect(try await receipt.step == .kill)
            let next = try await stage.runner.next()
            #expect(next.launch.conversation == .resume(id: "c-9"))
            // What the dead process was writing is not being written any more.
            #expect(stage.session.log.resume(after: nil).partial?.json == "null")
        }
    }

    @Test func `an interrupt is answered when the session ends meanwhile`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            let session = stage.session
            async let receipt = within { await session.interrupt() }
            try await child.hear(line: "\"interrupt\"")
            try await within { await session.end(.deleted) }
            #expect(try await receipt.outcome == .escalated)
            let second = try await within { await session.interrupt() }
            #expect(second.outcome == .alreadyIdle)
        }
    }

    @Test func `an interrupt is answered when the process dies and the session fails`() async throws {
        let stage = Stage { $0.restartIntensity = 0 }
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            let session = stage.session
            async let receipt = within { await session.interrupt() }
            try await child.hear(line: "\"interrupt\"")
            stage.runner.failLaunches("gone")
            child.exit(AgentExit(signal: 11, survivors: [99]))
            #expect(try await receipt.surviving == [99])
            var reader = LogReader(session.log)
            try await reader.next("turn.ended")
            try await reader.next("process.exited")
            #expect(await session.summary().state == .failed)
            #expect(await session.summary().failure == "gone")
        }
    }

    // MARK: Deaths

    @Test func `a process that dies in mid-turn kills the turn once and is resumed`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            var reader = LogReader(stage.session.log)
            _ = try await stage.submit("cut")
            child.print(CLILine.start())
            child.exit(AgentExit(signal: 9, stderrTail: "out of memory"))
            let exit = try await reader.data("process.exited")
            #expect(exit.int("signal") == 9 && exit.string("stderr_tail") == "out of memory")
            #expect(try await reader.data("turn.ended").string("outcome") == "killed")
            stage.time.advance(by: .milliseconds(250))
            await stage.session.deadlineReached()
            let next = try await stage.runner.next()
            #expect(next.launch.conversation == .resume(id: "c-1"))
            _ = try await stage.submit("again")
            // The first prompt it hears is the new one: the cut one is not sent twice.
            #expect(try await next.hear(line: #""type":"user""#).contains("again"))
            next.answer()
            #expect(try await reader.data("turn.ended").string("outcome") == "completed")
            #expect(await stage.session.summary().process.restarts == 1)
        }
        #expect(stage.session.log.everything.filter { $0.type == "turn.ended" }.count == 2)
    }

    @Test func `a session whose agent cannot start says why and hands its prompts back`() async throws {
        let stage = Stage()
        stage.runner.failLaunches("no such file")
        let receipt = try await stage.submit("x")
        try await Stage.play(stage) { stage in
            var reader = LogReader(stage.session.log)
            #expect(try await reader.data("message.returned").string("message_id") == receipt.messageID)
            let state = try await reader.data("session.state")
            #expect(state.string("state") == "failed" && state.string("failure") == "no such file")
            await #expect(throws: SessionError.self) { try await stage.submit("y") }
        }
        #expect(stage.session.log.everything.last?.type == "session.ended")
    }

    // MARK: The end

    @Test func `end returns only when the runner has returned`() async throws {
        let stage = Stage(ScriptedChild.Habits(leavesWhenTold: false))
        let life = Task { await stage.session.run() }
        let child = try await stage.ready()
        let hasEnded = Shared(false)
        let session = stage.session
        let ends = (0..<3).map { _ in
            Task {
                await session.end(.deleted)
                hasEnded.withLock { $0 = true }
            }
        }
        try await child.hear { if case .termination = $0 { true } else { false } }
        for _ in 0..<100 { await Task.yield() }
        #expect(!hasEnded.withLock { $0 })
        #expect(!session.log.head.isClosed)
        #expect(await session.summary().state == .stopping)
        child.exit(AgentExit(code: 0))
        for end in ends { try await within { await end.value } }
        try await within { await life.value }
        #expect(session.log.head.isClosed)
        #expect(session.log.everything.filter { $0.type == "session.ended" }.count == 1)
        #expect(await session.summary().state == .ended)
        try await within { await session.end(.deleted) }
    }

    @Test func `a session ended before it runs is over at once and never starts a process`() async throws {
        let stage = Stage()
        let receipt = try await stage.submit("x")
        let session = stage.session
        try await within { await session.end(.deleted) }
        try await within { await session.run() }
        #expect(stage.runner.startedCount == 0)
        let events = session.log.everything
        #expect(
            events.map(\.type) == [
                "session.created", "message.accepted", "message.queued", "session.state", "message.returned",
                "session.state", "session.ended",
            ]
        )
        #expect(events.first { $0.type == "message.returned" }?.data?.string("message_id") == receipt.messageID)
        #expect(session.log.head.isClosed)
        try await within { await session.end(.shutdown) }
        #expect(session.log.everything.count == events.count)
    }

    @Test(arguments: 0..<20)
    func `prompts that race the end are refused or handed back`(round: Int) async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: round % 2 == 0))
        let session = stage.session
        let accepted = Shared<Set<String>>([])
        try await Stage.play(stage) { stage in
            if round % 4 < 2 { _ = try await stage.ready() }
            await withTaskGroup { group in
                for _ in 0..<30 {
                    group.addTask {
                        let receipt = try? await session.submit(content: ByteBuffer(string: "\"x\""))
                        if let receipt { accepted.withLock { _ = $0.insert(receipt.messageID) } }
                    }
                }
                group.addTask { await session.end(.deleted) }
            }
        }
        var open: Set<String> = []
        for event in session.log.everything {
            guard let id = event.data?.string("message_id") else { continue }
            switch event.type {
            case "message.accepted": open.insert(id)
            // One that was with the agent is offered again besides.
            case "message.returned" where event.data?.string("state") == "unknown": break
            case "message.returned", "turn.ended": #expect(open.remove(id) != nil)
            default: break
            }
        }
        #expect(open.isEmpty)
        let seen = session.log.everything.filter { $0.type == "message.accepted" }
            .compactMap { $0.data?.string("message_id") }
        #expect(Set(seen) == accepted.withLock { $0 })
    }

    @Test func `an idle session expires when its time has come`() async throws {
        var options = SessionOptions()
        options.timeToLive = .seconds(10)
        let stage = Stage(options: options)
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            let deadline = stage.session.deadline.withLock { $0 }
            #expect(deadline == stage.time.now + .seconds(10))
            stage.time.advance(by: .seconds(10))
            await stage.session.deadlineReached()
            var reader = LogReader(stage.session.log)
            #expect(try await reader.data("session.ended").string("reason") == "expired")
        }
    }

    @Test func `the ids of a conversation that is cleared again and again are bounded`() async throws {
        let stage = Stage()
        try await Stage.play(stage) { stage in
            let child = try await stage.ready()
            for number in 0..<300 { child.print(CLILine.start(session: "c-\(number)"), CLILine.result(answers: nil)) }
            var reader = LogReader(stage.session.log)
            for _ in 0..<300 { try await reader.next("turn.ended") }
            let summary = await stage.session.summary()
            #expect(summary.claudeSessionIds.count == 100)
            #expect(summary.claudeSessionIds.last == "c-299")
            #expect(stage.session.works(on: "c-299"))
        }
    }
}
