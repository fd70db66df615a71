import NIOCore

/// The stored events of one session.
package struct EventArchive: Sendable {
    private let store: Store
    private let session: String

    package init(_ store: Store, session: String) {
        self.store = store
        self.session = session
    }

    /// Those after a number, oldest first: at least one where there is one, about `maximumBytes` in all.
    package func events(after sequence: UInt64, maximumBytes: Int) async throws(StorageError) -> [StoredEvent] {
        try await self.store.events(session: self.session, after: sequence, maximumBytes: maximumBytes)
    }

    /// Those after a number whose type is one of some, oldest first.
    package func events(
        after sequence: UInt64,
        count: Int,
        types: [String]
    ) async throws(StorageError) -> [StoredEvent] {
        try await self.store.events(session: self.session, after: sequence, count: count, types: types)
    }

    /// The newest before a number whose type is one of some, oldest first.
    package func newest(
        before sequence: UInt64,
        count: Int,
        types: [String]
    ) async throws(StorageError) -> [StoredEvent] {
        try await self.store.newest(session: self.session, before: sequence, count: count, types: types)
    }

    /// Where those lie whose type is one of some, in order.
    package func places(_ types: [String]) async throws(StorageError) -> [EventPlace] {
        try await self.store.places(session: self.session, types: types)
    }
}
