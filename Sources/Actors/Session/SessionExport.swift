package import Storage

/// Reads all durable events of a log, from its beginning to what was its head, page by page: from the archive what has
/// left the memory.
package struct SessionExport: Sendable {
    /// What comes next.
    package enum Piece: Sendable {
        case events([StoredEvent])
        /// Events that are no longer kept: those after the first id, up to the second.
        case gap(from: EventID, to: EventID)
    }

    private static let pageEvents = 256
    private static let pageBytes = 256 << 10

    /// The session's public id.
    package let session: String
    private let log: EventLog
    private let last: UInt64
    private var cursor: UInt64 = 0

    /// Everything that readers see of a log now.
    package init(_ log: EventLog) {
        self.session = log.session
        self.log = log
        self.last = log.head.id.sequence
    }

    /// The next piece; `nil` at the end.
    ///
    /// - Throws: `SessionError` when the store cannot be read.
    package mutating func next() async throws(SessionError) -> Piece? {
        guard self.cursor < self.last else { return nil }
        var events: [StoredEvent]
        if let recent = self.log.durable(after: self.cursor, count: Self.pageEvents, where: { _ in true }) {
            events = recent.compactMap(\.stored)
        } else if let archive = self.log.archive {
            do {
                events = try await archive.events(after: self.cursor, maximumBytes: Self.pageBytes)
            } catch {
                throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
            }
        } else {
            let from = self.cursor
            self.cursor = self.log.firstInMemory - 1
            return .gap(
                from: EventID(epoch: self.log.epoch, sequence: from),
                to: EventID(epoch: self.log.epoch, sequence: self.cursor)
            )
        }
        events.removeAll { $0.sequence > self.last }
        guard let newest = events.last else { return nil }
        self.cursor = newest.sequence
        return .events(events)
    }
}
