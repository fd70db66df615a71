import NIOCore
import Testing

@testable import Storage

@Suite struct StoreAuditTests {
    private let fixture: StoreFixture

    init() throws {
        self.fixture = try StoreFixture()
    }

    private static func entry(
        _ number: Int64,
        _ action: String = "sendMessage",
        key: String? = "k1",
        session: String? = "s1",
        owner: String? = "k1",
        at: String = "2026-11-27T10:00:00.000Z"
    ) -> AuditEntry {
        AuditEntry(
            number: number,
            at: at,
            action: action,
            key: key,
            actor: key ?? "anonymous",
            session: session,
            owner: owner,
            target: "m_\(number)",
            outcome: "done",
            origin: "http",
            request: "r_\(number)",
            details: ByteBuffer(string: #"{"bytes":2}"#),
            digest: "d\(number)"
        )
    }

    private static func batch(_ entries: [AuditEntry], _ bounds: AuditBounds? = nil) -> StoreBatch {
        var batch = StoreBatch(session: "")
        batch.audit = entries
        batch.auditBounds = bounds
        return batch
    }

    private static func numbers(_ store: Store, _ change: (inout AuditQuery) -> Void = { _ in }) async throws -> [Int64]
    {
        var query = AuditQuery(limit: 100)
        change(&query)
        return try await store.audit(query).map(\.number)
    }

    @Test func `acts are read as they were written, newest first, and outlive session and server`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(store.lastAudit == nil)
            #expect(await store.commit(.made("s1", events: 1...2)) == .committed)
            #expect(await store.commit(Self.batch([Self.entry(1), Self.entry(2, key: nil, owner: nil)])) == .committed)
            #expect(await store.commit(.removal(of: "s1")) == .committed)
            #expect(
                try await store.audit(AuditQuery(limit: 9)) == [Self.entry(2, key: nil, owner: nil), Self.entry(1)]
            )
        }
        #expect(try self.fixture.open().lastAudit?.number == 2)
    }

    @Test func `they are found by session, actor, action and time, and page by page`() async throws {
        try await self.fixture.withStore { (store) async throws in
            let entries = [
                Self.entry(1, "createSession", at: "2026-11-01T00:00:00.000Z"),
                Self.entry(2, key: "k2", session: "s2", owner: "k2", at: "2026-11-02T00:00:00.000Z"),
                Self.entry(3, "answerApproval", key: "k2", at: "2026-11-03T00:00:00.000Z"),
            ]
            #expect(await store.commit(Self.batch(entries)) == .committed)
            #expect(try await Self.numbers(store) == [3, 2, 1])
            #expect(try await Self.numbers(store) { $0.session = "s1" } == [3, 1])
            #expect(try await Self.numbers(store) { $0.actor = "k2" } == [3, 2])
            #expect(try await Self.numbers(store) { $0.action = "createSession" } == [1])
            #expect(try await Self.numbers(store) { $0.from = "2026-11-02T00:00:00.000Z" } == [3, 2])
            #expect(try await Self.numbers(store) { $0.to = "2026-11-02T00:00:00.000Z" } == [1])
            #expect(try await Self.numbers(store) { $0.limit = 2 } == [3, 2])
            #expect(try await Self.numbers(store) { $0.before = 2 } == [1])
            // Its own acts, and what others did to its sessions.
            #expect(try await Self.numbers(store) { $0.asker = "k1" } == [3, 1])
            #expect(try await Self.numbers(store) { $0.asker = "k2" } == [3, 2])
            #expect(try await Self.numbers(store) { $0.asker = "k3" } == [])
            for entry in entries {
                var query = AuditQuery(limit: 1)
                query.asker = "k1"
                query.session = "s1"
                #expect(query.matches(entry) == (entry.number != 2))
            }
        }
    }

    @Test func `what is too old or too much goes`() async throws {
        try await self.fixture.withStore { (store) async throws in
            let entries = (1...9).map { Self.entry($0, at: "2026-11-0\($0)T00:00:00.000Z") }
            let old = AuditBounds(earliest: "2026-11-03T00:00:00.000Z", maximumEntries: 100)
            #expect(await store.commit(Self.batch(entries, old)) == .committed)
            #expect(try await Self.numbers(store) == [9, 8, 7, 6, 5, 4, 3])
            #expect(await store.commit(Self.batch([], AuditBounds(earliest: nil, maximumEntries: 2))) == .committed)
            #expect(try await Self.numbers(store) == [9, 8])
        }
    }

    @Test func `acts wait for a store that fails, and none comes twice`() async throws {
        try await self.fixture.withStore { (store) async throws in
            try await self.fixture.withForeignLock {
                for number in 1...3 { #expect(await store.commit(Self.batch([Self.entry(Int64(number))])) == .delayed) }
            }
            await store.waitUntilHealthy()
            #expect(try await Self.numbers(store) == [3, 2, 1])
            #expect(await store.commit(Self.batch([Self.entry(3)])) == .committed)
            #expect(try await Self.numbers(store) == [3, 2, 1])
        }
    }
}
