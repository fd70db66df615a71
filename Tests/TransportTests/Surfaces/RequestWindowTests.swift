import HTTPTypes
import Testing

@testable import Transport

struct RequestWindowTests {
    private static let start = ContinuousClock.now

    @Test func `a fixed window lets its number through and then begins anew`() {
        let window = RequestWindow(3, in: .seconds(60), .fixed)
        let left = (0..<3).map { window.count("a", now: Self.start + .seconds($0 * 10)).remaining }
        #expect(left == [2, 1, 0])
        let refused = window.count("a", now: Self.start + .seconds(59))
        #expect(!refused.isAdmitted && refused.remaining == 0 && refused.resetsIn == .seconds(1))
        #expect(window.count("b", now: Self.start + .seconds(59)).remaining == 2)
        let next = window.count("a", now: Self.start + .seconds(60))
        #expect(next.isAdmitted && next.remaining == 2 && next.resetsIn == .seconds(60))
    }

    @Test func `in a sliding window each request leaves by itself`() {
        let window = RequestWindow(3, in: .seconds(60), .sliding)
        for second in [0, 10, 20] { #expect(window.count("a", now: Self.start + .seconds(second)).isAdmitted) }
        #expect(window.count("a", now: Self.start + .seconds(59)).resetsIn == .seconds(1))
        let next = window.count("a", now: Self.start + .seconds(61))
        #expect(next.isAdmitted && next.remaining == 0 && next.resetsIn == .seconds(9))
        #expect(!window.count("a", now: Self.start + .seconds(69)).isAdmitted)
        #expect(window.count("a", now: Self.start + .seconds(80)).remaining == 1)
        #expect(window.count("a", now: Self.start + .seconds(500)).remaining == 2)
    }

    @Test func `the end of a window stays where it is`() {
        let window = RequestWindow(3, in: .seconds(60), .fixed)
        let first = window.count("a")
        #expect(window.count("a").resetsAt == first.resetsAt)
        #expect(first.fields(reset: 7).map(\.value) == ["3", "2", "7"])
    }

    @Test func `a flood of callers is forgotten before who has used up the window`() {
        let window = RequestWindow(3, in: .seconds(60), .fixed, maximumCallers: 8)
        for _ in 0..<3 { _ = window.count("a", now: Self.start) }
        for caller in 0..<100 { _ = window.count("other \(caller)", now: Self.start) }
        #expect(!window.count("a", now: Self.start).isAdmitted)
    }
}
