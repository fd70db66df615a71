import NIOCore
import Testing

@testable import Storage

/// Jobs, and what belongs to no session.
@Suite struct StoreRowTests {
    private static func batch(_ rows: StoredRow...) -> StoreBatch {
        var batch = StoreBatch()
        batch.rows = rows
        return batch
    }

    private static func row(_ id: String, _ text: String?, _ kind: StoredRow.Kind = .delivery) -> StoredRow {
        StoredRow(kind, id: id, body: text.map { ByteBuffer(string: $0) })
    }

    @Test func `rows are added, replaced in their place and deleted`() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { (store) async throws in
            let batch = Self.batch(
                Self.row("a", "1"),
                Self.row("b", "2"),
                Self.row("a", "w", .webhook),
                Self.row("c", "3")
            )
            #expect(await store.commit(batch) == .committed)
            #expect(await store.commit(Self.batch(Self.row("a", "4"), Self.row("c", nil))) == .committed)
            #expect(try await store.rows(.delivery) == [Self.row("a", "4"), Self.row("b", "2")])
            #expect(try await store.rows(.webhook) == [Self.row("a", "w", .webhook)])
        }
        let store = try fixture.open()
        #expect(try await store.rows(.delivery).map(\.id) == ["a", "b"])
    }

    @Test func `rows are written with a session's batch, and outlive the session`() async throws {
        try await StoreFixture().withStore { (store) async throws in
            var batch = StoreBatch.made("s1", events: 1...1)
            batch.rows = [Self.row("a", "1")]
            batch.jobs = [.message("j1", isOpen: true)]
            #expect(await store.commit(batch) == .committed)
            #expect(try await store.sessions().first?.jobs == batch.jobs)
            #expect(await store.commit(.removal(of: "s1")) == .committed)
            #expect(try await store.sessions().isEmpty)
            #expect(try await store.rows(.delivery).map(\.id) == ["a"])
        }
    }

    @Test func `the oldest closed jobs leave, of a session and in all`() async throws {
        let fixture = try StoreFixture {
            $0.closedJobs = 2
            $0.closedJobsInAll = 3
        }
        try await fixture.withStore { (store) async throws in
            for session in ["s1", "s2"] {
                var batch = StoreBatch.made(session)
                batch.jobs = [.message("open", isOpen: true)]
                #expect(await store.commit(batch) == .committed)
                for id in ["a", "b", "c"] {
                    var batch = StoreBatch.of(session)
                    batch.jobs = [.message(id)]
                    #expect(await store.commit(batch) == .committed)
                }
            }
            let jobs = try await store.sessions().map { $0.jobs.map(\.id) }
            #expect(jobs == [["open", "c"], ["open", "b", "c"]])
        }
    }

    @Test func `while nothing can be written the last of each row waits`() {
        var backlog = StoreBacklog(maximumBytes: 1 << 20)
        backlog.fold(Self.batch(Self.row("a", "1"), Self.row("b", "2")))
        backlog.fold(Self.batch(Self.row("a", nil), Self.row("c", "3")))
        var batch = StoreBatch.of("s1")
        batch.jobs = [.message("j", isOpen: true)]
        batch.rows = [Self.row("d", "4")]
        backlog.fold(batch)
        batch.jobs = [.message("j")]
        backlog.fold(batch)
        backlog.fold(.removal(of: "s1"))
        let batches = backlog.takeAll()
        #expect(
            batches.flatMap(\.rows) == [Self.row("a", nil), Self.row("b", "2"), Self.row("c", "3"), Self.row("d", "4")]
        )
        #expect(batches.flatMap(\.jobs).isEmpty)
    }
}
