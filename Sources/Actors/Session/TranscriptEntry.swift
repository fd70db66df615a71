package import NIOCore
import Storage

/// One event of a transcript, and its place in its turn.
package struct TranscriptEntry: Sendable, Equatable {
    /// The event's number.
    package let sequence: UInt64
    package let turn: String?
    /// How many of the transcript's events come before it in its turn.
    package let place: Int
    package let envelope: ByteBuffer

    /// - Parameters:
    ///   - envelopes: of the range, in order.
    ///   - places: of all events of the transcript.
    ///   - range: which of them the envelopes are.
    /// - Returns: the range's entries.
    static func entries(_ envelopes: [ByteBuffer], _ places: [EventPlace], _ range: Range<Int>) -> [Self] {
        let range = range.clamped(to: 0..<places.count)
        guard let first = range.first else { return [] }
        // The turn that the range begins in may have begun before it.
        var start = first
        while start > 0, places[start - 1].turn == places[first].turn { start -= 1 }
        var entries: [Self] = []
        for (index, envelope) in zip(range, envelopes) {
            if index > first, places[index - 1].turn != places[index].turn { start = index }
            entries.append(
                Self(
                    sequence: places[index].sequence,
                    turn: places[index].turn,
                    place: index - start,
                    envelope: envelope
                )
            )
        }
        return entries
    }
}
