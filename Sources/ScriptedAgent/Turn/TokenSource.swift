/// Where a block's text comes from, piece by piece.
enum TokenSource {
    /// `w0 w1 …`, with a letter before each number.
    case tokens(letter: String, count: Int)
    /// Text cut into pieces.
    case pieces([String])
    /// So many bytes of `x`.
    case filler(bytes: Int, chunk: Int)

    /// Text in pieces of at most `size` characters.
    static func cut(_ text: String, size: Int = 64) -> TokenSource {
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return .pieces(pieces)
    }

    /// Text in pieces of one word.
    static func words(_ text: String) -> TokenSource {
        var pieces: [String] = [""]
        for character in text {
            pieces[pieces.count - 1].append(character)
            if character == " " || character == "\n" { pieces.append("") }
        }
        return .pieces(pieces.filter { !$0.isEmpty })
    }

    /// The piece at that place; nil after the last.
    func piece(_ index: Int) -> String? {
        switch self {
        case .tokens(let letter, let count): index < count ? "\(letter)\(index) " : nil
        case .pieces(let pieces): index < pieces.count ? pieces[index] : nil
        case .filler(let bytes, let chunk):
            index * chunk < bytes ? String(repeating: "x", count: min(chunk, bytes - index * chunk)) : nil
        }
    }
}
