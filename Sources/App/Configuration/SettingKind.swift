/// What a setting's value looks like, for help and for refusals.
enum SettingKind: Sendable, Equatable {
    case text
    case number(ClosedRange<Int>)
    case decimal(ClosedRange<Double>)
    case choice([String])
    case flag
    /// Any number of texts: a repeated option, words between commas in the environment, a sequence in the file.
    case list

    /// Completes "--port takes …".
    var expectation: String {
        switch self {
        case .text: "a text"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .decimal(let range): "an amount from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .flag: "true or false"
        case .list: "a list"
        }
    }
}
