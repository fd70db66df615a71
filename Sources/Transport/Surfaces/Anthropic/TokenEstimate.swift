import Agent
import NIOCore

/// Roughly how many tokens a request has: the CLI counts no text that it has not been given.
///
/// Four characters of ASCII to a token, and one token to any other character; the usual prices of messages and images.
struct TokenEstimate: Sendable, Equatable {
    /// What an image of the size that the API scales to costs (1568 by 784 pixels, a token for 750).
    private static let imageTokens = 1600
    /// A page of a PDF, which is about 50 KB of base64, costs 1500 to 3000.
    private static let pageTokens = 2000
    private static let pageBytes = 50_000
    private static let messageTokens = 4

    private var ascii = 0
    private var others = 0

    /// At least one.
    var tokens: Int { max(1, (self.ascii + 3) / 4 + self.others) }

    mutating func add(text: String) {
        let wide = text.unicodeScalars.count { !$0.isASCII }
        self.ascii += text.unicodeScalars.count - wide
        self.others += wide
    }

    mutating func addMessage() {
        self.others += Self.messageTokens
    }

    mutating func addImage() {
        self.others += Self.imageTokens
    }

    /// - Parameter source: of a document block.
    mutating func add(document source: JSONObject?) {
        if source?.string("type") == "text" { return self.add(text: source?.string("data") ?? "") }
        let bytes = source?.raw("data")?.readableBytes ?? 0
        self.others += (bytes / Self.pageBytes + 1) * Self.pageTokens
    }
}
