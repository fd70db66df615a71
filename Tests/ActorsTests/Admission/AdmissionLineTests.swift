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
        let admitted1 = self.admit(&line)
        #expect(admitted1 == ["a", "b"])
        #expect(line.position(of: "c") == 1 && line.position(of: "d") == 2 && line.position(of: "a") == nil)
        let admitted2 = self.admit(&line)
        #expect(admitted2 == [])
        let hadPlace = line.leave("a")
        #expect(hadPlace)
        let admitted3 = self.admit(&line)
        #expect(admitted3 == ["c"])
        #expect(line.position(of: "d") == 1)
    }

    @Test func `one that withdraws gives its place in the line to the next`() {
        var line = AdmissionLine(maximumRunning: 1)
        for id in ["a", "b", "c"] { line.join(id, owner: nil) }
        _ = self.admit(&line)
        let ran = line.leave("b")
        #expect(!ran)
        #expect(line.position(of: "c") == 1)
        line.leave("a")
        let admitted4 = self.admit(&line)
        #expect(admitted4 == ["c"])
        #expect(line.runningCount == 1 && line.waitingCount == 0)
    }

    @Test func `a key at its quota waits and does not hold up the others`() {
        var line = AdmissionLine(maximumRunning: 10)
        for id in ["a1", "a2", "a3"] { line.join(id, owner: "a") }
        line.join("b1", owner: "b")
        let admitted5 = self.admit(&line, quota: ["a": 1])
        #expect(admitted5 == ["a1", "b1"])
        #expect(line.shortage { ["a": 1][$0] } == .owner("a"))
        line.leave("a1")
        let admitted6 = self.admit(&line, quota: ["a": 1])
        #expect(admitted6 == ["a2"])
        // The operator has raised it.
        let admitted7 = self.admit(&line, quota: ["a": 2])
        #expect(admitted7 == ["a3"])
        #expect(line.shortage { _ in nil } == nil)
    }

    @Test func `free places go to the key that runs the fewest`() {
        var line = AdmissionLine(maximumRunning: 4)
        for id in ["a1", "a2", "a3", "a4", "a5"] { line.join(id, owner: "a") }
        let admitted8 = self.admit(&line)
        #expect(admitted8 == ["a1", "a2", "a3", "a4"])
        for id in ["b1", "b2"] { line.join(id, owner: "b") }
        line.leave("a1")
        line.leave("a2")
        let admitted9 = self.admit(&line)
        #expect(admitted9 == ["b1", "b2"])
        line.leave("a3")
        let admitted10 = self.admit(&line)
        #expect(admitted10 == ["a5"])
        #expect(line.shortage { _ in nil } == nil)
    }

    @Test func `memory that was promised a moment ago is not given away twice`() {
        var line = AdmissionLine(maximumRunning: nil)
        for number in 0..<10 { line.join("s\(number)", owner: nil) }
        let memory = AdmissionLine.Memory(available: 1000, floor: 500, perProcess: 150)
        // 1000 less three times 150 is 550; a fourth would leave 400.
        let admitted11 = self.admit(&line, memory: memory)
        #expect(admitted11.count == 3)
        let admitted12 = self.admit(&line, memory: memory, after: .seconds(9))
        #expect(admitted12.isEmpty)
        #expect(line.shortage { _ in nil } == .anyone)
        // They have taken theirs, and it shows in what is available.
        let less = AdmissionLine.Memory(available: 660, floor: 500, perProcess: 150)
        let admitted13 = self.admit(&line, memory: less, after: .seconds(10))
        #expect(admitted13 == ["s3"])
    }
}
