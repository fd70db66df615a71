import Synchronization

/// What the writer knows by heart of the sessions it wrote last, so that an event costs one statement.
///
/// A batch that was written changes it, and a transaction that fails makes it forget all.
final class SessionPlaces: Sendable {
    /// Where a session is in the database.
    struct Place {
        /// Its row.
        let number: Int64
        var epoch: UInt32
        /// The number of its last event; 0 for none.
        var head: UInt64
    }

    /// Beyond it all are forgotten: about 2 MB.
    private static let maximumCount = 16_384

    private let places = Mutex<[String: Place]>([:])

    /// Nothing known.
    init() {}

    /// What is known of a session; setting `nil` forgets it.
    subscript(session: String) -> Place? {
        get { self.places.withLock { $0[session] } }
        set {
            self.places.withLock {
                if $0.count >= Self.maximumCount { $0 = [:] }
                $0[session] = newValue
            }
        }
    }

    /// Forgets all.
    func removeAll() {
        self.places.withLock { $0 = [:] }
    }
}
