/// The place of a durable event in its session: the epoch of the log and a number without holes within it.
///
/// Clients see `epoch.seq` as an opaque cursor. The epoch changes only when a log was lost.
package struct EventID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Which life of the log this number belongs to, from 1.
    package let epoch: UInt32
    /// Counts durable events from 1; 0 stands for "before the first".
    package let sequence: UInt64

    package init(epoch: UInt32, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Reads `epoch.seq`, as a client sends it back.
    ///
    /// Exactly the form `description` writes: two decimal numbers without sign or leading zero. Anything else is `nil`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt32(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        self.init(epoch: epoch, sequence: sequence)
        guard self.description == text else { return nil }
    }

    package var description: String { "\(self.epoch).\(self.sequence)" }

    package static func < (lhs: EventID, rhs: EventID) -> Bool {
        (lhs.epoch, lhs.sequence) < (rhs.epoch, rhs.sequence)
    }
}
