import Actors

/// A response's id: it says which session, which message of it, and where in the log that begins, so that nothing else
/// need be remembered.
///
/// `resp_` + the message's id + `_` + the number of the event before it, in base 36 + `_` + the session's id.
struct ResponseID: Equatable, Sendable, CustomStringConvertible {
    private static let prefix = "resp_"
    private static let messagePrefix = "m_"

    let session: String
    let message: String
    /// The durable event before anything that belongs to the message.
    let sequence: UInt64

    init(session: String, message: String, sequence: UInt64) {
        self.session = session
        self.message = message
        self.sequence = sequence
    }

    /// Reads what `description` writes; `nil` for anything else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(
            separator: "_",
            maxSplits: 2,
            omittingEmptySubsequences: false
        )
        guard parts.count == 3, !parts[0].isEmpty, let sequence = UInt64(parts[1], radix: 36),
            Identifier.isAcceptable(String(parts[2]))
        else { return nil }
        self.init(session: String(parts[2]), message: Self.messagePrefix + parts[0], sequence: sequence)
        guard self.description == text else { return nil }
    }

    /// What is particular to it, for the ids of its parts.
    var key: Substring { self.message.dropFirst(Self.messagePrefix.count) }

    var description: String {
        "\(Self.prefix)\(self.key)_\(String(self.sequence, radix: 36))_\(self.session)"
    }
}
