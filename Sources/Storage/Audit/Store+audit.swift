import Foundation
import GRDB
import NIOCore

extension Store {
    /// The acts that a query wants, newest first.
    package func audit(_ query: AuditQuery) async throws(StorageError) -> [AuditEntry] {
        var conditions = ["TRUE"]
        var arguments: [(any DatabaseValueConvertible)?] = []
        func want(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
            conditions.append(condition)
            arguments += values
        }
        if let session = query.session { want("session = ?", session) }
        if let owner = query.owner { want("owner = ?", owner) }
        if let actor = query.actor { want("(key = ? OR actor = ?)", actor, actor) }
        if let action = query.action { want("action = ?", action) }
        if let from = query.from { want("at >= ?", from) }
        if let to = query.to { want("at < ?", to) }
        if let asker = query.asker { want("(key = ? OR owner = ?)", asker, asker) }
        if let before = query.before { want("number < ?", before) }
        let sql = """
            SELECT * FROM audit WHERE \(conditions.joined(separator: " AND ")) ORDER BY number DESC LIMIT ?
            """
        let values = StatementArguments(arguments + [query.limit])
        return try await self.read { db in
            try Row.fetchAll(db, sql: sql, arguments: values).map(AuditEntry.init)
        }
    }
}

extension AuditEntry {
    /// A row of the table.
    init(_ row: Row) {
        self.init(
            number: row["number"],
            at: row["at"],
            action: row["action"],
            key: row["key"],
            actor: row["actor"],
            session: row["session"],
            owner: row["owner"],
            target: row["target"],
            outcome: row["outcome"],
            origin: row["origin"],
            request: row["request"],
            details: ByteBuffer(bytes: row["details"] as Data),
            digest: row["digest"]
        )
    }

    /// The newest entry there is.
    static func newest(_ db: Database) throws -> AuditEntry? {
        try Row.fetchOne(db, sql: "SELECT * FROM audit ORDER BY number DESC LIMIT 1").map(AuditEntry.init)
    }
}

extension BatchWriting {
    /// Adds acts; one that is there already stays as it is.
    func write(_ entries: [AuditEntry]) throws {
        for entry in entries {
            try self.run(
                "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    entry.number, entry.at, entry.action, entry.key, entry.actor, entry.session, entry.owner,
                    entry.target, entry.outcome, entry.origin, entry.request,
                    Data(entry.details.readableBytesView), entry.digest,
                ]
            )
        }
    }

    /// Forgets acts that are too old or too many.
    func prune(to bounds: AuditBounds) throws {
        if let earliest = bounds.earliest { try self.run("DELETE FROM audit WHERE at < ?", [earliest]) }
        try self.run(
            "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?",
            [bounds.maximumEntries]
        )
    }
}
