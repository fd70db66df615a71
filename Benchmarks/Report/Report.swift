import Foundation

/// All that was measured in one run.
struct Report: Encodable {
    let machine = ProcessFigures.machine
    let date = Date.now.formatted(.iso8601)
    private(set) var tables: [Table] = []
    private(set) var goals: [Goal] = []
    /// What could not be measured, and why.
    private(set) var failures: [String] = []

    mutating func add(_ table: Table) {
        var table = table
        table.finish()
        self.tables.append(table)
        Self.progress("\n" + table.markdown)
    }

    /// Sets a goal beside a figure, unless there is none.
    mutating func add(
        goal name: String,
        _ measured: (value: Double, error: Double)?,
        under limit: Double,
        _ unit: String
    ) {
        guard let (value, error) = measured else { return }
        self.goals.append(Goal(name: name, measured: value, error: error, limit: limit, unit: unit))
    }

    mutating func add(failure: String) {
        self.failures.append(failure)
        Self.progress("not measured: \(failure)")
    }

    var text: String {
        var lines = ["\(self.machine), \(self.date)", ""]
        lines += self.tables.map(\.markdown)
        lines += self.goals.map(\.line)
        lines += self.failures.map { "not measured: \($0)" }
        return lines.joined(separator: "\n")
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// For whoever waits: to stderr, so that stdout is the report alone.
    static func progress(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
