import Actors

/// What most tests ask for, they ask for as the server itself.
extension Supervisor {
    func create(_ options: SessionOptions) async throws(SessionError) -> Session {
        try await self.create(options, for: .system)
    }

    func session(_ id: String) throws(SessionError) -> Session {
        try self.session(id, for: .system)
    }
}
