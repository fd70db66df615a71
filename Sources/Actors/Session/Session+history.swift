import Agent
import Logging
package import NIOCore
import Storage

/// What was said in a session, from memory and from the store.
extension Session {
    /// Past messages, oldest first: from memory, and what is older from the store.
    ///
    /// - Parameters:
    ///   - count: how many at most.
    ///   - sequence: the number of the event they follow; `nil` for the newest.
    ///   - end: the number of the event they come before; `nil` for no end.
    /// - Returns: envelopes.
    /// - Throws: `SessionError` when what is asked for is no longer kept, or cannot be read.
    package func history(
        _ count: Int,
        after sequence: UInt64?,
        before end: UInt64? = nil
    ) async throws(SessionError) -> [ByteBuffer] {
        guard let sequence else { return try await self.newestMessages(count, before: end) }
        let isWanted = { (event: Event) in Self.isMessage(event) && event.sequence < end ?? .max }
        if let recent = self.log.durable(after: sequence, count: count, where: isWanted) {
            return recent.map(\.envelope)
        }
        guard let archive = self.log.archive else {
            throw SessionError(.historyGone, "What follows the cursor is no longer kept.")
        }
        do {
            return try await archive.events(after: sequence, count: count, types: Self.messageTypes)
                .filter { $0.sequence < end ?? .max }.map(\.envelope)
        } catch {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
    }

    /// The newest messages before an event, or of all.
    private func newestMessages(_ count: Int, before end: UInt64?) async throws(SessionError) -> [ByteBuffer] {
        guard let end else {
            let older = await self.olderMessages(count)
            let recent = self.log.newest(count, where: Self.isMessage)
            let first = recent.first?.sequence ?? .max
            let past = older.filter { $0.sequence < first }.suffix(count - recent.count)
            return past.map(\.envelope) + recent.map(\.envelope)
        }
        let recent = self.log.newest(count) { Self.isMessage($0) && $0.sequence < end }
        let first = self.log.firstInMemory
        guard recent.count < count, first > 1 else { return recent.map(\.envelope) }
        guard let archive = self.log.archive else {
            guard recent.isEmpty, end > 1 else { return recent.map(\.envelope) }
            throw SessionError(.historyGone, "What comes before the cursor is no longer kept.")
        }
        do {
            let missing = count - recent.count
            let past = try await archive.newest(before: min(end, first), count: missing, types: Self.messageTypes)
            return past.map(\.envelope) + recent.map(\.envelope)
        } catch {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
    }

    /// A part of all that is kept of some types, counted from the first.
    ///
    /// - Parameters:
    ///   - types: of events.
    ///   - range: which of them.
    /// - Returns: how many there are in all, and those of the range.
    /// - Throws: `SessionError` when the store cannot be read.
    package func transcript(
        of types: [String],
        _ range: Range<Int>
    ) async throws(SessionError) -> (total: Int, entries: [TranscriptEntry]) {
        guard let archive = self.log.archive else {
            let first = self.log.firstInMemory - 1
            let all = self.log.durable(after: first, count: .max) { types.contains($0.type) } ?? []
            let places = all.map { EventPlace(sequence: $0.sequence, turn: $0.turn) }
            return (
                all.count, TranscriptEntry.entries(all[range.clamped(to: 0..<all.count)].map(\.envelope), places, range)
            )
        }
        do {
            let places = try await archive.places(types)
            let part = places[range.clamped(to: 0..<places.count)]
            guard let first = part.first else { return (places.count, []) }
            let events = try await archive.events(after: first.sequence - 1, count: part.count, types: types)
            return (places.count, TranscriptEntry.entries(events.map(\.envelope), places, range))
        } catch {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
    }

    /// What the memory no longer has of the newest messages.
    func olderMessages(_ count: Int) async -> [StoredEvent] {
        let recent = self.log.newest(count, where: Self.isMessage)
        guard recent.count < count, let archive = self.log.archive, self.log.firstInMemory > 1 else { return [] }
        do {
            return try await archive.newest(before: self.log.firstInMemory, count: count, types: Self.messageTypes)
        } catch {
            self.logger.warning("older messages could not be read", metadata: [LogKey.code: "\(error.code.rawValue)"])
            return []
        }
    }
}
