package import Metrics

/// What may be the value of a metric's label: one of a closed list.
package protocol MetricValue: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}

/// One counter for each value of a closed list, all there from the start, so that none appears only when something went
/// wrong for the first time.
package struct CounterSet<Value: MetricValue>: Sendable {
    private let counters: [Value: Counter]

    /// - Parameter counter: makes the counter of a value.
    package init(_ counter: (String) -> Counter) {
        self.counters = Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0, counter($0.rawValue)) })
    }

    package func increment(_ value: Value, by amount: Int = 1) {
        self.counters[value]?.increment(by: amount)
    }
}
