import Synchronization

/// What keys have open at once, against a limit: streams and sockets (`KeyLimits.subscribers`), or files on their way.
final class Places: Sendable {
    /// One of them; given back when nobody holds it any more.
    final class Place: Sendable {
        private let places: Places
        private let owner: String

        fileprivate init(_ places: Places, _ owner: String) {
            self.places = places
            self.owner = owner
        }

        deinit {
            self.places.leave(self.owner)
        }
    }

    private let counts = Mutex<[String: Int]>([:])

    /// Takes a place.
    ///
    /// - Returns: `nil` when the owner has as many as it may.
    func take(_ owner: String, limit: Int) -> Place? {
        let isFree = self.counts.withLock { counts in
            guard counts[owner, default: 0] < limit else { return false }
            counts[owner, default: 0] += 1
            return true
        }
        return isFree ? Place(self, owner) : nil
    }

    /// Those that are taken.
    var count: Int { self.counts.withLock { $0.values.reduce(0, +) } }

    private func leave(_ owner: String) {
        self.counts.withLock { counts in
            let left = counts[owner, default: 1] - 1
            counts[owner] = left > 0 ? left : nil
        }
    }
}
