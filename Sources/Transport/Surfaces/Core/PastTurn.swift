import Actors
import NIOCore
import Storage

/// Reads a prompt's events again: from the memory, and what has left it from the store.
struct PastTurn {
    private static let pageBytes = 256 << 10

    let log: EventLog
    let messageID: String
    /// The number of the event before anything of it.
    let sequence: UInt64

    /// Where a reader goes on that has read what the store alone has.
    struct Point: Sendable {
        /// Has the prompt's end, if it was there.
        var follower: TurnFollower
        /// Of the log in memory.
        var position: UInt64
    }

    /// Reads what is no longer in memory.
    ///
    /// - Parameter take: gets the prompt's own events, in order.
    /// - Returns: from where the memory has the rest.
    /// - Throws: `SessionError`, `history_gone` for what is kept nowhere, `storage_unavailable`.
    func readArchive(_ take: ([Event]) -> Void) async throws(SessionError) -> Point {
        var point = Point(follower: TurnFollower(messageID: self.messageID), position: 0)
        var sequence = self.sequence
        while point.follower.end == nil {
            if let position = self.log.position(after: sequence) {
                point.position = position
                break
            }
            let page = try await self.page(after: sequence)
            guard let last = page.last else {
                point.position = self.log.head.position
                break
            }
            sequence = last.sequence
            take(point.follower.relevant(page))
        }
        return point
    }

    /// Reads all that has happened so far.
    ///
    /// - Parameter take: as of `readArchive`.
    /// - Returns: whether the prompt has had its end.
    /// - Throws: as `readArchive`.
    func read(_ take: ([Event]) -> Void) async throws(SessionError) -> Bool {
        var point = try await self.readArchive(take)
        while point.follower.end == nil {
            let page = self.log.page(after: point.position, maximumBytes: Self.pageBytes)
            guard let last = page.events.last else { break }
            point.position = last.position
            take(point.follower.relevant(page.events))
        }
        return point.follower.end != nil
    }

    /// What others see already of the store's next events.
    private func page(after sequence: UInt64) async throws(SessionError) -> [Event] {
        guard let archive = self.log.archive else {
            throw SessionError(.historyGone, "What was said then is no longer kept.")
        }
        let seen = self.log.head.id.sequence
        do {
            return try await archive.events(after: sequence, maximumBytes: Self.pageBytes)
                .prefix { $0.sequence <= seen }
                .map { stored in
                    Event(
                        position: 0,
                        id: EventID(epoch: self.log.epoch, sequence: stored.sequence),
                        kind: .durable,
                        type: stored.type,
                        turn: stored.turn,
                        envelope: stored.envelope,
                        offset: 0
                    )
                }
        } catch {
            throw SessionError(.storageUnavailable, "The store cannot be read: \(error.code.rawValue).")
        }
    }
}
