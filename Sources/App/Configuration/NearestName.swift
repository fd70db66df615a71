/// Finds what somebody may have meant.
enum NearestName {
    /// The name that the fewest changed, missing, added or swapped letters make of `word`; `nil` when none is near.
    static func of(_ word: String, in names: some Sequence<String>) -> String? {
        let most = max(2, word.count / 3)
        let found = names.map { (name: $0, distance: Self.distance(Array(word), Array($0))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let found, found.distance <= most else { return nil }
        return found.name
    }

    /// Optimal string alignment: Levenshtein's distance where two swapped neighbours are one change.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...other.count)
        for row in one.indices {
            var next = [row + 1]
            for column in other.indices {
                let same = one[row] == other[column]
                var best = min(last[column + 1] + 1, next[column] + 1, last[column] + (same ? 0 : 1))
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    best = min(best, before[column - 1] + 1)
                }
                next.append(best)
            }
            (before, last) = (last, next)
        }
        return last[other.count]
    }
}
