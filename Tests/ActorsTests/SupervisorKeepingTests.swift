import Agent
import NIOCore
import Storage
import Testing

@testable import Actors

/// What the house keeps, finds, copies and gives back.
@Suite(.timeLimit(.minutes(2))) struct SupervisorKeepingTests {
    private static let ask = #"{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"ls"}}"#

    private static func code(_ body: () async throws -> Void) async -> SessionError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? SessionError)?.code
        }
    }

    // MARK: Over a restart

    @Test func `the next server takes up what lives, and forgets what has ended`() async throws {
        let kept = try KeptStore()
        let key = IdempotencyKey(key: "k", fingerprint: "f")
        try await Self.live(kept) { house in
            var options = SessionOptions()
            options.id = "keyed"
            _ = try await house.supervisor.create(options, key: key)
            _ = try await house.runner.next()
            _ = try await house.ready("plain")
            let (over, _) = try await house.ready("over")
            try await house.end(over)
        }
        try await Self.live(kept) { house in
            #expect(await house.supervisor.summaries().map(\.id).sorted() == ["keyed", "plain"])
            #expect(await house.supervisor.summaries().allSatisfy { $0.state == .hibernated })
            #expect(try await house.supervisor.create(SessionOptions(), key: key).id == "keyed")
            #expect(await Self.code { _ = try await house.create("plain") } == .sessionExists)
            _ = try await house.create("over")
            #expect(house.runner.startedCount <= 1)
        }
        let store = try kept.open()
        #expect(try await store.sessions().map(\.id).sorted() == ["keyed", "over", "plain"])
    }

    /// One life of a server: it takes up what is there, and shuts down as a program does.
    static func live(
        _ kept: KeptStore,
        workspace: WorkspacePolicy = WorkspacePolicy(),
        _ body: (House) async throws -> Void
    ) async throws {
        let store = try kept.open()
        let house = House(store: store, workspace: workspace)
        _ = try await house.supervisor.restore()
        let writer = Task { await store.run() }
        let life = Task { await house.supervisor.run() }
        do {
            try await body(house)
        } catch {
            life.cancel()
            writer.cancel()
            throw error
        }
        let supervisor = house.supervisor
        try await within { await supervisor.endAll() }
        try await within { await life.value }
        store.finish()
        try await within { await writer.value }
    }

    // MARK: Making

    @Test func `asked for again with the same key it is the same session`() async throws {
        try await House.play(House { $0.maximumSessions = 1 }) { house, _ in
            let key = IdempotencyKey(key: "k", fingerprint: "f")
            let first = try await house.supervisor.create(SessionOptions(), key: key)
            #expect(try await house.supervisor.create(SessionOptions(), key: key) === first)
            let other = IdempotencyKey(key: "k", fingerprint: "other")
            #expect(
                await Self.code { _ = try await house.supervisor.create(SessionOptions(), key: other) }
                    == .idempotencyConflict
            )
            await house.supervisor.drain()
            #expect(try await house.supervisor.create(SessionOptions(), key: key) === first)
        }
    }

    @Test func `variables that were not allowed are refused`() async throws {
        try await House.play(House()) { house, _ in
            var options = SessionOptions()
            options.environment = ["LD_PRELOAD": "/tmp/x.so"]
            let refused = options
            #expect(await Self.code { _ = try await house.supervisor.create(refused) } == .environmentRefused)
            #expect(await house.supervisor.sessionCount == 0)
        }
    }

    @Test func `a copy goes on from where the other is, which stays as it is`() async throws {
        try await House.play(House(ScriptedChild.Habits(answersPrompts: false))) { house, _ in
            let (session, child) = try await house.ready("one")
            #expect(await Self.code { _ = try await house.supervisor.fork("one") } == .nothingSaid)
            _ = try await session.submit(content: ByteBuffer(string: "\"x\""))
            #expect(await Self.code { _ = try await house.supervisor.fork("one") } == .sessionBusy)
            child.answer()
            var reader = LogReader(session.log)
            try await reader.next("turn.ended")
            var change = SessionChange()
            change.name = "copy"
            let copy = try await house.supervisor.fork("one", change, as: "two")
            let other = try await house.runner.next()
            guard case .fork(let from, let id) = other.launch.conversation else {
                Issue.record("no fork: \(other.launch.conversation)")
                return
            }
            #expect(from == "c-1" && id != "c-1")
            #expect(await copy.summary().name == "copy" && copy.id == "two")
            #expect(await session.summary().claudeSessionIds.last == "c-1")
            #expect(await Self.code { _ = try await house.supervisor.fork("one", as: "two") } == .sessionExists)
        }
    }

    // MARK: Finding

    @Test func `a session is found by every Claude session it has had`() async throws {
        let ids = ["11111111-1111-4111-8111-111111111111", "aaaaaaaa-1111-4111-8111-111111111111"]
        try await House.play(House()) { house, _ in
            let (session, child) = try await house.ready("one")
            var reader = LogReader(session.log)
            for id in ids {
                child.print(
                    CLILine.start(session: id),
                    CLILine.result(answers: nil, more: #","origin":{"kind":"task"}"#)
                )
                try await reader.next("turn.ended")
            }
            for id in ids + ids.map({ $0.uppercased() }) + ["one"] {
                #expect(try await house.supervisor.session(id) === session)
            }
            #expect(await Self.code { _ = try await house.supervisor.session("c-1") } == .sessionNotFound)
        }
    }

    @Test func `the questions of all sessions are one list, oldest first, and each leads to its session`() async throws
    {
        try await House.play(House()) { house, _ in
            var asked: [String] = []
            for id in ["b", "a"] {
                let (session, child) = try await house.ready(id)
                var reader = LogReader(session.log)
                child.print(CLILine.request("r", Self.ask))
                let data = try await reader.data("approval.requested")
                try asked.append(#require(data.string("id")))
                let now = Timestamp.now()
                try await within { while Timestamp.now() == now { await Task.yield() } }
            }
            #expect(await house.supervisor.approvals().map(\.id) == asked)
            #expect(try await house.supervisor.session(ofApproval: asked[1]).id == "a")
            #expect(
                await Self.code { _ = try await house.supervisor.session(ofApproval: "a_none") } == .approvalNotFound
            )
        }
    }

    // MARK: Memory

    @Test func `when memory is short the longest idle process is given back, one a sweep`() async throws {
        let isShort = Shared(false)
        try await House.play(House { $0.isMemoryShort = { isShort.withLock { $0 } } }) { house, _ in
            let (first, _) = try await house.ready("first")
            house.time.advance(by: .seconds(1))
            let (second, _) = try await house.ready("second")
            let (busy, _) = try await house.ready("busy")
            _ = try await busy.submit(content: ByteBuffer(string: "\"x\""))
            await house.supervisor.sweep()
            #expect(house.runner.runningCount == 3)
            isShort.withLock { $0 = true }
            await house.supervisor.sweep()
            #expect(await first.summary().state == .hibernated)
            #expect(await second.summary().state == .idle)
            await house.supervisor.sweep()
            #expect(await second.summary().state == .hibernated)
            await house.supervisor.sweep()
            #expect(await busy.summary().state == .running)
        }
    }

    @Test func `a process that is slow to leave does not hold up the clock of the house`() async throws {
        let isShort = Shared(true)
        let house = House(ScriptedChild.Habits(leavesWhenTold: false)) {
            $0.isMemoryShort = { isShort.withLock { $0 } }
        }
        try await House.play(house) { house, _ in
            let (session, child) = try await house.ready("slow")
            let supervisor = house.supervisor
            try await within(.seconds(10)) { await supervisor.sweep() }
            #expect(await session.summary().state == .hibernated)
            child.exit(AgentExit(code: 0))
        }
    }
}
