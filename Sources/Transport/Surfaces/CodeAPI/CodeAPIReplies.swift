import Actors
import NIOCore
import Synchronization

/// The answers to chats that brought an `Idempotency-Key`, for as long as somebody may ask again.
final class CodeAPIReplies: Sendable {
    /// What is to be done with a chat.
    enum Admission: Equatable {
        /// It has not been asked before, or came to nothing: ask, and say `finished`.
        case new
        /// The `data` of its answer.
        case known(ByteBuffer)
        /// It is being asked.
        case running
        /// The key stood for something else.
        case conflict
    }

    private struct Entry {
        let fingerprint: String
        /// `nil` while it is being asked.
        var data: ByteBuffer?
        var until: ContinuousClock.Instant?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Those with an answer, oldest first.
        var order: [String] = []
        var bytes = 0
    }

    /// As long, and as many, as the original keeps them.
    static let life: Duration = .seconds(300)
    static let maximumCount = 1000
    private static let maximumBytes = 32 << 20

    private let state = Mutex(State())

    /// Asks whether a chat is new.
    ///
    /// - Parameters:
    ///   - name: who asks whom under which key.
    ///   - fingerprint: what is asked.
    ///   - now: the instant.
    /// - Returns: what is to be done with it.
    func begin(_ name: String, _ fingerprint: String, now: ContinuousClock.Instant = .now) -> Admission {
        self.state.withLock { state in
            Self.drop(&state) { $0.until.map { $0 <= now } ?? false }
            if let entry = state.entries[name] {
                guard entry.fingerprint == fingerprint else { return .conflict }
                return entry.data.map { .known($0) } ?? .running
            }
            state.entries[name] = Entry(fingerprint: fingerprint)
            return .new
        }
    }

    /// A chat that was new has ended.
    ///
    /// - Parameters:
    ///   - name: as of `begin`.
    ///   - data: of its answer; `nil` when it came to nothing, so that it can be asked again.
    ///   - now: the instant.
    func finished(_ name: String, _ data: ByteBuffer?, now: ContinuousClock.Instant = .now) {
        self.state.withLock { state in
            guard let data else {
                state.entries[name] = nil
                return
            }
            state.entries[name]?.data = data
            state.entries[name]?.until = now + Self.life
            state.order.append(name)
            state.bytes += data.readableBytes
            while state.order.count > Self.maximumCount || state.bytes > Self.maximumBytes, state.order.count > 1 {
                Self.drop(&state, state.order.removeFirst())
            }
        }
    }

    /// Answers that are kept.
    var count: Int { self.state.withLock { $0.order.count } }

    private static func drop(_ state: inout State, while isOver: (Entry) -> Bool) {
        while let name = state.order.first, let entry = state.entries[name], isOver(entry) {
            state.order.removeFirst()
            Self.drop(&state, name)
        }
    }

    private static func drop(_ state: inout State, _ name: String) {
        state.bytes -= state.entries.removeValue(forKey: name)?.data?.readableBytes ?? 0
    }
}
