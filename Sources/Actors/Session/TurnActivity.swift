/// Tells what an open turn waits for, from what the process prints and from its silence.
///
/// The CLI has no working watchdog for a stream that stalls (PROTOCOL §12); a tool that runs prints a sign of life every
/// 30 s (§6.7).
struct TurnActivity: Sendable, Equatable {
    /// What a line of the process says about its work.
    enum Note: Sendable, Equatable {
        /// A request to the API begins.
        case requesting
        /// The model's words arrive.
        case writing
        /// The API failed and is asked again.
        case retrying
        case toolsStarted([String])
        case toolsFinished([String])
        /// Any other line.
        case other
    }

    private enum Phase: Sendable, Equatable {
        case api, retry, model
    }

    private var phase: Phase = .api
    private var tools: Set<String> = []
    private(set) var lastLine: ContinuousClock.Instant
    /// Nothing was heard for too long.
    private(set) var isStuck = false

    init(now: ContinuousClock.Instant) {
        self.lastLine = now
    }

    /// What it waits for; `nil` while the model writes.
    var waitingOn: WaitingOn? {
        if self.isStuck { return .stuck }
        if !self.tools.isEmpty { return .tool }
        switch self.phase {
        case .api: return .api
        case .retry: return .apiRetry
        case .model: return nil
        }
    }

    mutating func take(_ note: Note, now: ContinuousClock.Instant) {
        self.lastLine = now
        self.isStuck = false
        switch note {
        case .requesting: self.phase = .api
        case .writing: self.phase = .model
        case .retrying: self.phase = .retry
        case .toolsStarted(let ids): self.tools.formUnion(ids)
        case .toolsFinished(let ids):
            self.tools.subtract(ids)
            if self.tools.isEmpty { self.phase = .api }
        case .other: break
        }
    }

    /// A person has answered: the silence before was theirs.
    mutating func personAnswered(now: ContinuousClock.Instant) {
        self.lastLine = now
    }

    mutating func becameStuck() {
        self.isStuck = true
    }
}
