import NIOCore
import Storage

/// Makes of one prompt's events the frames of a stream: a value, and a pure function of what it has seen.
protocol TurnProjection: Sendable {
    /// What the stream begins with, before anything has happened.
    mutating func opening() -> ByteBuffer?
    /// What some events of the prompt look like.
    ///
    /// - Parameters:
    ///   - events: the prompt's own, in order.
    ///   - isOver: whether they are the last.
    /// - Returns: the frames, if there are any.
    mutating func frames(_ events: [Event], isOver: Bool) -> ByteBuffer?
    /// Something for proxies to see while nothing happens.
    mutating func heartbeat(head: EventID) -> ByteBuffer?
    /// Something that was to be shown is no longer there.
    mutating func gap(head: EventID) -> ByteBuffer?
    /// The server goes before the turn has ended.
    mutating func draining() -> ByteBuffer?
    /// Whether it has said all that it will, although the turn goes on.
    var isDone: Bool { get }
}

extension TurnProjection {
    mutating func opening() -> ByteBuffer? { nil }
    mutating func gap(head: EventID) -> ByteBuffer? { nil }
    var isDone: Bool { false }
}
