import Actors
import Foundation
import Testing

@testable import Transport

@Suite struct MetricNameTests {
    private static let page =
        URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/") + "/docs/observability.md"

    @Test func `each has a name and a sentence of its own`() {
        #expect(Set(MetricName.allCases.map(\.rawValue)).count == MetricName.allCases.count)
        #expect(Set(MetricName.allCases.map(\.help)).count == MetricName.allCases.count)
        #expect(MetricName.allCases.allSatisfy { $0.help.hasSuffix(".") && !$0.help.contains("\n") })
    }

    @Test(arguments: MetricName.allCases)
    func `the page for operators tells of it`(name: MetricName) throws {
        let text = try String(contentsOfFile: Self.page, encoding: .utf8)
        let stem = name.rawValue.replacing(".", with: "_")
        guard !stem.hasPrefix("process_") else { return #expect(text.contains("`process_*`")) }
        // Two of a kind stand in one row, the second by its end.
        let end = stem.split(separator: "_", maxSplits: 1).last ?? ""
        #expect(text.contains("troupe_\(stem)") || text.contains("…_\(end)"), "\(stem)")
    }
}
