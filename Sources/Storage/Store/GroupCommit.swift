import GRDB

/// Writes batches in one transaction, so that one which cannot be written does not sink the others.
struct GroupCommit: Sendable {
    let places = SessionPlaces()
    let limits: StoreLimits

    /// Writes and commits.
    ///
    /// - Parameters:
    ///   - batches: in order.
    ///   - db: a connection without a transaction.
    /// - Returns: the indices of the batches that were refused for what they hold.
    /// - Throws: when nothing was written.
    func write(_ batches: [StoreBatch], to db: Database) throws -> Set<Int> {
        do {
            return try self.commit(batches, to: db) { try $0.write($1) }
        } catch  where BatchFault.explains(error) {
            self.places.removeAll()
        } catch {
            self.places.removeAll()
            throw error
        }
        do {
            return try self.commit(batches, to: db, writing: self.writeIsolated)
        } catch {
            self.places.removeAll()
            throw error
        }
    }

    private func commit(
        _ batches: [StoreBatch],
        to db: Database,
        writing: (BatchWriting, StoreBatch) throws -> Bool
    ) throws -> Set<Int> {
        let transaction = BatchWriting(db: db, places: self.places, limits: self.limits)
        var refused: Set<Int> = []
        try db.inTransaction(.immediate) {
            for (index, batch) in batches.enumerated() where try !writing(transaction, batch) {
                refused.insert(index)
            }
            return .commit
        }
        return refused
    }

    /// Writes a batch in a savepoint of its own, which costs as much as an event.
    private func writeIsolated(_ transaction: BatchWriting, _ batch: StoreBatch) throws -> Bool {
        var isWritten = false
        do {
            try transaction.db.inSavepoint {
                isWritten = try transaction.write(batch)
                return .commit
            }
        } catch  where BatchFault.explains(error) {
            return false
        }
        return isWritten
    }
}
