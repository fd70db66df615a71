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
    /// - Returns: envelopes.
    /// - Throws: `SessionError` when what follows is no longer kept, or cannot be read.
    package func history(_ count: Int, after sequence: UInt64?) async throws(SessionError) -> [ByteBuffer] {
        guard let sequence else {
            let older = await self.olderMessages(count)
            let recent = self.log.newest(count, where: Self.isMessage)
            let first = recent.first?.sequence ?? .max
            let past = older.filter { $0.sequence < first }.suffix(count - recent.count)
            return past.map(\.envelope) + recent.map(\.envelope)
        }
        if let recent = self.log.durable(after: sequence, count: count, where: Self.isMessage) {
            return recent.map(\.envelope)
        }
        guard let archive = self.log.archive else {
            throw SessionError(.historyGone, "What follows the cursor is no longer kept.")
        }
        do {
            return try await archive.events(after: sequence, count: count, types: Self.messageTypes).map(\.envelope)
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
