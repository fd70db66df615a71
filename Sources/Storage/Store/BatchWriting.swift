import Foundation
import GRDB
import NIOCore

/// Writes batches in the transaction that is open on `db`.
struct BatchWriting {
    let db: Database
    let places: SessionPlaces
    let limits: StoreLimits

    /// Writes what a batch holds.
    ///
    /// - Returns: `false` when the batch is of a session that is not stored, and only its usage and rows were written.
    /// - Throws: `BatchFault` or a `DatabaseError`: then the batch is written in part, to be rolled back.
    func write(_ batch: StoreBatch) throws -> Bool {
        for entry in batch.usage { try self.add(entry) }
        try self.write(batch.audit)
        if let bounds = batch.auditBounds { try self.prune(to: bounds) }
        for row in batch.rows { try self.write(row) }
        if batch.isRemoval || batch.startsOver { try self.remove(batch.session) }
        guard !batch.isRemoval, !batch.needsNoSession else { return true }
        var place = try self.place(of: batch.session)
        if let record = batch.record { place = try self.write(record, of: batch.session, at: place) }
        guard var place else { return false }
        try self.write(batch.events, forgottenThrough: batch.forgottenThrough, at: &place)
        try self.write(batch.messages, to: "message", of: place.number)
        try self.write(batch.approvals, to: "approval", of: place.number)
        try self.write(batch.jobs, to: "job", of: place.number, keeping: self.limits.closedJobs)
        if batch.jobs.contains(where: { !$0.isOpen }) { try self.pruneJobs() }
        self.places[batch.session] = place
        return true
    }

    private func add(_ entry: UsageEntry) throws {
        try self.run(
            """
            INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                turns = turns + excluded.turns,
                inputTokens = inputTokens + excluded.inputTokens,
                outputTokens = outputTokens + excluded.outputTokens,
                cacheReadInputTokens = cacheReadInputTokens + excluded.cacheReadInputTokens,
                cacheCreationInputTokens = cacheCreationInputTokens + excluded.cacheCreationInputTokens,
                costUSD = costUSD + excluded.costUSD
            """,
            [
                entry.day, entry.session, entry.model, entry.turns, entry.inputTokens, entry.outputTokens,
                entry.cacheReadInputTokens, entry.cacheCreationInputTokens, entry.costUSD,
            ]
        )
    }

    private func remove(_ session: String) throws {
        self.places[session] = nil
        try self.run("DELETE FROM session WHERE id = ?", [session])
    }

    private func place(of session: String) throws -> SessionPlaces.Place? {
        if let place = self.places[session] { return place }
        let statement = try self.db.cachedStatement(
            sql: """
                SELECT number, epoch,
                    max(forgottenThrough, coalesce((SELECT max(sequence) FROM event WHERE session = number), 0))
                FROM session WHERE id = ?
                """
        )
        guard let row = try Row.fetchOne(statement, arguments: [session]) else { return nil }
        return SessionPlaces.Place(number: row[0], epoch: row[1], head: UInt64(row[2] as Int64))
    }

    /// Replaces the record, and ends the stored log when its epoch changes.
    private func write(
        _ record: StoredRecord,
        of session: String,
        at place: SessionPlaces.Place?
    ) throws -> SessionPlaces.Place? {
        try self.run(
            """
            INSERT INTO session (id, idempotencyKey, epoch, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
                idempotencyKey = excluded.idempotencyKey, epoch = excluded.epoch, body = excluded.body
            """,
            [session, record.idempotencyKey, record.epoch, Data(record.body.readableBytesView)]
        )
        guard var place else { return try self.place(of: session) }
        if place.epoch != record.epoch {
            place.epoch = record.epoch
            try self.forgetEvents(through: 0, at: &place)
        }
        return place
    }

    /// Runs one statement, prepared once for each connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try self.db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
