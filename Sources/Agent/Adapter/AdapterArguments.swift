/// The command line of `troupe adapter`: what its program is given, and what the CLI would be given.
package enum AdapterArguments {
    /// Between the two; no flag looks so.
    private static let separator = ":::"

    /// What stands before the CLI's flags.
    ///
    /// - Parameters:
    ///   - kind: the adapter.
    ///   - program: a path.
    ///   - arguments: for the program.
    /// - Returns: the words.
    package static func leading(_ kind: String, _ program: String, _ arguments: [String]) -> [String] {
        ["adapter", kind, program] + arguments.filter { $0 != Self.separator } + [Self.separator]
    }

    /// The words behind the program, taken apart.
    package static func split(_ words: [String]) -> (arguments: [String], flags: [String]) {
        guard let place = words.firstIndex(of: Self.separator) else { return (words, []) }
        return (Array(words[..<place]), Array(words[(place + 1)...]))
    }
}
