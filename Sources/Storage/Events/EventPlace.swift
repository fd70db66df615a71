/// Where an event lies in its log, without what it says.
package struct EventPlace: Sendable, Equatable {
    package let sequence: UInt64
    package let turn: String?

    package init(sequence: UInt64, turn: String?) {
        self.sequence = sequence
        self.turn = turn
    }
}
