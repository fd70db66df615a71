package import Storage

/// Decides when those who watch a session are told how many they are: at most once in a while, so that a thousand who
/// come at once are one notice and not a million deliveries.
struct ViewerNotices {
    /// What is told: the event's type, and how many there are now.
    struct Notice: Equatable {
        let type: String
        let viewers: Int
    }

    /// From one notice to the next at least.
    static let interval: Duration = .seconds(1)

    /// When what has changed since the last notice is to be told.
    private(set) var deadline: ContinuousClock.Instant?
    private var count = 0
    private var toldCount = 0
    private var toldAt: ContinuousClock.Instant?

    /// There are more or fewer.
    mutating func changed(to count: Int, now: ContinuousClock.Instant) -> Notice? {
        self.count = count
        return self.due(now: now)
    }

    /// What is to be told by now; `deadline` says when to ask again.
    mutating func due(now: ContinuousClock.Instant) -> Notice? {
        self.deadline = nil
        // With nobody there, there is nobody to tell.
        if self.count == 0 { self.toldCount = 0 }
        guard self.count != self.toldCount else { return nil }
        if let toldAt, now < toldAt + Self.interval {
            self.deadline = toldAt + Self.interval
            return nil
        }
        let type = self.count > self.toldCount ? "viewer.joined" : "viewer.left"
        self.toldCount = self.count
        self.toldAt = now
        return Notice(type: type, viewers: self.count)
    }
}

extension Event {
    /// Whether it says how many watch: true for that moment only.
    package var isViewerNotice: Bool { self.type.hasPrefix("viewer.") }
}
