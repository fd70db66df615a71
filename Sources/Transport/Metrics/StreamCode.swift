import Actors

/// A close code as the value of a label.
struct StreamCode: MetricValue {
    static let allCases = [StreamCode(nil)] + StreamEnd.allCases.map { StreamCode($0) }

    let rawValue: String

    init(_ end: StreamEnd?) {
        self.rawValue = end.map { "\($0.rawValue)" } ?? "gone"
    }

    init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }
}
