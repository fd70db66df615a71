/// A text or thinking block on its way: what is due by now, and what is held back to be joined.
///
/// Decides only; the turn writes the lines. Takes the time as an argument.
struct BlockStream {
    /// How the block ends.
    enum Ending {
        case complete
        /// Nothing more comes, and the message stays open.
        case stall
        /// The stream breaks and the message is repeated without streaming.
        case breaks
    }

    /// Bytes of one step of a stream without a rate, so that others get their turn.
    private static let burstBytes = 256 << 10
    /// Bytes at which held text is written whatever the time.
    private static let maximumHeldBytes = 64 << 10

    let isThinking: Bool
    let ending: Ending
    private let source: TokenSource
    /// Pieces per second; 0 is at once.
    private let rate: Double
    private let startedAt: Duration
    private let holdTime: Duration
    private(set) var text = ""
    private(set) var pieceCount = 0
    private(set) var isExhausted = false
    private var held = ""
    private var heldSince: Duration?
    private var flushedAt: Duration?

    init(
        _ source: TokenSource,
        rate: Double = 0,
        isThinking: Bool = false,
        ending: Ending = .complete,
        holdTime: Duration,
        now: Duration
    ) {
        self.source = source
        self.rate = rate
        self.isThinking = isThinking
        self.ending = ending
        self.holdTime = isThinking ? .zero : holdTime
        self.startedAt = now
    }

    /// The deltas to write now.
    mutating func due(now: Duration) -> [String] {
        var deltas: [String] = []
        var bytes = 0
        let elapsed = (now - self.startedAt).fractionalSeconds
        let limit = self.rate > 0 ? Int(min(elapsed * self.rate, 1e15)) + 1 : Int.max
        while self.pieceCount < limit, bytes < Self.burstBytes, !self.isExhausted {
            guard let piece = self.source.piece(self.pieceCount) else {
                self.isExhausted = true
                break
            }
            self.pieceCount += 1
            bytes += piece.utf8.count
            self.text += piece
            if let delta = self.hold(piece, now: now) { deltas.append(delta) }
        }
        if self.source.piece(self.pieceCount) == nil { self.isExhausted = true }
        if self.isExhausted || self.heldSince.map({ now - $0 >= self.holdTime }) == true, let rest = self.flush(now) {
            deltas.append(rest)
        }
        return deltas
    }

    /// When `due` will have something again; nil at the end.
    var nextDue: Duration? {
        guard !self.isExhausted else { return nil }
        let piece =
            self.rate > 0 ? self.startedAt + .nanoseconds(Int64(Double(self.pieceCount) / self.rate * 1e9)) : .zero
        return self.heldSince.map { min(piece, $0 + self.holdTime) } ?? piece
    }

    private mutating func hold(_ piece: String, now: Duration) -> String? {
        guard self.holdTime > .zero else { return piece }
        if self.held.isEmpty, self.flushedAt.map({ now - $0 >= self.holdTime }) ?? true {
            self.flushedAt = now
            return piece
        }
        if self.held.isEmpty { self.heldSince = now }
        self.held += piece
        return self.held.utf8.count >= Self.maximumHeldBytes ? self.flush(now) : nil
    }

    private mutating func flush(_ now: Duration) -> String? {
        guard !self.held.isEmpty else { return nil }
        defer {
            self.held = ""
            self.heldSince = nil
            self.flushedAt = now
        }
        return self.held
    }
}
