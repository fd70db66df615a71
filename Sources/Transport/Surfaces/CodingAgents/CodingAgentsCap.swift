import Actors
import HTTPTypes
import Synchronization

/// Keeps a caller's sessions of this surface to as many as the original has in all.
final class CodingAgentsCap: Sendable {
    /// `nil` for no limit.
    private let limit: Int?
    /// Ids of sessions that are being made, by owner.
    private let making = Mutex<[String: Set<String>]>([:])

    init(_ limit: Int?) {
        self.limit = limit
    }

    /// Makes a session, if there is room for it.
    ///
    /// - Parameters:
    ///   - id: the new session's.
    ///   - caller: whose it becomes.
    ///   - sessions: where the others are.
    ///   - body: makes it.
    /// - Returns: the session.
    /// - Throws: `Problem` when there is no room, and what `body` throws.
    func hold(
        _ id: String,
        for caller: Caller,
        _ sessions: SurfaceSessions,
        _ body: () async throws -> Session
    ) async throws -> Session {
        guard let limit else { return try await body() }
        let owner = caller.owner ?? ""
        // First, so that of two at once each sees the other: it is here or it is among the sessions.
        let others = self.making.withLock { making in
            making[owner, default: []].insert(id)
            return making[owner] ?? []
        }
        defer {
            self.making.withLock { making in
                making[owner]?.remove(id)
                if making[owner]?.isEmpty == true { making[owner] = nil }
            }
        }
        guard await others.union(Self.own(caller, sessions, limit)).count <= limit else {
            throw Problem(.tooManyRequests, "session_limit", "Maximum sessions limit reached: \(limit)")
        }
        return try await body()
    }

    /// The ids of the caller's sessions of this surface; of all its sessions when those are few enough.
    private static func own(_ caller: Caller, _ sessions: SurfaceSessions, _ limit: Int) async -> Set<String> {
        let all = await sessions.supervisor.summaries(for: caller).filter { summary in
            summary.owner == caller.owner && summary.state != .ended
        }
        guard all.count >= limit else { return Set(all.map(\.id)) }
        var own: Set<String> = []
        for summary in all {
            guard let session = try? await sessions.session(of: summary, for: caller) else { continue }
            if await session.optionsView().notes?["origin"] == CodingAgentsCreate.origin { own.insert(summary.id) }
        }
        return own
    }
}
