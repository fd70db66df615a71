import Testing

@testable import Transport

struct StopSequencesTests {
    private static func run(_ sequences: [String], _ pieces: [String]) -> (shown: [String], met: String?) {
        var stops = StopSequences(sequences)
        let shown = pieces.map { stops.pass($0) } + [stops.flush()]
        return (shown, stops.met)
    }

    @Test func `without any, text goes as it comes`() {
        #expect(Self.run([], ["a", "b"]) == (["a", "b", ""], nil))
        #expect(Self.run([""], ["a"]) == (["a", ""], nil))
    }

    @Test func `a text is cut before the first that stands in it`() {
        #expect(Self.run(["STOP", "END"], ["one END two STOP"]) == (["one ", ""], "END"))
        #expect(Self.run(["."], ["a", "b.c", "d"]) == (["a", "b", "", ""], "."))
    }

    @Test(arguments: 1...6)
    func `one that comes in pieces is found, and its beginning held back`(size: Int) {
        let text = Array("héllo STSTOP more")
        let pieces = stride(from: 0, to: text.count, by: size).map { String(text[$0..<min($0 + size, text.count)]) }
        let (shown, met) = Self.run(["STOP"], pieces)
        #expect(shown.joined() == "héllo ST" && met == "STOP")
    }

    @Test func `what was held back comes when it turns out to be none`() {
        #expect(Self.run(["STOP"], ["a ST", "AY"]) == (["a ", "STAY", ""], nil))
        #expect(Self.run(["STOP"], ["a STO"]) == (["a ", "STO"], nil))
    }
}

private func == (left: (shown: [String], met: String?), right: ([String], String?)) -> Bool {
    left.shown == right.0 && left.met == right.1
}
