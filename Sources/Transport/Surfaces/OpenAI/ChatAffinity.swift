import Actors
import Synchronization

/// Which session holds which conversation: so that a client that sends all of it each time stays on one warm process.
///
/// A table in memory, of the newest: what is not in it is a new session that is told everything.
final class ChatAffinity: Sendable {
    /// Conversations that are remembered.
    static let limit = 256

    /// A client's word for its conversation; each caller has its own.
    struct Key: Hashable, Sendable {
        let owner: String?
        let word: String
    }

    /// A conversation and its session.
    struct Entry: Sendable {
        let session: SessionAddress
        /// Model, system prompt and shape: another makes another session.
        let options: SessionOptions
        /// The messages of the request that went there last (`OpenAIMessage.digest`).
        let heard: [String]
        /// That request's prompt, and where the log stood before it.
        let message: String
        let start: UInt64
        let stops: [String]
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Oldest first.
        var order: [Key] = []
    }

    private let state = Mutex(State())

    /// Takes an entry out, so that no other request goes to its session meanwhile.
    func take(_ key: Key) -> Entry? {
        self.state.withLock { state in
            state.order.removeAll { $0 == key }
            return state.entries.removeValue(forKey: key)
        }
    }

    /// Puts an entry in, unless another has come.
    ///
    /// - Returns: false when the place was taken.
    @discardableResult
    func put(_ entry: Entry, for key: Key) -> Bool {
        self.state.withLock { state in
            guard state.entries[key] == nil else { return false }
            if state.order.count >= Self.limit { state.entries[state.order.removeFirst()] = nil }
            state.order.append(key)
            state.entries[key] = entry
            return true
        }
    }
}
