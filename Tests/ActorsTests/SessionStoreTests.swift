import Agent
import NIOCore
import Testing

@testable import Actors
@testable import Storage

/// A session whose doings are kept: nothing is shown or done before it is written, and the next server goes on from there.
@Suite(.timeLimit(.minutes(2))) struct SessionStoreTests {
    private let kept: KeptStore

    init() throws {
        self.kept = try KeptStore()
    }

    private static let ask = #"{"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"ls"}}"#

    /// The message of an event, and what has become of it.
    private static func fate(_ event: Event) -> String {
        "\(event.data?.string("message_id") ?? "") \(event.data?.string("state") ?? "")"
    }

    // MARK: Before and after the commit

    @Test func `nothing is seen and no prompt is sent before it is written`() async throws {
        let store = try self.kept.open()
        let stage = Stage(store: store)
        let session = stage.session
        let life = Task { await session.run() }
        let child = try await stage.runner.next()
        let receipt = Task { try await stage.submit("hello") }
        try await within { while await session.summary().turn == nil { await Task.yield() } }
        #expect(session.log.head.position == 0 && session.log.everything.isEmpty)
        #expect(child.lastPrompt.isEmpty)
        let writer = Task { await store.run() }
        try await child.hear(line: #""content":"hello""#)
        #expect(try await receipt.value.state == .delivered)
        var reader = LogReader(session.log)
        let types = try await reader.types(through: "turn.started")
        #expect(types.prefix(2) == ["session.created", "session.state"])
        // Written as delivered before it was: what may be with the agent is never sent twice.
        let stored = try await store.sessions().first?.messages.map { String(buffer: $0.body) } ?? []
        #expect(stored.count == 1 && stored[0].contains(#""state":"delivered""#))
        try await within { await session.end(.deleted) }
        try await within { await life.value }
        store.finish()
        try await within { await writer.value }
        #expect(session.log.head.isClosed)
        #expect(try await store.events(session: "s_test", after: 0, maximumBytes: .max).last?.type == "session.ended")
    }

    @Test func `a steered message waits for its commit too`() async throws {
        try await self.kept.live { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("one")
            child.print(CLILine.start())
            let session = stage.session
            let receipt = try await session.submit(content: ByteBuffer(string: "\"more\""), delivery: .steer)
            try await child.hear(line: "more")
            #expect(try JSONObject(await session.messageView(receipt.messageID))?.string("state") == "delivered")
            child.print(child.completed)
            var reader = LogReader(session.log)
            try await reader.next("turn.ended")
        }
    }

    @Test func `a prompt that was called back before its commit never leaves`() async throws {
        let store = try self.kept.open()
        let stage = Stage(store: store)
        let session = stage.session
        let life = Task { await session.run() }
        let child = try await stage.runner.next()
        let receipt = Task { try await stage.submit("hello") }
        try await within { while await session.summary().turn == nil { await Task.yield() } }
        let interrupting = Task { await session.interrupt() }
        try await within { while await session.summary().turn != nil { await Task.yield() } }
        let writer = Task { await store.run() }
        let interrupted = try await within { await interrupting.value }
        let id = try await receipt.value.messageID
        #expect(interrupted.outcome == .alreadyIdle && interrupted.returnedMessages == [id])
        #expect(try JSONObject(await session.messageView(id))?.string("state") == "returned")
        #expect(child.lastPrompt.isEmpty)
        try await within { await session.end(.deleted) }
        try await within { await life.value }
        store.finish()
        await writer.value
        #expect(child.lastPrompt.isEmpty)
    }

    // MARK: The next server

    @Test func `a delivered prompt is offered, never sent again, and those that waited go in order`() async throws {
        var ids: [String] = []
        var turn: String?
        try await self.kept.live(end: .crash) { stage in
            let child = try await stage.ready()
            for text in ["cut", "one", "two"] { try ids.append(await stage.submit(text).messageID) }
            try await child.hear(line: "cut")
            child.print(CLILine.start())
            var reader = LogReader(stage.session.log)
            turn = try await reader.next("turn.started").turn
            try await reader.next("agent.system.init")
        }
        try await self.kept.live { stage in
            var reader = LogReader(stage.session.log)
            let cut = try await reader.next("turn.ended")
            #expect(cut.turn == turn && cut.data?.string("outcome") == "killed")
            #expect(Self.fate(try await reader.next("message.returned")) == "\(ids[0]) unknown")
            let child = try await stage.runner.next()
            #expect(try await child.hear(line: #""type":"user""#).contains("one"))
            child.answer()
            #expect(try await child.hear(line: #""type":"user""#).contains("two"))
            child.answer()
            _ = try await reader.next("turn.ended")
            #expect(try await reader.data("turn.ended").string("message_id") == ids[2])
            let states = try await ids.asyncMap { try await stage.session.messageView($0) }
            #expect(
                states.map { JSONObject($0)?.string("state") } == ["unknown", "consumed", "consumed"]
            )
        }
        // It is offered once.
        try await self.kept.live { stage in
            var reader = LogReader(stage.session.log)
            let types = try await reader.types(through: "session.state")
            #expect(types == ["session.state"])
            #expect(await stage.session.summary().state == .hibernated)
        }
    }

    @Test func `a shutdown keeps the queue, its order and its words`() async throws {
        try await self.kept.live { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("running")
            let first = try await stage.submit("first")
            let second = try await stage.submit("second")
            let edited = ByteBuffer(string: "\"edited\"")
            _ = try await stage.session.editMessage(second.messageID, content: edited, position: 1)
            _ = try await stage.session.editMessage(first.messageID, content: nil, position: 2)
            try await child.hear(line: "running")
        }
        try await self.kept.live { stage in
            let child = try await stage.runner.next()
            #expect(try await child.hear(line: #""type":"user""#).contains("edited"))
            child.answer()
            #expect(try await child.hear(line: #""type":"user""#).contains("first"))
            child.answer()
            var reader = LogReader(stage.session.log)
            for _ in 0..<2 { try await reader.next("turn.ended") }
        }
    }

    @Test(arguments: [false, true])
    func `a question comes back under its id, and its answer goes on`(crashes: Bool) async throws {
        var id = ""
        try await self.kept.live(end: crashes ? .crash : .shutdown) { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("x")
            child.print(CLILine.start(), CLILine.request("r1", Self.ask))
            var reader = LogReader(stage.session.log)
            id = try #require(try await reader.data("approval.requested").string("id"))
        }
        let approval = id
        try await self.kept.live { stage in
            var reader = LogReader(stage.session.log)
            #expect(try await reader.data("approval.requested").string("id") == approval)
            #expect(await stage.session.summary().pendingApprovals == [approval])
            #expect(await stage.session.summary().state == .requiresAction)
            let answer = try await stage.session.answer(approval, ApprovalAnswer(.allow, by: "ann"))
            #expect(answer.id == approval && answer.state == .answered)
            let child = try await stage.runner.next()
            try await child.hear(line: "has been allowed")
            // The same question has its answer already.
            child.print(CLILine.request("r2", Self.ask))
            #expect(try await child.hear(line: "r2").contains(#""behavior":"allow""#))
            child.answer()
            try await reader.next("turn.ended")
        }
        try await self.kept.live { stage in
            let error = await #expect(throws: SessionError.self) {
                try await stage.session.answer(approval, ApprovalAnswer(.deny, by: "bob"))
            }
            #expect(error?.code == .approvalAnswered)
        }
    }

    @Test func `numbers go on, and an old cursor is good`() async throws {
        var head = EventID(epoch: 1, sequence: 0)
        try await self.kept.live { stage in
            _ = try await stage.ready()
        }
        let stored = try await self.kept.open().sessions().first
        head = EventID(epoch: 1, sequence: try #require(stored?.head))
        #expect(head.sequence > 0)
        try await self.kept.live { stage in
            #expect(stage.session.log.head.id == head || stage.session.log.head.id.sequence > head.sequence)
            var reader = LogReader(stage.session.log)
            #expect(try await reader.next("session.state").sequence == head.sequence + 1)
            let old = EventID(epoch: 1, sequence: 1)
            #expect(stage.session.log.resume(after: old).archivedAfter == old)
            #expect(stage.session.log.resume(after: head).kind == .replay)
            let history = try await stage.session.history(100, after: nil)
            #expect(history.isEmpty)
        }
    }

    @Test func `usage, budget and conversation survive`() async throws {
        var options = SessionOptions()
        options.budgetUSD = 0.75
        options.name = "kept"
        try await self.kept.live(ScriptedChild.Habits(answersPrompts: true), options: options) { stage in
            _ = try await stage.ready()
            var reader = LogReader(stage.session.log)
            for text in ["one", "two"] {
                _ = try await stage.submit(text)
                try await reader.next("turn.ended")
            }
        }
        try await self.kept.live(ScriptedChild.Habits(answersPrompts: true)) { stage in
            let summary = await stage.session.summary()
            #expect(summary.usage.turns == 2 && summary.usage.costUsd == 0.5)
            #expect(summary.budget?.limitUsd == 0.75 && summary.budget?.spentUsd == 0.5)
            #expect(summary.name == "kept" && summary.claudeSessionIds.last == "c-1")
            _ = try await stage.submit("three")
            let child = try await stage.runner.next()
            #expect(child.launch.conversation == .resume(id: "c-1"))
            #expect(child.launch.maxBudgetUSD == 0.25)
            var reader = LogReader(stage.session.log)
            try await reader.next("budget.reached")
        }
        let store = try self.kept.open()
        #expect(try await store.usage(from: nil, through: nil, session: "s_test").map(\.turns) == [3])
        #expect(try await store.usage(from: nil, through: nil, session: nil).map(\.costUSD) == [0.75])
    }

    @Test func `a key stands for the same message after a restart`() async throws {
        let key = IdempotencyKey(key: "k", fingerprint: "f")
        let content = ByteBuffer(string: "\"x\"")
        var first: PromptReceipt?
        try await self.kept.live(ScriptedChild.Habits(answersPrompts: true)) { stage in
            first = try await stage.session.submit(content: content, key: key)
            #expect(try await stage.session.submit(content: content, key: key).messageID == first?.messageID)
        }
        try await self.kept.live { stage in
            let again = try await stage.session.submit(content: content, key: key)
            #expect(again.messageID == first?.messageID)
            let other = IdempotencyKey(key: "k", fingerprint: "other")
            let error = await #expect(throws: SessionError.self) {
                try await stage.session.submit(content: content, key: other)
            }
            #expect(error?.code == .idempotencyConflict)
            #expect(stage.runner.startedCount == 0)
        }
    }

    // MARK: A store that fails

    @Test func `while nothing can be written new messages are refused, and the running turn goes on`() async throws {
        try await self.kept.live { stage in
            let child = try await stage.ready()
            _ = try await stage.submit("running")
            var reader = LogReader(stage.session.log)
            try await self.kept.withForeignLock { () async throws in
                child.print(CLILine.start(), CLILine.assistant("half"))
                try await reader.next("agent.assistant")
                let error = await #expect(throws: SessionError.self) { try await stage.submit("more") }
                #expect(error?.code == .storageUnavailable && error?.retryAfter != nil)
                child.print(child.completed)
                #expect(try await reader.data("turn.ended").string("outcome") == "completed")
            }
            let session = stage.session
            try await within { while (try? await session.checkStore()) == nil { await Task.yield() } }
            _ = try await stage.submit("more")
            try await child.hear(line: "more")
            child.print(child.completed)
            try await reader.next("turn.ended")
        }
        let store = try self.kept.open()
        let events = try await store.events(session: "s_test", after: 0, maximumBytes: .max)
        #expect(events.map(\.sequence) == events.indices.map { UInt64($0 + 1) })
    }

    // MARK: History

    @Test func `what has left the memory is read from the store`() async throws {
        try await self.kept.live(ScriptedChild.Habits(answersPrompts: true), logBytes: 2000) { stage in
            _ = try await stage.ready()
            var reader = LogReader(stage.session.log, after: stage.session.log.head.position)
            for number in 0..<8 {
                _ = try await stage.submit("\(number)")
                try await reader.next("turn.ended")
            }
            #expect(stage.session.log.firstInMemory > 20)
            let all = try await stage.session.history(1000, after: nil)
            let paged = try await stage.session.history(1000, after: 0)
            #expect(all == paged && all.count == 8 * 5)
            #expect(try await stage.session.history(3, after: nil) == Array(all.suffix(3)))
        }
    }
}

extension Array where Element: Sendable {
    /// One after the other.
    func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { try await values.append(body(element)) }
        return values
    }
}
