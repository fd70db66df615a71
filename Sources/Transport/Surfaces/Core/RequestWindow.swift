import Actors
import DequeModule
import HTTPTypes
import Synchronization

/// Lets exactly so many requests of each caller through in a window of time: what other systems limit by.
///
/// Unlike `RateLimiter` it remembers when they came, so that the numbers are those that the systems' clients count with.
final class RequestWindow: Sendable {
    /// When a window ends.
    enum Kind: Sendable {
        /// A length after its first request; then the next begins, empty.
        case fixed
        /// Never: each request leaves it a length after it came.
        case sliding
    }

    /// What the window says to one request.
    struct State: Sendable, Equatable {
        let limit: Int
        let length: Duration
        /// Requests that would still be let through.
        let remaining: Int
        /// Until there is room again that is taken now.
        let resetsIn: Duration
        /// The same as a time of the wall clock, in milliseconds since 1970.
        let resetsAt: Int
        let isAdmitted: Bool

        /// The fields that both systems with such a limit have.
        ///
        /// - Parameter reset: `X-RateLimit-Reset`, in the unit of the system.
        /// - Returns: to be added to an answer.
        func fields(reset: Int) -> HTTPFields {
            var fields = HTTPFields()
            let values = [
                ("X-RateLimit-Limit", self.limit), ("X-RateLimit-Remaining", self.remaining),
                ("X-RateLimit-Reset", reset),
            ]
            for case (let name?, let value) in values.map({ (HTTPField.Name($0.0), $0.1) }) {
                fields[name] = String(value)
            }
            return fields
        }
    }

    /// The requests of one caller that still count.
    private struct Arrivals {
        var first: ContinuousClock.Instant
        /// When the first leaves, in milliseconds since 1970.
        var resetsAt: Int
        var count = 1
        /// Those after the first, where each leaves by itself.
        var later: Deque<ContinuousClock.Instant> = []
    }

    private let limit: Int
    private let length: Duration
    private let kind: Kind
    private let maximumCallers: Int
    private let callers = Mutex<[String: Arrivals]>([:])

    /// - Parameters:
    ///   - limit: requests in a window, one at least.
    ///   - length: of a window.
    ///   - kind: when it ends.
    ///   - maximumCallers: of which it keeps count; those who have used the least are forgotten first.
    init(_ limit: Int, in length: Duration, _ kind: Kind, maximumCallers: Int = 10_000) {
        self.limit = limit
        self.length = length
        self.kind = kind
        self.maximumCallers = maximumCallers
    }

    /// Counts a request: by the caller's key, or by the address where there is none.
    func count(_ context: APIContext) -> State { self.count(Self.caller(context)) }

    /// What is left to a caller, without counting anything.
    func state(_ context: APIContext) -> State { self.look(Self.caller(context), now: .now, counts: false) }

    /// Counts a request; one that is refused does not count.
    func count(_ caller: String, now: ContinuousClock.Instant = .now) -> State {
        self.look(caller, now: now, counts: true)
    }

    private static func caller(_ context: APIContext) -> String {
        context.caller.key.map { "key \($0.id)" } ?? "address \(context.client.block)"
    }

    private func look(_ caller: String, now: ContinuousClock.Instant, counts: Bool) -> State {
        self.callers.withLock { callers in
            var arrivals = callers[caller].flatMap { self.aged($0, now: now) }
            let isAdmitted = (arrivals?.count ?? 0) < self.limit
            if isAdmitted, counts {
                if arrivals == nil {
                    arrivals = Arrivals(first: now, resetsAt: self.end(of: now, now: now))
                } else {
                    arrivals?.count += 1
                    if self.kind == .sliding { arrivals?.later.append(now) }
                }
                if callers[caller] == nil, callers.count >= self.maximumCallers { self.makeRoom(&callers, now: now) }
                callers[caller] = arrivals
            }
            return State(
                limit: self.limit,
                length: self.length,
                remaining: max(0, self.limit - (arrivals?.count ?? 0)),
                resetsIn: arrivals.map { $0.first + self.length - now } ?? self.length,
                resetsAt: arrivals?.resetsAt ?? self.end(of: now, now: now),
                isAdmitted: isAdmitted
            )
        }
    }

    /// What of some arrivals still counts; `nil` when nothing does.
    private func aged(_ arrivals: Arrivals, now: ContinuousClock.Instant) -> Arrivals? {
        guard arrivals.first + self.length <= now else { return arrivals }
        var arrivals = arrivals
        while let next = arrivals.later.popFirst() {
            arrivals.count = arrivals.later.count + 1
            guard next + self.length <= now else {
                arrivals.first = next
                arrivals.resetsAt = self.end(of: next, now: now)
                return arrivals
            }
        }
        return nil
    }

    private func end(of arrival: ContinuousClock.Instant, now: ContinuousClock.Instant) -> Int {
        Timestamp.millisecondsSince1970() + Int((arrival + self.length - now) / .milliseconds(1))
    }

    /// Forgets who has nothing that counts, and of the others a quarter.
    private func makeRoom(_ callers: inout [String: Arrivals], now: ContinuousClock.Instant) {
        callers = callers.filter { self.aged($0.value, now: now) != nil }
        let goal = self.maximumCallers * 3 / 4
        guard callers.count > goal else { return }
        let order = callers.sorted { $0.value.count < $1.value.count }
        for (caller, _) in order.prefix(callers.count - goal) { callers[caller] = nil }
    }
}
