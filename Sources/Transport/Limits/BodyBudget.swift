import Synchronization

/// The memory that the bodies of requests and the messages of WebSockets may hold together.
///
/// Counted is what has come and is not done with, whatever was announced: who announces much and sends nothing takes
/// nothing from others. Up to `freeBytes` of each are not counted, so that a server full of large bodies still answers small
/// requests; what those come to is bounded by the number of connections.
final class BodyBudget: Sendable {
    /// A body or a message of at most this many bytes always finds room.
    static let freeBytes = 64 << 10

    /// Why a body is refused that finds none.
    static let refusal = Problem(.tooManyBodies, "The server holds as much of requests as it takes; come back later.")

    private let limit: Int
    private let used = Mutex(0)

    /// - Parameter limit: bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Bytes that are counted now.
    var held: Int { self.used.withLock { $0 } }

    private func change(by bytes: Int) -> Bool {
        self.used.withLock { used in
            guard bytes <= 0 || used + bytes <= self.limit else { return false }
            used += bytes
            return true
        }
    }

    /// What one body, or one socket, holds; given back at the latest when nobody has it any more.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let counted = Mutex(0)

        init(of budget: BodyBudget) {
            self.budget = budget
        }

        deinit {
            self.release()
        }

        /// Whether so many bytes in all would find room now.
        func mayHold(_ bytes: Int) -> Bool {
            let counted = self.counted.withLock { $0 }
            return bytes <= BodyBudget.freeBytes || bytes - counted <= self.budget.limit - self.budget.held
        }

        /// Holds so many bytes in all, more or less than before.
        ///
        /// - Returns: false when they find no room; it then holds what it held.
        func hold(_ bytes: Int) -> Bool {
            let wanted = bytes > BodyBudget.freeBytes ? bytes : 0
            return self.counted.withLock { counted in
                guard self.budget.change(by: wanted - counted) else { return false }
                counted = wanted
                return true
            }
        }

        /// Gives everything back.
        func release() {
            _ = self.hold(0)
        }
    }
}
