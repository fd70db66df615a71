import TestSupport

extension SeededGenerator {
    /// - Parameters:
    ///   - seed: of the whole soak.
    ///   - stream: which of its generators; each client has one of its own, so that none waits for another.
    init(seed: UInt64, stream: Int) {
        self.init(seed: seed &+ UInt64(stream) &* 0xD1B5_4A32_D192_ED03)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One of them; a choice that is there twice is twice as likely.
    mutating func one<Choice>(of choices: [Choice]) -> Choice {
        choices[self.number(0...(choices.count - 1))]
    }
}
