/// What one proxy says of the request it passed on.
struct ForwardedHop: Sendable, Equatable {
    /// Who asked it; `nil` where it does not say or hides it (`unknown`, `_hidden`).
    var address: IPAddress?
    /// How it was asked: `http`, `https`.
    var scheme: String?
    /// By which name it was asked.
    var host: String?

    /// Reads `Forwarded` (RFC 7239 §4), the oldest hop first.
    ///
    /// Commas and semicolons within quotes belong to the value. An element that cannot be read is a hop that says nothing: it
    /// still counts, since the one that wrote it is known and those before it are not.
    static func forwarded(_ fields: [String]) -> [ForwardedHop] {
        Self.split(fields.joined(separator: ","), at: ",").map { element in
            var hop = ForwardedHop()
            for pair in Self.split(element, at: ";") {
                guard let equals = pair.firstIndex(of: "=") else { continue }
                let value = Self.unquoted(pair[pair.index(after: equals)...])
                switch pair[..<equals].lowercased() {
                case "for": hop.address = Self.address(value)
                case "proto": hop.scheme = value.lowercased()
                case "host": hop.host = value
                default: break
                }
            }
            return hop
        }
    }

    /// Reads `X-Forwarded-For`, `-Proto` and `-Host`, the oldest hop first.
    ///
    /// The three lists need not be of one length: a proxy that sets a field anew has said the last word about it, so lists
    /// are laid side by side from their ends, and the oldest word stands for all hops before it.
    static func xForwarded(for addresses: [String], proto: [String], host: [String]) -> [ForwardedHop] {
        let addresses = Self.split(addresses.joined(separator: ","), at: ",")
        let schemes = Self.split(proto.joined(separator: ","), at: ",")
        let hosts = Self.split(host.joined(separator: ","), at: ",")
        return addresses.indices.map { index in
            let fromEnd = addresses.count - 1 - index
            func word(_ list: [String]) -> String? {
                list.isEmpty ? nil : list[max(0, list.count - 1 - fromEnd)]
            }
            return ForwardedHop(
                address: Self.address(addresses[index]),
                scheme: word(schemes)?.lowercased(),
                host: word(hosts)
            )
        }
    }

    /// `192.0.2.1`, `192.0.2.1:47011`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:47011`.
    static func address(_ node: String) -> IPAddress? {
        if node.hasPrefix("[") {
            guard let end = node.firstIndex(of: "]") else { return nil }
            let rest = node[node.index(after: end)...]
            guard rest.isEmpty || Self.isPort(rest) else { return nil }
            return IPAddress(node[..<end].dropFirst())
        }
        if let colon = node.firstIndex(of: ":"), node.lastIndex(of: ":") == colon {
            guard Self.isPort(node[colon...]) else { return nil }
            return IPAddress(node[..<colon])
        }
        return IPAddress(node)
    }

    /// `:47011`, or a hidden one (`:_port`).
    private static func isPort(_ text: Substring) -> Bool {
        let port = text.dropFirst()
        return text.first == ":" && !port.isEmpty
            && (port.first == "_" || port.count <= 5 && port.allSatisfy { $0.isASCII && $0.isNumber })
    }

    /// The parts between separators that stand outside quotes, trimmed; empty ones are none.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if !isQuoted, character == separator {
                parts.append("")
                continue
            }
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            }
            parts[parts.count - 1].append(character)
        }
        return parts.map { String($0.trimmingPrefix(while: \.isWhitespace)) }
            .map { part in String(part.prefix(part.count - part.reversed().prefix { $0.isWhitespace }.count)) }
            .filter { !$0.isEmpty }
    }

    /// The value of a token or quoted string (RFC 9110 §5.6.4).
    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var value = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if !isEscaped, character == "\\" {
                isEscaped = true
            } else {
                value.append(character)
                isEscaped = false
            }
        }
        return value
    }
}
