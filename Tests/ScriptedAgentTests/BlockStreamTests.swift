import Testing

@testable import ScriptedAgent

@Suite struct BlockStreamTests {
    @Test func `pieces come at their rate, and late ones all at once`() {
        var stream = BlockStream(.tokens(letter: "w", count: 5), rate: 10, holdTime: .zero, now: .zero)
        #expect(stream.due(now: .zero) == ["w0 "])
        #expect(stream.nextDue == .milliseconds(100))
        #expect(stream.due(now: .milliseconds(99)).isEmpty)
        #expect(stream.due(now: .milliseconds(350)) == ["w1 ", "w2 ", "w3 "])
        #expect(stream.due(now: .seconds(9)) == ["w4 "])
        #expect(stream.isExhausted)
        #expect(stream.text == "w0 w1 w2 w3 w4 ")
    }

    @Test func `the first piece is not held, the next ones are joined`() {
        let hold = Duration.milliseconds(100)
        var stream = BlockStream(.tokens(letter: "w", count: 100), rate: 100, holdTime: hold, now: .zero)
        #expect(stream.due(now: .zero) == ["w0 "])
        #expect(stream.due(now: .milliseconds(10)).isEmpty)
        #expect(stream.due(now: .milliseconds(50)).isEmpty)
        #expect(stream.due(now: .milliseconds(110)) == ["w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 "])
    }

    @Test func `a stream without a rate pauses after a burst`() {
        var stream = BlockStream(.filler(bytes: 1 << 20, chunk: 4096), holdTime: .zero, now: .zero)
        #expect(stream.due(now: .zero).count == 64)
        #expect(!stream.isExhausted)
    }
}
