/// Figures side by side, for people (Markdown) and for programs (JSON).
struct Table: Encodable {
    struct Row: Encodable {
        let label: String
        /// One for each column; `nil` where there is none.
        let values: [Double?]
    }

    let title: String
    let columns: [String]
    private(set) var rows: [Row] = []
    /// The machine's load of the last minute before and after.
    private(set) var load: [Double]

    init(_ title: String, columns: [String]) {
        self.title = title
        self.columns = columns
        self.load = [ProcessFigures.loadAverage]
    }

    mutating func add(_ label: String, _ values: [Double?]) {
        self.rows.append(Row(label: label, values: values))
    }

    mutating func finish() {
        self.load.append(ProcessFigures.loadAverage)
    }

    var markdown: String {
        let load = self.load.map { Self.number($0) }.joined(separator: " → ")
        let cells =
            [[self.title] + self.columns]
            + self.rows.map { row in [row.label] + row.values.map { $0.map(Self.number) ?? "–" } }
        let widths = (0...self.columns.count).map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { row in
            let padded = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = widths.enumerated().map { column, width in
            String(repeating: "-", count: width + 1) + (column == 0 ? "-" : ":")
        }
        lines.insert("|" + rule.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n") + "\nload average \(load)\n"
    }

    /// Three significant digits, and all of those before the point.
    static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        if magnitude >= 100 || magnitude.rounded() == magnitude { return String(Int(value.rounded())) }
        let scale: Double = magnitude >= 10 ? 10 : magnitude >= 1 ? 100 : 1000
        return "\((value * scale).rounded() / scale)"
    }
}

/// A promise of the product beside what was measured.
struct Goal: Encodable {
    let name: String
    let measured: Double
    /// How far `measured` may be off; 0 where it is a count.
    let error: Double
    let limit: Double
    let unit: String

    /// In one word: a figure that noise may have put on its side of the limit is on neither.
    private var verdict: String {
        if self.measured + self.error < self.limit { return "met" }
        return self.measured - self.error >= self.limit ? "MISSED" : "undecided"
    }

    var line: String {
        let error = self.error > 0 ? " ± \(Table.number(self.error))" : ""
        return "\(self.verdict): \(self.name): \(Table.number(self.measured))\(error) \(self.unit), goal under "
            + "\(Table.number(self.limit)) \(self.unit)"
    }
}
