import Foundation
import GRDB
import NIOCore

extension Store {
    /// The events after a number, in order: at least one where there is one, and about `maximumBytes` at most.
    package func events(
        session: String,
        after sequence: UInt64,
        maximumBytes: Int
    ) async throws(StorageError) -> [StoredEvent] {
        try await self.read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: "\(Self.selectEvents) AND sequence > ? ORDER BY sequence",
                arguments: [session, Int64(clamping: sequence)]
            )
            var found: [StoredEvent] = []
            var bytes = 0
            while let row = try rows.next() {
                let event = Self.event(row)
                bytes += event.envelope.readableBytes
                if bytes > maximumBytes, !found.isEmpty { break }
                found.append(event)
            }
            return found
        }
    }

    /// The first `count` events after a number that have one of `types`, in order; of any type when `types` is empty.
    package func events(
        session: String,
        after sequence: UInt64,
        count: Int,
        types: [String]
    ) async throws(StorageError) -> [StoredEvent] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "\(Self.selectEvents) AND sequence > ?\(Self.isOneOf(types)) ORDER BY sequence LIMIT ?",
                arguments: [session, Int64(clamping: sequence)] + StatementArguments(types) + [max(0, count)]
            ).map(Self.event)
        }
    }

    /// The last `count` events, before a number if there is one, that have one of `types`; of any type when `types` is
    /// empty.
    ///
    /// Oldest first.
    package func newest(
        session: String,
        before sequence: UInt64?,
        count: Int,
        types: [String]
    ) async throws(StorageError) -> [StoredEvent] {
        let end = Int64(clamping: sequence ?? .max)
        return try await self.read { db in
            try Row.fetchAll(
                db,
                sql: "\(Self.selectEvents) AND sequence < ?\(Self.isOneOf(types)) ORDER BY sequence DESC LIMIT ?",
                arguments: [session, end] + StatementArguments(types) + [max(0, count)]
            ).reversed().map(Self.event)
        }
    }

    /// Where the events lie that have one of `types`, in order, without their bytes.
    package func places(session: String, types: [String]) async throws(StorageError) -> [EventPlace] {
        try await self.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, turn FROM event WHERE session = (SELECT number FROM session WHERE id = ?)\
                    \(Self.isOneOf(types)) ORDER BY sequence
                    """,
                arguments: [session] + StatementArguments(types)
            ).map { EventPlace(sequence: UInt64($0[0] as Int64), turn: $0[1]) }
        }
    }

    private static let selectEvents = """
        SELECT sequence, type, turn, envelope FROM event WHERE session = (SELECT number FROM session WHERE id = ?)
        """

    private static func isOneOf(_ types: [String]) -> String {
        types.isEmpty ? "" : " AND type IN (\(types.map { _ in "?" }.joined(separator: ", ")))"
    }

    private static func event(_ row: Row) -> StoredEvent {
        StoredEvent(
            sequence: UInt64(row[0] as Int64),
            type: row[1],
            turn: row[2],
            envelope: ByteBuffer(bytes: row[3] as Data)
        )
    }
}
