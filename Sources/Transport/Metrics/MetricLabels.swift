/// The labels of one series, in order of name.
struct MetricLabels: Hashable, Comparable, Sendable {
    /// What takes the place of every value once a family is full.
    private static let other = "other"
    /// Longer values are cut: a label names a kind of thing.
    private static let maximumValueBytes = 128
    /// Names that Prometheus keeps for itself.
    private static let reserved: Set<String> = ["le", "quantile"]

    private(set) var names: [String]
    private(set) var values: [String]

    init(_ dimensions: [(String, String)]) {
        let sorted = dimensions.map { (Self.labelName($0.0), Self.cut($0.1)) }.sorted { $0.0 < $1.0 }
        self.names = []
        self.values = []
        // A name that comes twice would make the whole text invalid.
        for (name, value) in sorted where self.names.last != name {
            self.names.append(name)
            self.values.append(value)
        }
    }

    /// The series that counts what no other is left for.
    var rest: MetricLabels {
        var rest = self
        rest.values = self.values.map { _ in Self.other }
        return rest
    }

    static func < (one: MetricLabels, other: MetricLabels) -> Bool {
        one.names == other.names
            ? one.values.lexicographicallyPrecedes(other.values) : one.names.lexicographicallyPrecedes(other.names)
    }

    /// A text as a part of a name: letters, digits and underscores.
    static func sanitized(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    byte
                default: UInt8(ascii: "_")
                }
            },
            as: UTF8.self
        )
    }

    private static func labelName(_ text: String) -> String {
        let name = Self.sanitized(text)
        // Names that begin with two underscores are Prometheus' own, and none begins with a digit.
        let isForbidden = name.isEmpty || name.first?.isNumber == true || name.hasPrefix("__")
        return isForbidden || Self.reserved.contains(name) ? "label_" + name : name
    }

    private static func cut(_ value: String) -> String {
        value.utf8.count <= Self.maximumValueBytes
            ? value : String(decoding: value.utf8.prefix(Self.maximumValueBytes), as: UTF8.self)
    }
}
