import NIOCore

/// Whether a client keeps up with what it has begun to send; decides only.
///
/// A head must be whole in a fixed time, a body in that time and what its size allows, so that neither a trickle nor
/// silence holds a connection.
struct RequestPace {
    /// The rules.
    struct Limits: Equatable {
        /// For a head; and for a body beside its size.
        var timeout: TimeAmount
        /// Bytes a second.
        var minimumRate: Int
        /// For the largest body.
        var maximumTime: TimeAmount
        /// Between requests.
        var idle: TimeAmount
    }

    /// What took too long.
    enum Violation: Equatable {
        case idle, head, body
    }

    /// What the bytes of a connection are.
    enum Form {
        /// Requests, each with a head.
        case requests
        /// Messages, each like a body; silence between them is no fault.
        case messages
    }

    private enum Reading {
        /// Between two requests.
        case nothing(since: NIODeadline)
        /// A head has begun, or is awaited by a connection that has had none.
        case head(since: NIODeadline)
        /// The rest of a request whose head is whole.
        case body(since: NIODeadline, bytes: Int)
    }

    private let limits: Limits
    private var form: Form
    private var reading: Reading
    /// Requests whose answers are not complete.
    private var unanswered = 0

    /// A connection of now; the first head is awaited at once.
    init(_ limits: Limits, form: Form = .requests, now: NIODeadline) {
        self.limits = limits
        self.form = form
        self.reading = form == .requests ? .head(since: now) : .nothing(since: now)
    }

    mutating func bytesArrived(_ count: Int, now: NIODeadline) {
        switch (self.reading, self.form) {
        case (.nothing, .requests): self.reading = .head(since: now)
        case (.nothing, .messages): self.reading = .body(since: now, bytes: count)
        case (.head, _): break
        case (.body(let since, let bytes), _): self.reading = .body(since: since, bytes: bytes + count)
        }
    }

    /// A head is whole; what follows is its body.
    mutating func headArrived(now: NIODeadline) {
        self.unanswered += 1
        self.reading = .body(since: now, bytes: 0)
    }

    /// A request or a message is whole.
    mutating func ended(now: NIODeadline) {
        self.reading = .nothing(since: now)
    }

    /// The answer to the oldest request is complete.
    mutating func answered(now: NIODeadline) {
        self.unanswered = max(0, self.unanswered - 1)
        guard self.unanswered == 0 else { return }
        switch self.reading {
        case .nothing: self.reading = .nothing(since: now)
        // While we answered it had no reason to hurry.
        case .head: self.reading = .head(since: now)
        case .body: break
        }
    }

    /// The connection becomes a WebSocket.
    mutating func upgraded(now: NIODeadline) {
        self.form = .messages
        self.unanswered = 0
        self.reading = .nothing(since: now)
    }

    /// When to look again; `nil` while the client owes nothing.
    var deadline: NIODeadline? { self.due?.at }

    /// What has taken too long by now.
    func violation(now: NIODeadline) -> Violation? {
        guard let due, due.at <= now else { return nil }
        return due.violation
    }

    private var due: (at: NIODeadline, violation: Violation)? {
        switch self.reading {
        case .nothing(let since):
            self.form == .requests && self.unanswered == 0 ? (since + self.limits.idle, .idle) : nil
        case .head(let since):
            self.unanswered == 0 ? (since + self.limits.timeout, .head) : nil
        case .body(let since, let bytes):
            (since + self.time(forBody: bytes), .body)
        }
    }

    private func time(forBody bytes: Int) -> TimeAmount {
        let earned = TimeAmount.milliseconds(Int64(bytes) * 1000 / Int64(max(1, self.limits.minimumRate)))
        return min(self.limits.timeout + earned, max(self.limits.timeout, self.limits.maximumTime))
    }
}
