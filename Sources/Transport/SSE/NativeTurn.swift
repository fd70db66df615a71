import Actors
import NIOCore
import Storage

/// A turn's events as they are: what `POST …/messages` streams.
struct NativeTurn: TurnProjection {
    private static let form = WireForm(
        framing: .serverSentEvents(isNamed: false, isChunked: false),
        filter: .everything
    )

    /// The session's id.
    let session: String

    func frames(_ events: [Event], isOver: Bool) -> ByteBuffer? {
        Self.form.frame(events)
    }

    func heartbeat(head: EventID) -> ByteBuffer? {
        Self.form.frame(StreamFrame.heartbeat(head: head, session: self.session))
    }

    func gap(head: EventID) -> ByteBuffer? {
        Self.form.frame(StreamFrame.gap(from: "", to: head, reason: .evicted, session: self.session))
    }

    func draining() -> ByteBuffer? {
        Self.form.frame(StreamFrame.bye(.drain, retry: .seconds(1), cursor: nil, session: self.session))
    }
}
