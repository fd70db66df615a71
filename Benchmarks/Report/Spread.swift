/// Some values in order, and what is said of them.
struct Spread {
    private let ordered: [Double]

    init(_ values: [Double]) {
        self.ordered = values.sorted()
    }

    var count: Int { self.ordered.count }
    var median: Double? { self.percentile(0.5) }
    var p99: Double? { self.percentile(0.99) }
    var minimum: Double? { self.ordered.first }
    var maximum: Double? { self.ordered.last }

    /// What this median is above another, and how far that may be off.
    func difference(to base: Spread) -> (value: Double, error: Double)? {
        guard let median, let medianError, let other = base.median, let otherError = base.medianError else {
            return nil
        }
        return (median - other, (medianError * medianError + otherError * otherError).squareRoot())
    }

    /// How many times another median this one is.
    func ratio(to base: Spread) -> Double? {
        guard let median, let other = base.median, other > 0 else { return nil }
        return median / other
    }

    /// How far the median may be off (95 %): 1.57 quartile distances over the root of the count (McGill, Tukey, Larsen
    /// 1978, notches).
    var medianError: Double? {
        guard let low = self.percentile(0.25), let high = self.percentile(0.75) else { return nil }
        return 1.57 * (high - low) / Double(self.count).squareRoot()
    }

    /// By nearest rank; the median of an even count is the mean of the two in the middle.
    func percentile(_ share: Double) -> Double? {
        guard !self.ordered.isEmpty else { return nil }
        if share == 0.5, self.count.isMultiple(of: 2) {
            return (self.ordered[self.count / 2 - 1] + self.ordered[self.count / 2]) / 2
        }
        let rank = Int((share * Double(self.count)).rounded(.up))
        return self.ordered[min(max(rank, 1), self.count) - 1]
    }
}
