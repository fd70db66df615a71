/// Where a session stands in lists, the newest activity first.
///
/// Also the cursor of a list, as `20261121103000123.owner~id`.
package struct SessionPlace: Sendable, Comparable, CustomStringConvertible {
    /// The time of its last activity, digits only, so that it sorts as text.
    private let activity: String
    private let address: SessionAddress

    package init(_ summary: SessionSummary) {
        self.activity = summary.lastActivityAt.filter(\.isNumber)
        self.address = SessionAddress(owner: summary.owner, id: summary.id)
    }

    /// Reads what `description` wrote; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 17,
            parts[0].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let address = SessionAddress(qualified: String(parts[1])) ?? SessionAddress(owner: nil, id: String(parts[1]))
        guard [address.id, address.owner].compactMap({ $0 }).allSatisfy(Identifier.isAcceptable) else { return nil }
        self.activity = String(parts[0])
        self.address = address
    }

    package var description: String { "\(self.activity).\(self.address.qualified)" }

    private var order: (String, String, String) { (self.activity, self.address.id, self.address.owner ?? "") }

    package static func < (lhs: SessionPlace, rhs: SessionPlace) -> Bool {
        lhs.order < rhs.order
    }
}
