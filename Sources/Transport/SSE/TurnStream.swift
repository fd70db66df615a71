import Actors
import Hummingbird
import NIOCore
import Storage

/// One prompt's turn as Server-Sent Events, in the answer to the request that sent it.
///
/// Leaving it stops nothing: it only reads the log.
struct TurnStream {
    private static let heartbeat: TimeAmount = .seconds(15)

    let log: EventLog
    /// The log's position before the prompt was handed in.
    let start: UInt64
    let messageID: String
    let drain: DrainSignal
    /// How long the client may take nothing.
    let patience: TimeAmount

    func response(_ context: APIContext) -> Response {
        EventRoutes.response { writer in
            let form = WireForm(framing: .serverSentEvents(isNamed: false, isChunked: false), filter: .everything)
            var events = EventLogFollower(self.log, after: self.start).makeAsyncIterator()
            let nudge = events.nudge
            let heartbeat = context.channel.eventLoop.scheduleRepeatedTask(
                initialDelay: Self.heartbeat,
                delay: Self.heartbeat
            ) { _ in nudge() }
            // The client may leave while nothing is written: its connection's end wakes us too.
            context.channel.closeFuture.whenComplete { _ in nudge() }
            let waiting = self.drain.add(nudge)
            defer {
                heartbeat.cancel()
                self.drain.remove(waiting)
            }
            var follower = TurnFollower(messageID: self.messageID)
            var hasToldGap = false
            while follower.end == nil, context.channel.isActive, let page = await events.nextOrNudge() {
                var frames: ByteBuffer?
                if page.isEmpty, self.drain.isRaised {
                    let bye = StreamFrame.bye(.drain, retry: .seconds(1), cursor: nil, session: self.log.session)
                    frames = form.frame(bye)
                } else if page.isEmpty {
                    let beat = StreamFrame.heartbeat(head: self.log.head.id, session: self.log.session)
                    frames = form.frame(beat)
                } else {
                    frames = form.frame(follower.relevant(page))
                }
                if events.hasGap, !hasToldGap {
                    // The turn printed faster than this client reads, and more than the log keeps.
                    hasToldGap = true
                    let head = self.log.head.id
                    let gap = StreamFrame.gap(from: "", to: head, reason: .evicted, session: self.log.session)
                    var both = form.frame(gap)
                    if let frames { both.writeImmutableBuffer(frames) }
                    frames = both
                }
                guard let frames else { continue }
                let deadline = EventRoutes.deadline(self.patience, context.channel)
                defer { deadline.cancel() }
                try await writer.write(frames)
                if page.isEmpty, self.drain.isRaised { break }
            }
            let deadline = EventRoutes.deadline(self.patience, context.channel)
            defer { deadline.cancel() }
            try await writer.finish(nil)
        }
    }
}
