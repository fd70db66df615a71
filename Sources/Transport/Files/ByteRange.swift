/// The bytes of a file that a request asks for (RFC 9110 §14).
enum ByteRange: Equatable {
    /// All of them: none were named, or in a way that may be passed over (other units, several ranges, bad grammar).
    case all
    case part(Range<Int>)
    /// None of them is in the file.
    case unsatisfiable

    /// - Parameters:
    ///   - header: `Range`.
    ///   - size: of the file.
    init(_ header: String?, size: Int) {
        self = .all
        guard let header, header.lowercased().hasPrefix("bytes=") else { return }
        let spec = header.dropFirst("bytes=".count)
        let sides = spec.split(separator: "-", omittingEmptySubsequences: false).map { Self.trimmed($0) }
        guard sides.count == 2, !spec.contains(",") else { return }
        switch (sides[0].isEmpty, sides[1].isEmpty) {
        case (true, true):
            return
        case (true, false):
            guard let count = Self.number(sides[1]) else { return }
            self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        case (false, true):
            guard let first = Self.number(sides[0]) else { return }
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (false, false):
            guard let first = Self.number(sides[0]), let last = Self.number(sides[1]), first <= last else { return }
            self = first < size ? .part(first..<(last < size ? last + 1 : size)) : .unsatisfiable
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// A number too large for an `Int` is beyond every file.
    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}
