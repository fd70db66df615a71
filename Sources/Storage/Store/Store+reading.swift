import Foundation
import GRDB
import NIOCore

extension Store {
    /// Every session that is stored, oldest first.
    package func sessions() async throws(StorageError) -> [StoredSession] {
        try await self.read { db in
            let messages = try Self.items(db, of: "message")
            let approvals = try Self.items(db, of: "approval")
            let jobs = try Self.items(db, of: "job")
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, id, epoch, idempotencyKey, body,
                        max(forgottenThrough, coalesce((SELECT max(sequence) FROM event WHERE session = number), 0)),
                        (SELECT min(sequence) FROM event WHERE session = number)
                    FROM session ORDER BY number
                    """
            )
            return rows.map { row in
                let number: Int64 = row[0]
                let head = UInt64(row[5] as Int64)
                let body = ByteBuffer(bytes: row[4] as Data)
                return StoredSession(
                    id: row[1],
                    record: StoredRecord(epoch: row[2], idempotencyKey: row[3], body: body),
                    head: head,
                    first: (row[6] as Int64?).map { UInt64($0) } ?? head + 1,
                    messages: messages[number] ?? [],
                    approvals: approvals[number] ?? [],
                    jobs: jobs[number] ?? []
                )
            }
        }
    }

    /// What was used from one day through another, in order of day, session and model; `nil` stands for any.
    ///
    /// The session need not be stored any more. Days are `YYYY-MM-DD`.
    package func usage(
        from first: String?,
        through last: String?,
        session: String?
    ) async throws(StorageError) -> [UsageEntry] {
        let wanted = [("day >= ?", first), ("day <= ?", last), ("session = ?", session)].filter { $0.1 != nil }
        let condition = ["TRUE"] + wanted.map(\.0)
        return try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM usage WHERE \(condition.joined(separator: " AND ")) ORDER BY day, session, model",
                arguments: StatementArguments(wanted.map(\.1))
            ).map { row in
                UsageEntry(
                    day: row[0],
                    session: row[1],
                    model: row[2],
                    turns: row[3],
                    inputTokens: row[4],
                    outputTokens: row[5],
                    cacheReadInputTokens: row[6],
                    cacheCreationInputTokens: row[7],
                    costUSD: row[8]
                )
            }
        }
    }

    /// The rows of a kind, oldest first.
    package func rows(_ kind: StoredRow.Kind) async throws(StorageError) -> [StoredRow] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT id, body FROM keepsake WHERE kind = ? ORDER BY number",
                arguments: [kind.rawValue]
            ).map { StoredRow(kind, id: $0[0], body: ByteBuffer(bytes: $0[1] as Data)) }
        }
    }

    /// All messages, approvals or jobs, by the number of their session, oldest first.
    private static func items(_ db: Database, of table: String) throws -> [Int64: [StoredItem]] {
        var items: [Int64: [StoredItem]] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT session, id, isOpen, body FROM \(table) ORDER BY number")
        while let row = try rows.next() {
            items[row[0], default: []].append(
                StoredItem(id: row[1], isOpen: row[2], body: ByteBuffer(bytes: row[3] as Data))
            )
        }
        return items
    }

    /// Reads one consistent state of the database on a connection of its own, while the writer writes.
    func read<Value: Sendable>(
        _ body: @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await self.pool.read(body)
        } catch {
            throw self.storageError(error)
        }
    }
}
