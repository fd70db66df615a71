@testable import Actors

/// What most tests ask for, they ask for as the server itself.
extension Supervisor {
    func create(_ options: SessionOptions, key: IdempotencyKey? = nil) async throws(SessionError) -> Session {
        try await self.create(options, for: .system, key: key)
    }

    func fork(
        _ id: String,
        _ change: SessionChange = SessionChange(),
        as newID: String? = nil
    ) async throws(SessionError) -> Session {
        try await self.fork(id, change, as: newID, for: .system)
    }

    func session(_ id: String) throws(SessionError) -> Session {
        try self.session(id, for: .system)
    }

    func session(ofApproval id: String) async throws(SessionError) -> Session {
        try await self.session(ofApproval: id, for: .system)
    }

    func approvals() async -> [Approval] { await self.approvals(for: .system) }

    func summaries() async -> [SessionSummary] { await self.summaries(for: .system) }
}
