/// Numbers the events of a response's stream so that the same event has the same number whenever it is told: a stream
/// that is taken up again goes on exactly where another ended, even after a restart, when previews are gone.
///
/// An event counts one, and a piece of text as many as it has bytes, whose last is its number: how the text is cut into
/// pieces does not matter. What is withdrawn takes its numbers with it, and those that follow stand above all before.
struct ResponseCounter: Sendable {
    /// Above the numbers of one attempt; below what JavaScript counts exactly, 2 million times.
    private static let attempt = 1 << 32

    /// The next number, without the attempts.
    private(set) var next = 0
    private var attempts = 0
    /// What the client has had.
    private let last: Int
    private let lastAttempt: Int

    /// - Parameter last: the number after which to begin; `nil` for the beginning.
    init(after last: Int? = nil) {
        self.last = last.map { $0 % Self.attempt } ?? -1
        self.lastAttempt = last.map { $0 / Self.attempt } ?? 0
        self.attempts = self.lastAttempt
    }

    /// How many attempts the client has seen withdrawn.
    var withdrawn: Int { self.lastAttempt }

    /// The number of an event; `nil` when the client has had it.
    mutating func event() -> Int? {
        defer { self.next += 1 }
        return self.next > self.last ? self.number(self.next) : nil
    }

    /// The number of a piece of text, and what of it the client has not had.
    mutating func text(_ text: String) -> (number: Int, text: String)? {
        let count = text.utf8.count
        let start = self.next
        self.next += count
        guard count > 0, self.next - 1 > self.last else { return nil }
        let known = max(0, self.last - start + 1)
        let rest = known == 0 ? text : String(decoding: text.utf8.dropFirst(known), as: UTF8.self)
        return (self.number(self.next - 1), rest)
    }

    /// The number of the last event of all.
    ///
    /// - Parameter isExact: whether everything before it is told again as it was; else the client may have had text that
    ///   is gone, and gets the end in any case.
    /// - Returns: `nil` when the client has had it.
    mutating func end(isExact: Bool) -> Int? {
        defer { self.next += 1 }
        if self.next > self.last { return self.number(self.next) }
        return isExact && self.next == self.last ? nil : self.number(self.last + 1)
    }

    /// Goes back to a number that was next before.
    mutating func withdraw(to number: Int) {
        self.next = number
        self.attempts += 1
    }

    /// Corrects what a block of text counts, once all of it is known; what follows stands above all before.
    mutating func correct(to number: Int) {
        guard number != self.next else { return }
        if number < self.next { self.attempts += 1 }
        self.next = number
    }

    private func number(_ count: Int) -> Int { self.attempts * Self.attempt + count }
}
