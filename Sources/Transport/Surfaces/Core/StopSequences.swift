/// Cuts a text that comes in pieces where one of some sequences stands, and holds back what may be the beginning of one.
struct StopSequences: Sendable {
    private let sequences: [(text: String, bytes: [UInt8])]
    private var held: [UInt8] = []
    /// The one that was met; nothing is shown after it.
    private(set) var met: String?

    /// - Parameter sequences: empty ones count for nothing.
    init(_ sequences: [String]) {
        self.sequences = sequences.filter { !$0.isEmpty }.map { ($0, Array($0.utf8)) }
    }

    /// What of the text so far may be shown now.
    mutating func pass(_ piece: String) -> String {
        guard self.met == nil else { return "" }
        guard !self.sequences.isEmpty else { return piece }
        self.held += piece.utf8
        if let (start, text) = self.first() {
            self.met = text
            defer { self.held = [] }
            return String(decoding: self.held[..<start], as: UTF8.self)
        }
        let kept = self.longestBeginning()
        let shown = String(decoding: self.held.dropLast(kept), as: UTF8.self)
        self.held = Array(self.held.suffix(kept))
        return shown
    }

    /// What was held back, as the text has ended without any.
    mutating func flush() -> String {
        defer { self.held = [] }
        return String(decoding: self.held, as: UTF8.self)
    }

    /// Where the first one stands.
    private func first() -> (start: Int, text: String)? {
        self.sequences.compactMap { sequence in
            self.held.firstRange(of: sequence.bytes).map { ($0.lowerBound, sequence.text) }
        }
        .min { $0.0 < $1.0 }
    }

    /// How many bytes at the end may be the beginning of one.
    private func longestBeginning() -> Int {
        let longest = (self.sequences.map(\.bytes.count).max() ?? 1) - 1
        return (1...max(1, longest)).reversed().first { count in
            count <= self.held.count
                && self.sequences.contains { $0.bytes.count > count && $0.bytes.starts(with: self.held.suffix(count)) }
        } ?? 0
    }
}
