import Foundation
import GRDB
import NIOCore

extension BatchWriting {
    /// Adds events to a session's log; a gap before them, or before those that are lost, ends what is stored of it.
    ///
    /// - Parameters:
    ///   - events: in order.
    ///   - forgottenThrough: the last event that is lost; 0 for none.
    ///   - place: the session, whose head moves.
    /// - Throws: `BatchFault` for a number that is stored already, out of order, or larger than SQLite's.
    func write(_ events: [StoredEvent], forgottenThrough: UInt64, at place: inout SessionPlaces.Place) throws {
        if let first = events.first?.sequence, first > 0, first - 1 > max(place.head, forgottenThrough) {
            try self.forgetEvents(through: first - 1, at: &place)
        } else if forgottenThrough > place.head {
            try self.forgetEvents(through: forgottenThrough, at: &place)
        }
        for event in events {
            guard event.sequence == place.head + 1, let sequence = Int64(exactly: event.sequence) else {
                throw BatchFault.eventOutOfOrder
            }
            try self.run(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?)",
                [place.number, sequence, event.type, event.turn, Data(event.envelope.readableBytesView)]
            )
            place.head = event.sequence
        }
    }

    /// Deletes all stored events of a session; the next one has the number after `sequence`.
    func forgetEvents(through sequence: UInt64, at place: inout SessionPlaces.Place) throws {
        guard let stored = Int64(exactly: sequence) else { throw BatchFault.eventOutOfOrder }
        try self.run("DELETE FROM event WHERE session = ?", [place.number])
        try self.run("UPDATE session SET forgottenThrough = ? WHERE number = ?", [stored, place.number])
        place.head = sequence
    }

    /// Replaces items of a session in `message`, `approval` or `job`, adds new ones in order, and prunes what is closed.
    func write(_ items: [StoredItem], to table: String, of session: Int64, keeping closed: Int? = nil) throws {
        for item in items {
            try self.run(
                """
                INSERT INTO \(table) (session, id, isOpen, body) VALUES (?, ?, ?, ?)
                ON CONFLICT (session, id) DO UPDATE SET isOpen = excluded.isOpen, body = excluded.body
                """,
                [session, item.id, item.isOpen, Data(item.body.readableBytesView)]
            )
        }
        guard items.contains(where: { !$0.isOpen }) else { return }
        try self.run(
            """
            DELETE FROM \(table) WHERE session = ?1 AND isOpen = 0 AND number <= (
                SELECT number FROM \(table) WHERE session = ?1 AND isOpen = 0 ORDER BY number DESC LIMIT 1 OFFSET ?2
            )
            """,
            [session, closed ?? self.limits.closedItems]
        )
    }

    /// The oldest closed jobs leave, whosever they are.
    func pruneJobs() throws {
        try self.run(
            """
            DELETE FROM job WHERE isOpen = 0 AND number <= (
                SELECT number FROM job WHERE isOpen = 0 ORDER BY number DESC LIMIT 1 OFFSET ?
            )
            """,
            [self.limits.closedJobsInAll]
        )
    }

    /// Replaces, adds or deletes a row.
    func write(_ row: StoredRow) throws {
        guard let body = row.body else {
            return try self.run("DELETE FROM keepsake WHERE kind = ? AND id = ?", [row.kind.rawValue, row.id])
        }
        try self.run(
            """
            INSERT INTO keepsake (kind, id, body) VALUES (?, ?, ?)
            ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
            """,
            [row.kind.rawValue, row.id, Data(body.readableBytesView)]
        )
    }
}
