import Synchronization

/// What the clients of a soak know of each other: which sessions there are, what was promised, what went wrong.
final class SoakBoard: Sendable {
    private struct State {
        var live: [String] = []
        var returned: Set<String> = []
        var complaints: [String] = []
        var counts: [String: Int] = [:]
        var isLoading = true
        var isOver = false
    }

    private let state = Mutex(State())

    /// Sessions that nobody has deleted.
    var live: [String] { self.state.withLock { $0.live } }
    /// Messages that the receipt of an interrupt said were handed back.
    var returned: Set<String> { self.state.withLock { $0.returned } }
    var complaints: [String] { self.state.withLock { $0.complaints } }
    /// Whether new work is still made.
    var isLoading: Bool { self.state.withLock { $0.isLoading } }
    /// Whether all that was asked for has its end: readers read up to the head and leave.
    var isOver: Bool { self.state.withLock { $0.isOver } }
    /// What was done, as `kind count`.
    var summary: String {
        self.state.withLock { $0.counts }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            .joined(separator: ", ")
    }

    func born(_ session: String) { self.state.withLock { $0.live.append(session) } }
    func gone(_ session: String) { self.state.withLock { $0.live.removeAll { $0 == session } } }
    func handedBack(_ messages: [String]) { self.state.withLock { $0.returned.formUnion(messages) } }
    func count(_ kind: String) { self.state.withLock { $0.counts[kind, default: 0] += 1 } }
    func endLoad() { self.state.withLock { $0.isLoading = false } }
    func end() { self.state.withLock { $0.isOver = true } }

    /// Notes something that must not be.
    func complain(_ what: String) {
        self.state.withLock { $0.complaints.append(what) }
    }
}
