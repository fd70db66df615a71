package import NIOCore
package import Storage

/// Reads acts in order, oldest first, and tells the first that is not as it was made.
///
/// The first it is given is taken on trust unless it is number 1, since what came before it may have been let go.
package struct AuditChain {
    /// What is wrong, at the first entry where something is.
    package enum Break: Equatable, Sendable {
        /// The entry of this number is not there, and the next one is.
        case missing(Int64)
        /// The entry of this number does not fit its digest, or what came before it.
        case changed(Int64)

        /// The entry's number.
        package var number: Int64 {
            switch self {
            case .missing(let number), .changed(let number): number
            }
        }
    }

    private let digest: @Sendable (ByteBuffer) -> String
    /// The oldest entry's number.
    package private(set) var first: Int64?
    /// The newest entry's number and digest.
    package private(set) var last: (number: Int64, digest: String)?
    /// How many there were.
    package private(set) var count = 0

    /// - Parameter digest: SHA-256 in hexadecimal.
    package init(digest: @escaping @Sendable (ByteBuffer) -> String) {
        self.digest = digest
    }

    /// Takes the next entry.
    ///
    /// - Returns: what is wrong with it, or before it; nothing that is taken after that says more.
    package mutating func take(_ entry: AuditEntry) -> Break? {
        defer {
            self.first = self.first ?? entry.number
            self.last = (entry.number, entry.digest)
            self.count += 1
        }
        if let last, entry.number != last.number + 1 { return .missing(last.number + 1) }
        guard let before = self.last?.digest ?? (entry.number == 1 ? "" : nil) else { return nil }
        return entry.digest == self.digest(entry.digested(after: before)) ? nil : .changed(entry.number)
    }
}
