import DequeModule
package import NIOCore
package import Storage
import Synchronization

/// The acts of everyone, in the order in which they were done: appended to, never changed.
///
/// In the store where there is one, else in memory, the newest ones. Each entry's digest covers the digest before it, so
/// what was changed or removed in the file later is seen by whoever reads it in order; the newest digest, kept elsewhere,
/// tells whether the end was cut off.
package final class AuditTrail: Sendable {
    /// What is kept.
    package struct Limits: Sendable {
        /// How long; `nil` for ever.
        package var days: Int? = 90
        /// How many, however young.
        package var entries = 1_000_000
        /// How many where nothing is stored.
        package var entriesInMemory = 10_000

        package init() {}
    }

    /// Where an act came from.
    package enum Origin: String, Sendable {
        case http, websocket
        /// The server did it by itself.
        case server
    }

    private struct State {
        var number: Int64
        var digest: String
        /// Where nothing is stored.
        var ring: Deque<AuditEntry> = []
        /// The day on which old entries were last let go.
        var prunedOn = ""
        var sincePruned = 0
    }

    /// Entries from one look at what is too old to the next, within a day.
    private static let pruneEvery = 10_000

    private let store: Store?
    private let limits: Limits
    private let digest: @Sendable (ByteBuffer) -> String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - store: where it goes; `nil` for memory.
    ///   - limits: what is kept.
    ///   - digest: SHA-256 in hexadecimal, which this target cannot compute.
    package init(store: Store? = nil, limits: Limits = Limits(), digest: @escaping @Sendable (ByteBuffer) -> String) {
        self.store = store
        self.limits = limits
        self.digest = digest
        let last = store?.lastAudit
        self.state = Mutex(State(number: last?.number ?? 0, digest: last?.digest ?? ""))
    }

    /// Appends an act.
    ///
    /// - Parameters:
    ///   - action: its name.
    ///   - actor: who did it.
    ///   - key: by which key.
    ///   - outcome: `done`, or the code of the refusal.
    ///   - origin: where it came from.
    ///   - request: the request's id.
    ///   - notes: what was said of it.
    package func record(
        _ action: String,
        by actor: String,
        key: String?,
        outcome: String = "done",
        origin: Origin,
        request: String? = nil,
        notes: AuditNotes
    ) {
        let (session, owner, target, details) = notes.read { ($0.session, $0.owner, $0.target, $0.details) }
        let at = Timestamp.now()
        self.state.withLock { state in
            var entry = AuditEntry(
                number: state.number + 1,
                at: at,
                action: action,
                key: key,
                actor: actor,
                session: session,
                owner: owner,
                target: target,
                outcome: outcome,
                origin: origin.rawValue,
                request: request,
                details: details
            )
            entry.digest = self.digest(entry.digested(after: state.digest))
            state.number = entry.number
            state.digest = entry.digest
            self.keep(entry, &state)
        }
    }

    /// Appends what the server did by itself.
    package func record(_ action: String, bySystemTo session: String? = nil, owner: String? = nil, _ notes: AuditNotes)
    {
        if let session { notes.note(session: session, owner: owner) }
        self.record(action, by: "system", key: nil, origin: .server, notes: notes)
    }

    /// The acts that a query wants, newest first; those of the last moment may still be on their way to the store.
    ///
    /// - Throws: `StorageError` when the store cannot be read.
    package func entries(_ query: AuditQuery) async throws(StorageError) -> [AuditEntry] {
        if let store { return try await store.audit(query) }
        return self.state.withLock { state in
            Array(state.ring.reversed().lazy.filter(query.matches).prefix(query.limit))
        }
    }

    /// Whether entries in order, oldest first, are as they were made: each digest covers the one before it.
    ///
    /// The first is taken on trust, as by `AuditChain`.
    package func isIntact(_ entries: [AuditEntry]) -> Bool {
        var chain = AuditChain(digest: self.digest)
        return entries.allSatisfy { chain.take($0) == nil }
    }

    private func keep(_ entry: AuditEntry, _ state: inout State) {
        let bounds = self.dueBounds(entry, &state)
        guard let store else {
            state.ring.append(entry)
            if let earliest = bounds?.earliest { state.ring.removeAll { $0.at < earliest } }
            if state.ring.count > self.limits.entriesInMemory { state.ring.removeFirst() }
            return
        }
        var batch = StoreBatch(session: "")
        batch.audit = [entry]
        batch.auditBounds = bounds
        // Within the lock, so that the file has them in order.
        store.write(batch) { _ in }
    }

    /// What is to be let go now: once a day, and after many entries.
    private func dueBounds(_ entry: AuditEntry, _ state: inout State) -> AuditBounds? {
        let day = String(entry.at.prefix(10))
        state.sincePruned += 1
        guard state.prunedOn != day || state.sincePruned >= Self.pruneEvery else { return nil }
        state.prunedOn = day
        state.sincePruned = 0
        let earliest = self.limits.days.map { Timestamp.before(now: .seconds(86_400) * $0) }
        return AuditBounds(earliest: earliest, maximumEntries: Int64(self.limits.entries))
    }
}
