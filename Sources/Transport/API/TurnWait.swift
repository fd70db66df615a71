import Actors
import NIOCore
import Storage
import Synchronization

/// Waits for the end of one prompt, for requests that are answered in one piece.
struct TurnWait {
    /// Why there is no end.
    enum Cut: Sendable {
        /// It took longer than the request waits.
        case late
        /// The client has gone.
        case left
        /// The server goes.
        case drain
        /// The log has ended.
        case over
    }

    let log: EventLog
    /// The log's position before the prompt was handed in.
    let start: UInt64
    let messageID: String
    let drain: DrainSignal
    let channel: any Channel

    /// Reads on until the prompt has its end.
    ///
    /// - Parameters:
    ///   - limit: how long it may take; `nil` for as long as it takes.
    ///   - value: what is learned on the way.
    ///   - take: learns from the prompt's events.
    /// - Returns: what was learned, and the type and data of the end, or why there is none.
    func run<Value: Sendable>(
        within limit: Duration?,
        _ value: Value,
        _ take: @escaping @Sendable (inout Value, Event) -> Void
    ) async -> (value: Value, end: Result) {
        let progress = Progress(value)
        let end = await withTaskGroup(of: Result.self) { group in
            group.addTask { await self.read { events in progress.update { for event in events { take(&$0, event) } } } }
            if let limit {
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return .cut(.late)
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? .cut(.over)
        }
        return (progress.value, end)
    }

    /// The end, or none.
    enum Result: Sendable {
        case end(type: String, data: ByteBuffer)
        case cut(Cut)
    }

    private func read(_ take: ([Event]) -> Void) async -> Result {
        var follower = TurnFollower(messageID: self.messageID)
        var events = EventLogFollower(self.log, after: self.start).makeAsyncIterator()
        let nudge = events.nudge
        let waiting = self.drain.add(nudge)
        defer { self.drain.remove(waiting) }
        self.channel.closeFuture.whenComplete { _ in nudge() }
        while let page = await events.nextOrNudge() {
            take(follower.relevant(page))
            if let end = follower.end { return .end(type: end.type, data: end.data) }
            if self.drain.isRaised { return .cut(.drain) }
            if !self.channel.isActive { return .cut(.left) }
        }
        return .cut(.over)
    }
}

extension TurnWait {
    /// What is learned, shared by the task that reads and the one that gives up.
    private final class Progress<Value: Sendable>: Sendable {
        private let state: Mutex<Value>

        init(_ value: Value) {
            self.state = Mutex(value)
        }

        var value: Value { self.state.withLock { $0 } }

        func update(_ change: (inout Value) -> Void) {
            self.state.withLock { change(&$0) }
        }
    }
}
