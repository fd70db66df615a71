import NIOCore

/// Writes the text format of Prometheus, version 0.0.4: one line for each value, lines of a family together.
struct PrometheusText {
    private(set) var buffer = ByteBuffer()

    /// Begins a family.
    mutating func family(_ name: String, type: String, help: String) {
        self.buffer.writeString("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n")
    }

    /// One value of a family.
    mutating func sample(_ name: String, _ labels: MetricLabels, bound: Double? = nil, _ value: String) {
        self.buffer.writeString(name)
        var separator = "{"
        for (label, value) in zip(labels.names, labels.values) {
            self.buffer.writeString("\(separator)\(label)=\"\(Self.escaped(value, quotes: true))\"")
            separator = ","
        }
        if let bound {
            self.buffer.writeString("\(separator)le=\"\(Self.number(bound))\"")
            separator = ","
        }
        self.buffer.writeString(separator == "{" ? " " : "} ")
        self.buffer.writeString(value)
        self.buffer.writeString("\n")
    }

    /// A number as Go reads it: whole ones without a point, the rest as short as they can be read back.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
