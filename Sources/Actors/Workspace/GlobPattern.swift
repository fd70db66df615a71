/// A pattern of names, as shells have them: `*`, `?`, `[a-z]`, `[!a-z]`, and `**` for any number of directories.
///
/// One without a slash is about the last name alone, wherever the file lies; one with a slash is about the whole path. Takes
/// time in proportion to pattern times path at most, whatever either says.
package struct GlobPattern: Sendable, Equatable {
    private enum Token: Equatable {
        case character(Unicode.Scalar)
        case any
        case many
        case set([ClosedRange<Unicode.Scalar>], isInverted: Bool)
    }

    private enum Segment: Equatable {
        case directories
        case name([Token])
    }

    /// Longer ones are refused.
    package static let maximumBytes = 256

    private let segments: [Segment]
    private let isAboutName: Bool

    /// - Throws: `path_refused` for an empty or too long one, or one that begins at the host's root.
    package init(_ text: String) throws(FileError) {
        guard (1...Self.maximumBytes).contains(text.utf8.count), !text.hasPrefix("/") else {
            throw FileError(.pathRefused, "A pattern has 1 to \(Self.maximumBytes) bytes and begins with no slash.")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        self.isAboutName = parts.count == 1 && parts.first != "**"
        self.segments = parts.map { $0 == "**" ? .directories : .name(Self.tokens($0)) }
    }

    /// Whether it is about a path, given as names.
    package func matches(_ names: ArraySlice<String>) -> Bool {
        let names = self.isAboutName ? names.suffix(1) : names
        // Which of the first names each beginning of the pattern stands for.
        var reached: Set<Int> = [0]
        for segment in self.segments {
            switch segment {
            case .directories:
                guard let first = reached.min() else { return false }
                reached = Set(first...names.count)
            case .name(let tokens):
                reached = Set(
                    reached.filter { $0 < names.count && Self.matches(tokens, names[names.startIndex + $0]) }
                        .map { $0 + 1 }
                )
            }
            if reached.isEmpty { return false }
        }
        return reached.contains(names.count)
    }

    private static func matches(_ tokens: [Token], _ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var reached = [Bool](repeating: false, count: tokens.count + 1)
        reached[0] = true
        func spread() {
            for (place, token) in tokens.enumerated() where reached[place] && token == .many {
                reached[place + 1] = true
            }
        }
        spread()
        for scalar in scalars {
            var next = [Bool](repeating: false, count: tokens.count + 1)
            for (place, token) in tokens.enumerated() where reached[place] {
                switch token {
                case .many: next[place] = true
                case .any: next[place + 1] = true
                case .character(let wanted): if wanted == scalar { next[place + 1] = true }
                case .set(let ranges, let isInverted):
                    if ranges.contains(where: { $0.contains(scalar) }) != isInverted { next[place + 1] = true }
                }
            }
            reached = next
            spread()
        }
        return reached[tokens.count]
    }

    private static func tokens(_ text: Substring) -> [Token] {
        var tokens: [Token] = []
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": if tokens.last != .many { tokens.append(.many) }
            case "?": tokens.append(.any)
            case "\\": tokens.append(.character(rest.popFirst() ?? "\\"))
            case "[":
                // One that does not end stands for itself.
                guard let (set, after) = Self.set(rest) else {
                    tokens.append(.character(scalar))
                    continue
                }
                tokens.append(set)
                rest = after
            default: tokens.append(.character(scalar))
            }
        }
        return tokens
    }

    private static func set(_ text: ArraySlice<Unicode.Scalar>) -> (Token, ArraySlice<Unicode.Scalar>)? {
        var rest = text
        let isInverted = rest.first == "!" || rest.first == "^"
        if isInverted { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let scalar = rest.popFirst() {
            // A bracket right at the beginning is one of the set.
            if scalar == "]", !ranges.isEmpty { return (.set(ranges, isInverted: isInverted), rest) }
            if rest.first == "-", let last = rest.dropFirst().first, last != "]" {
                rest.removeFirst(2)
                ranges.append(min(scalar, last)...max(scalar, last))
            } else {
                ranges.append(scalar...scalar)
            }
        }
        return nil
    }
}
