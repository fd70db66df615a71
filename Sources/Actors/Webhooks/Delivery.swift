/// One event on its way to one receiver, with every try so far.
///
/// It has everything a call needs, since what it came from may be gone when it is made.
package struct Delivery: Sendable, Equatable, Codable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// To be sent, for the first time or again.
        case pending
        /// The receiver answered 2xx.
        case delivered
        /// Given up.
        case dead
    }

    /// One call, and what came of it.
    package struct Attempt: Sendable, Equatable, Codable {
        /// RFC 3339, when it ended.
        package let at: String
        /// The HTTP status, when there was an answer.
        package let status: Int?
        /// Why there was none, or why it does not count; a `WebhookOutcome.Failure`.
        package let error: String?
        package let tookMs: Int
    }

    /// `d_…`; the same for every try, so that a receiver knows one it has had.
    package let id: String
    /// A webhook's id, or a job's.
    package let target: String
    /// Whose it is; only that key sees it.
    package let owner: String?
    package let url: String
    package let secret: String
    /// The event's type.
    package let type: String
    package let session: String
    /// The event's envelope.
    package let body: String
    /// RFC 3339.
    package let createdAt: String
    package internal(set) var state = State.pending
    /// The newest, oldest first.
    package internal(set) var attempts: [Attempt] = []
    /// Tries since it was new or replayed.
    package internal(set) var tries = 0
    /// When the next try is due, in milliseconds since 1970.
    package internal(set) var dueAt: Int

    static let maximumAttempts = 20

    init(target: String, hook: JobHook, type: String, session: String, body: String, now: Int) {
        self.id = Identifier.delivery()
        self.target = target
        self.owner = hook.owner
        self.url = hook.url
        self.secret = hook.secret
        self.type = type
        self.session = session
        self.body = body
        self.createdAt = Timestamp.of(millisecondsSince1970: now)
        self.dueAt = now
    }

    /// What it holds in memory, in bytes.
    var cost: Int { 1024 + self.body.utf8.count }

    /// Notes a call, and decides whether there is another.
    mutating func note(_ outcome: WebhookOutcome, schedule: RetrySchedule, now: Int, chance: Double) {
        self.tries += 1
        self.attempts.append(
            Attempt(
                at: Timestamp.of(millisecondsSince1970: now),
                status: outcome.status,
                error: outcome.failure?.rawValue,
                tookMs: outcome.tookMs
            )
        )
        if self.attempts.count > Self.maximumAttempts { self.attempts.removeFirst() }
        if outcome.isDelivered {
            self.state = .delivered
        } else if !outcome.isFinal, let delay = schedule.delay(after: self.tries, chance: chance) {
            self.dueAt = now + Int(delay / .milliseconds(1))
        } else {
            self.state = .dead
        }
    }

    /// Sends it again from the first try.
    mutating func replay(now: Int) {
        self.state = .pending
        self.tries = 0
        self.dueAt = now
    }
}
