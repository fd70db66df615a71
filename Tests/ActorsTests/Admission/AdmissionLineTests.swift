import Testing

@testable import Actors

@Suite struct AdmissionLineTests {
    private let start = ContinuousClock.now

    private func admit(
        _ line: inout AdmissionLine,
        memory: AdmissionLine.Memory? = nil,
        quota: [String: Int] = [:],
        after: Duration = .zero
    ) -> [String] {
        line.admit(memory: memory, quota: { quota[$0] }, now: self.start + after)
    }

    @Test func `places go in order, and a place given back goes to the first in line`() {
        var line = AdmissionLine(maximumRunning: 2)
        for id in ["a", "b", "c", "d"] { line.join(id, owner: nil) }
        #expect(self.admit(&line) == ["a", "b"])
        #expect(line.position(of: "c") == 1 && line.position(of: "d") == 2 && line.position(of: "a") == nil)
        #expect(self.admit(&line) == [])
        #expect(line.leave("a"))
        #expect(self.admit(&line) == ["c"])
        #expect(line.position(of: "d") == 1)
    }

    @Test func `one that withdraws gives its place in the line to the next`() {
        var line = AdmissionLine(maximumRunning: 1)
        for id in ["a", "b", "c"] { line.join(id, owner: nil) }
        _ = self.admit(&line)
        #expect(!line.leave("b"))
        #expect(line.position(of: "c") == 1)
        line.leave("a")
        #expect(self.admit(&line) == ["c"])
        #expect(line.runningCount == 1 && line.waitingCount == 0)
    }

    @Test func `a key at its quota waits and does not hold up the others`() {
        var line = AdmissionLine(maximumRunning: 10)
        for id in ["a1", "a2", "a3"] { line.join(id, owner: "a") }
        line.join("b1", owner: "b")
        #expect(self.admit(&line, quota: ["a": 1]) == ["a1", "b1"])
        #expect(line.shortage { ["a": 1][$0] } == .owner("a"))
        line.leave("a1")
        #expect(self.admit(&line, quota: ["a": 1]) == ["a2"])
        // The operator has raised it.
        #expect(self.admit(&line, quota: ["a": 2]) == ["a3"])
        #expect(line.shortage { _ in nil } == nil)
    }

    @Test func `free places go to the key that runs the fewest`() {
        var line = AdmissionLine(maximumRunning: 4)
        for id in ["a1", "a2", "a3", "a4", "a5"] { line.join(id, owner: "a") }
        #expect(self.admit(&line) == ["a1", "a2", "a3", "a4"])
        for id in ["b1", "b2"] { line.join(id, owner: "b") }
        line.leave("a1")
        line.leave("a2")
        #expect(self.admit(&line) == ["b1", "b2"])
        line.leave("a3")
        #expect(self.admit(&line) == ["a5"])
        #expect(line.shortage { _ in nil } == nil)
    }

    @Test func `memory that was promised a moment ago is not given away twice`() {
        var line = AdmissionLine(maximumRunning: nil)
        for number in 0..<10 { line.join("s\(number)", owner: nil) }
        let memory = AdmissionLine.Memory(available: 1000, floor: 500, perProcess: 150)
        // 1000 less three times 150 is 550; a fourth would leave 400.
        #expect(self.admit(&line, memory: memory).count == 3)
        #expect(self.admit(&line, memory: memory, after: .seconds(9)).isEmpty)
        #expect(line.shortage { _ in nil } == .anyone)
        // They have taken theirs, and it shows in what is available.
        let less = AdmissionLine.Memory(available: 660, floor: 500, perProcess: 150)
        #expect(self.admit(&line, memory: less, after: .seconds(10)) == ["s3"])
    }
}
