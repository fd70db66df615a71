import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Storage
import Synchronization

/// One prompt's turn as a stream, in the answer to the request that sent it.
///
/// Leaving it stops nothing, unless `whenOver` does: it only reads the log.
struct TurnStream<Projection: TurnProjection>: Sendable {
    let log: EventLog
    /// The log's position before the prompt was handed in.
    let start: UInt64
    let messageID: String
    /// What has been read of the prompt before; `nil` for nothing.
    var follower: TurnFollower?
    let drain: DrainSignal
    /// How long the client may take nothing.
    let patience: TimeAmount
    /// How long nothing may be sent.
    var heartbeat: TimeAmount = .seconds(15)
    let projection: Projection
    /// What follows the stream's end, whether its turn has ended or its client has gone.
    var whenOver: @Sendable (_ hasEnded: Bool) async -> Void = { _ in }

    /// - Parameters:
    ///   - context: the request's.
    ///   - headers: beside those of every event stream, or in their place.
    /// - Returns: the answer, which is not over before the stream is.
    func response(_ context: APIContext, headers: HTTPFields = [:]) -> Response {
        var response = EventRoutes.response { writer in
            let hasEnded: Bool
            do {
                hasEnded = try await self.run(&writer, context)
            } catch {
                await self.whenOver(false)
                throw error
            }
            await self.whenOver(hasEnded)
        }
        for header in headers { response.headers[header.name] = header.value }
        return response
    }

    /// - Returns: whether the turn has ended.
    @concurrent
    private func run(_ writer: inout any ResponseBodyWriter, _ context: APIContext) async throws -> Bool {
        var projection = self.projection
        var events = EventLogFollower(self.log, after: self.start).makeAsyncIterator()
        let nudge = events.nudge
        let beat = Beat()
        let heartbeat = context.channel.eventLoop.scheduleRepeatedTask(
            initialDelay: self.heartbeat,
            delay: self.heartbeat
        ) { _ in
            beat.strike()
            nudge()
        }
        // The client may leave while nothing is written: its connection's end wakes us too.
        context.channel.closeFuture.whenComplete { _ in nudge() }
        let waiting = self.drain.add(nudge)
        defer {
            heartbeat.cancel()
            self.drain.remove(waiting)
        }
        var follower = self.follower ?? TurnFollower(messageID: self.messageID)
        if let opening = projection.opening() { try await self.write(opening, &writer, context) }
        while follower.end == nil, !projection.isDone, context.channel.isActive, let page = await events.nextOrNudge() {
            var frames = ByteBuffer()
            if events.takeGap() {
                // The turn printed faster than this client reads, and more than the log keeps.
                projection.gap(head: self.log.head.id).map { _ = frames.writeImmutableBuffer($0) }
            }
            if page.isEmpty, self.drain.isRaised {
                if let last = projection.draining() { try await self.write(last, &writer, context) }
                break
            } else if page.isEmpty {
                // A wake may also be for events that are read already.
                guard beat.take() else { continue }
                projection.heartbeat(head: self.log.head.id).map { _ = frames.writeImmutableBuffer($0) }
            } else {
                let own = follower.relevant(page)
                projection.frames(own, isOver: follower.end != nil).map { _ = frames.writeImmutableBuffer($0) }
            }
            if frames.readableBytes > 0 { try await self.write(frames, &writer, context) }
        }
        let deadline = EventRoutes.deadline(self.patience, context.channel)
        defer { deadline.cancel() }
        try await writer.finish(nil)
        return follower.end != nil
    }

    @concurrent
    private func write(
        _ frames: ByteBuffer,
        _ writer: inout any ResponseBodyWriter,
        _ context: APIContext
    ) async throws {
        let deadline = EventRoutes.deadline(self.patience, context.channel)
        defer { deadline.cancel() }
        try await writer.write(frames)
    }
}

/// Whether it is time for a sign of life.
private final class Beat: Sendable {
    private let isDue = Mutex(false)

    func strike() {
        self.isDue.withLock { $0 = true }
    }

    /// - Returns: whether it was; then it is no more.
    func take() -> Bool {
        self.isDue.withLock { isDue in
            defer { isDue = false }
            return isDue
        }
    }
}
