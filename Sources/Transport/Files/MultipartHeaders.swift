/// What a part of a form says of itself.
struct MultipartHeaders: Equatable {
    /// The form's field.
    let name: String
    /// Of a file, as the client calls it.
    let fileName: String?

    /// - Parameter text: header lines, each with its CR LF.
    /// - Throws: `Problem` when there is no `Content-Disposition: form-data` with a name.
    init(_ text: String) throws(Problem) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard
            let line = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            case let header = HeaderValue(String(line.dropFirst("content-disposition:".count))),
            header.value.lowercased() == "form-data", let name = header.parameters["name"]
        else {
            throw Problem(.invalidMultipart, "A part has no Content-Disposition: form-data with a name.")
        }
        self.name = name
        self.fileName = header.parameters["filename"]
    }
}

/// A header's value and its parameters, as `form-data; name="a"; filename="b"`.
struct HeaderValue {
    let value: String
    /// By their names in lower case; of those that come twice the first.
    private(set) var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = text[...]
        self.value = Self.token(&rest)
        while !rest.isEmpty {
            rest = rest.dropFirst()
            let name = Self.token(&rest, until: ["=", ";"]).lowercased()
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let value = rest.first == "\"" ? Self.quoted(&rest) : Self.token(&rest)
            if self.parameters[name] == nil { self.parameters[name] = value }
            // What stands between a quoted value and the next parameter is nothing.
            rest = rest.drop { $0 != ";" }
        }
    }

    private static func token(_ text: inout Substring, until ends: Set<Character> = [";"]) -> String {
        let token = text.prefix { !ends.contains($0) }
        text = text.dropFirst(token.count)
        return String(token.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    /// In quotes, where a backslash makes the next character itself (RFC 9110 §5.6.4).
    private static func quoted(_ text: inout Substring) -> String {
        var value = ""
        text = text.dropFirst()
        while let character = text.popFirst(), character != "\"" {
            // Only where it has to: some clients write the paths of Windows as they are.
            if character == "\\", let next = text.first, next == "\"" || next == "\\" {
                value.append(next)
                text = text.dropFirst()
            } else {
                value.append(character)
            }
        }
        return value
    }
}
