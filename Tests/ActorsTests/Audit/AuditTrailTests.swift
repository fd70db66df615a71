import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite(.timeLimit(.minutes(1))) struct AuditTrailTests {
    /// No cryptography: what it must do here is to tell two texts apart.
    private static let digest: @Sendable (ByteBuffer) -> String = { bytes in
        String(bytes.readableBytesView.reduce(5381 as UInt64) { $0 &* 33 &+ UInt64($1) }, radix: 16)
    }

    private static func record(_ trail: AuditTrail, _ action: String, key: String? = nil, session: String? = nil) {
        let notes = AuditNotes()
        if let session { notes.note(session: session, owner: key) }
        trail.record(action, by: key ?? "anonymous", key: key, origin: .http, notes: notes)
    }

    @Test func `without a store the newest acts are kept in memory`() async throws {
        var limits = AuditTrail.Limits()
        limits.entriesInMemory = 3
        let trail = AuditTrail(limits: limits, digest: Self.digest)
        for number in 1...5 { Self.record(trail, "act\(number)", key: "k\(number % 2)", session: "s\(number)") }
        #expect(try await trail.entries(AuditQuery(limit: 9)).map(\.action) == ["act5", "act4", "act3"])
        #expect(try await trail.entries(AuditQuery(limit: 1)).map(\.number) == [5])
        var query = AuditQuery(limit: 9)
        query.asker = "k0"
        #expect(try await trail.entries(query).map(\.session) == ["s4"])
    }

    @Test func `an entry that is changed, or missing, is seen by those after it`() async throws {
        let trail = AuditTrail(digest: Self.digest)
        for number in 1...5 { Self.record(trail, "act\(number)", session: "s1") }
        let entries = Array(try await trail.entries(AuditQuery(limit: 9)).reversed())
        #expect(trail.isIntact(entries))
        #expect(trail.isIntact(Array(entries.dropFirst(2))))
        var without = entries
        without.remove(at: 2)
        #expect(!trail.isIntact(without))
        var forged = entries
        let old = entries[3]
        forged[3] = AuditEntry(
            number: old.number,
            at: old.at,
            action: "another",
            key: old.key,
            actor: old.actor,
            session: old.session,
            owner: old.owner,
            target: old.target,
            outcome: old.outcome,
            origin: old.origin,
            request: old.request,
            details: old.details,
            digest: old.digest
        )
        #expect(!trail.isIntact(forged))
    }

    @Test func `no two entries are digested alike`() {
        func entry(_ action: String, _ key: String?, _ actor: String) -> AuditEntry {
            AuditEntry(
                number: 1,
                at: "t",
                action: action,
                key: key,
                actor: actor,
                session: nil,
                owner: nil,
                target: nil,
                outcome: "done",
                origin: "http",
                request: nil,
                details: ByteBuffer(string: "{}")
            )
        }
        let texts = [entry("ab", "c", ""), entry("a", "bc", ""), entry("ab", nil, "c"), entry("ab", "", "c")]
            .map { String(buffer: $0.digested(after: "")) }
        #expect(Set(texts).count == texts.count)
    }

    @Test func `the chain goes on where the last server left it`() async throws {
        let kept = try KeptStore()
        for life in 0..<2 {
            let store = try kept.open()
            let writer = Task { await store.run() }
            let trail = AuditTrail(store: store, digest: Self.digest)
            for number in 0..<3 { Self.record(trail, "act\(life * 3 + number)") }
            store.finish()
            await writer.value
        }
        let trail = AuditTrail(store: try kept.open(), digest: Self.digest)
        let entries = Array(try await trail.entries(AuditQuery(limit: 9)).reversed())
        #expect(entries.map(\.action) == (0..<6).map { "act\($0)" })
        #expect(entries.map(\.number) == Array(1...6))
        #expect(trail.isIntact(entries))
    }

    @Test func `what a session does for somebody is noted, without a word of what was said`() async throws {
        let stage = Stage(ScriptedChild.Habits(answersPrompts: true))
        try await Stage.play(stage) { stage in
            _ = try await stage.ready()
            let notes = AuditNotes()
            let receipt = try await AuditNotes.$current.withValue(notes) { try await stage.submit("a secret plan") }
            let trail = AuditTrail(digest: Self.digest)
            trail.record("sendMessage", by: "anonymous", key: nil, origin: .http, notes: notes)
            let entry = try #require(try await trail.entries(AuditQuery(limit: 1)).first)
            #expect(entry.session == "s_test" && entry.target == receipt.messageID)
            #expect(String(buffer: entry.details) == #"{"bytes":15,"delivery":"queue"}"#)
        }
    }
}
