/// Random numbers that a seed repeats: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// - Parameters:
    ///   - seed: of the whole soak.
    ///   - stream: which of its generators; each client has one of its own, so that none waits for another.
    init(seed: UInt64, stream: Int) {
        self.state = seed &+ UInt64(stream) &* 0xD1B5_4A32_D192_ED03
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    /// One of them; a choice that is there twice is twice as likely.
    mutating func one<Choice>(of choices: [Choice]) -> Choice {
        choices[self.number(0...(choices.count - 1))]
    }
}
