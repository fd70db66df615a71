/// A URL that the server may be asked to call: `http` or `https`, a host, a port that serves HTTP, no credentials.
///
/// Read here, strictly and once, and written again from its parts, so that no second parser sees it otherwise.
package struct WebhookURL: Sendable, Equatable {
    /// Why a text is no such URL; one sentence for people.
    package struct Flaw: Error, Equatable {
        package let message: String
    }

    package static let maximumBytes = 2048

    package let isSecure: Bool
    /// A name in lower case without a final dot, or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Path and query, from its slash.
    package let target: String

    /// - Throws: `Flaw` for anything that will not be called wherever it points.
    package init(_ text: String) throws(Flaw) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw Flaw(message: "must not be longer than \(Self.maximumBytes) bytes")
        }
        // What is not printable ASCII, and what parsers disagree on, is to be percent-encoded.
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !#"\"<>^`{|}"#.utf8.contains($0) }
        guard isPlain else { throw Flaw(message: "must be an absolute URL of printable ASCII characters") }
        let isSecure = text.lowercased().hasPrefix("https://")
        guard isSecure || text.lowercased().hasPrefix("http://") else {
            throw Flaw(message: "must begin with https:// or http://")
        }
        guard !text.contains("#") else { throw Flaw(message: "must not have a fragment") }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw Flaw(message: "must not hold credentials") }
        let (host, port) = try Self.split(authority)
        self.isSecure = isSecure
        self.host = host
        self.port = try Self.port(port, isSecure: isSecure)
        let target = rest.dropFirst(authority.count)
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    /// The address, where the host is one.
    package var address: TargetAddress? { TargetAddress(self.host) }

    /// What is connected to and sent, without anything left to interpret.
    package var description: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        let port = self.port == (self.isSecure ? 443 : 80) ? "" : ":\(self.port)"
        return "\(self.isSecure ? "https" : "http")://\(host)\(port)\(self.target)"
    }

    /// Whether HTTP is likely to be spoken there and nothing that would take a request for its own protocol.
    package var hasUsualPort: Bool {
        self.port == 80 || self.port == 443 || (self.port >= 1024 && !Self.otherProtocols.contains(self.port))
    }

    /// Ports above 1023 that browsers call no HTTP server on (Fetch standard, "port blocking"), and some databases.
    private static let otherProtocols: Set<Int> = [
        1719, 1720, 1723, 2049, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668,
        6669, 6679, 6697, 9200, 10_080, 11_211, 27_017,
    ]

    /// A host name as it is compared: lower case, without a final dot.
    static func normal(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// Whether a text has the form of a host name: labels of letters, digits, `-` and `_`.
    static func isName(_ text: some StringProtocol) -> Bool {
        let name = text.hasSuffix(".") ? String(text.dropLast()) : String(text)
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    private static func split(_ authority: Substring) throws(Flaw) -> (host: String, port: Substring?) {
        if authority.hasPrefix("[") {
            let inside = authority.dropFirst().prefix { $0 != "]" }
            let after = authority.dropFirst(inside.count + 2)
            guard authority.dropFirst(inside.count + 1).hasPrefix("]"), TargetAddress(inside)?.isVersion4 == false,
                after.isEmpty || after.hasPrefix(":")
            else { throw Flaw(message: "has no valid host") }
            return (inside.lowercased(), after.isEmpty ? nil : after.dropFirst())
        }
        let sides = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = sides.first, Self.isName(host) else { throw Flaw(message: "has no valid host") }
        return (Self.normal(String(host)), sides.count == 2 ? sides[1] : nil)
    }

    private static func port(_ text: Substring?, isSecure: Bool) throws(Flaw) -> Int {
        guard let text else { return isSecure ? 443 : 80 }
        guard text.utf8.count <= 5, text.first != "0", text.allSatisfy({ $0.isASCII && $0.isNumber }),
            let port = Int(text),
            (1...65_535).contains(port)
        else { throw Flaw(message: "has no valid port") }
        return port
    }
}
