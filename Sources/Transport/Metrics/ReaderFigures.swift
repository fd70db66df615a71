/// The readers of one event loop, or of all.
struct ReaderFigures: Sendable {
    var open: [StreamMetrics.Transport: Int] = [:]
    /// Those that have not had everything.
    var behind = 0
    /// What the one furthest behind has still to get.
    var lagBytes: UInt64 = 0

    mutating func add(_ other: ReaderFigures) {
        self.open.merge(other.open, uniquingKeysWith: +)
        self.behind += other.behind
        self.lagBytes = max(self.lagBytes, other.lagBytes)
    }
}
