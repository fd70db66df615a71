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
            defer { heartbeat.cancel() }
            var follower = TurnFollower(messageID: self.messageID)
            while follower.end == nil, context.channel.isActive, let page = await events.nextOrNudge() {
                if page.isEmpty {
                    let beat = StreamFrame.heartbeat(head: self.log.head.id, session: self.log.session)
                    try await writer.write(form.frame(beat))
                } else if let buffer = form.frame(follower.relevant(page)) {
                    try await writer.write(buffer)
                }
            }
            try await writer.finish(nil)
        }
    }
}
