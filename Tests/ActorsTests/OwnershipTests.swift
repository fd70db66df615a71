import Storage
import Synchronization
import Testing

@testable import Actors

/// What belongs to whom: nobody learns of another's sessions by any call of the supervisor.
@Suite(.timeLimit(.minutes(1))) struct OwnershipTests {
    private static func caller(_ id: String, _ scopes: Set<Scope> = Scope.usual) -> Caller {
        Caller(AccessKey(id: id, name: id, digest: "", scopes: scopes, createdAt: ""))
    }

    private static func options(_ id: String, resume: String? = nil) -> SessionOptions {
        var options = SessionOptions()
        options.id = id
        options.resume = resume
        return options
    }

    private let alice = Self.caller("ka")
    private let bob = Self.caller("kb")
    private let boss = Self.caller("kc", Set(Scope.allCases))

    @Test func `two keys may choose the same id and each sees its own`() async throws {
        try await House.play(House()) { house, _ in
            let supervisor = house.supervisor
            let hers = try await supervisor.create(Self.options("demo"), for: self.alice)
            let his = try await supervisor.create(Self.options("demo"), for: self.bob)
            #expect(hers !== his && hers.storageID != his.storageID)
            #expect(try await supervisor.session("demo", for: self.alice) === hers)
            #expect(try await supervisor.session("demo", for: self.bob) === his)
            await #expect(throws: SessionError(.sessionNotFound, "There is no session of that id.")) {
                try await supervisor.session("ka~demo", for: self.bob)
            }
            #expect(await supervisor.summaries(for: self.alice).map(\.owner) == ["ka"])
        }
    }

    @Test func `who sees all names one as owner~id where an id is taken twice`() async throws {
        try await House.play(House()) { house, _ in
            let supervisor = house.supervisor
            let hers = try await supervisor.create(Self.options("demo"), for: self.alice)
            let lone = try await supervisor.create(Self.options("lone"), for: self.alice)
            _ = try await supervisor.create(Self.options("demo"), for: self.bob)
            #expect(try await supervisor.session("lone", for: self.boss) === lone)
            #expect(try await supervisor.session("ka~demo", for: self.boss) === hers)
            do throws(SessionError) {
                _ = try await supervisor.session("demo", for: self.boss)
                Issue.record("an id of two sessions was taken for one")
            } catch {
                #expect(error.code == .ambiguousSession)
            }
            #expect(await supervisor.summaries(for: self.boss).count == 3)
        }
    }

    @Test func `a conversation is taken up only by whose session had it`() async throws {
        try await House.play(House()) { house, _ in
            let supervisor = house.supervisor
            let hers = try await supervisor.create(Self.options("a"), for: self.alice)
            let conversation = try #require(hers.claudeSessionIDs.withLock { $0.last })
            await #expect(throws: SessionError(.sessionNotFound, "None of your sessions has had that conversation.")) {
                try await supervisor.create(Self.options("b", resume: conversation), for: self.bob)
            }
            await #expect(throws: SessionError(.sessionNotFound, "There is no session of that id.")) {
                try await supervisor.session(conversation, for: self.bob)
            }
            #expect(try await supervisor.session(conversation, for: self.alice) === hers)
        }
    }

    @Test func `the lives of others are told to nobody, not even by a number`() async throws {
        try await House.play(House()) { house, _ in
            let supervisor = house.supervisor
            _ = try await supervisor.create(Self.options("a"), for: self.alice)
            let hers = await supervisor.attachToLobby(after: .earliest, for: self.alice).log
            let his = await supervisor.attachToLobby(after: .earliest, for: self.bob).log
            let all = await supervisor.attachToLobby(after: .earliest, for: self.boss).log
            try await within { while all.head.id.sequence < 2 { await Task.yield() } }
            #expect(his.head.id.sequence == 0)
            #expect(hers.head.id.sequence > 0 && hers !== all)
        }
    }

    @Test func `ownership survives a restart, and one Idempotency-Key of two callers is two`() async throws {
        let kept = try KeptStore()
        let key = IdempotencyKey(key: "same", fingerprint: "f")
        try await Self.live(kept) { house in
            let hers = try await house.supervisor.create(Self.options("demo"), for: self.alice, key: key)
            let his = try await house.supervisor.create(Self.options("demo"), for: self.bob, key: key)
            #expect(hers !== his)
            for session in [hers, his] { await session.durable() }
            #expect(house.supervisor.store?.counts.refused == 0)
        }
        try await Self.live(kept) { house in
            let supervisor = house.supervisor
            #expect(try await supervisor.session("demo", for: self.alice).owner == "ka")
            #expect(try await supervisor.session("demo", for: self.bob).owner == "kb")
            #expect(await supervisor.summaries(for: self.alice).map(\.id) == ["demo"])
            let again = try await supervisor.create(Self.options("demo"), for: self.alice, key: key)
            #expect(try await supervisor.session("demo", for: self.alice) === again)
        }
    }

    /// One life of a house on a store.
    private static func live(_ kept: KeptStore, _ test: (House) async throws -> Void) async throws {
        let store = try kept.open()
        let writer = Task { await store.run() }
        let house = House(store: store)
        _ = try await house.supervisor.restore()
        let life = Task { await house.supervisor.run() }
        try await test(house)
        try await within { await house.supervisor.endAll() }
        try await within { await life.value }
        store.finish()
        try await within { await writer.value }
    }
}
