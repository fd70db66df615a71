package import Storage

/// Reads a log as an asynchronous sequence, for readers that are tasks: a request that waits for a turn's end.
///
/// Ends when the log is closed and read to its end, or when its task is cancelled. What has left the log before it was
/// read is passed over, and `hasGap` says so.
package struct EventLogFollower: AsyncSequence, Sendable {
    package typealias Element = [Event]

    private static let pageBytes = 256 << 10

    private let log: EventLog
    private let position: UInt64

    package init(_ log: EventLog, after position: UInt64) {
        self.log = log
        self.position = position
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(log: self.log, position: self.position)
    }

    /// Turns the log's calls into wakes; one waiting wake stands for any number of appends.
    private final class Waker: EventLogObserver {
        let wakes: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() {
            (self.wakes, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        func logAdvanced() {
            self.continuation.yield()
        }
    }

    /// Makes a waiting iterator return, with an empty array when nothing is new: how a stream gets its heartbeats.
    package typealias Nudge = @Sendable () -> Void

    /// Listens to the log from the first iterator to the last copy of it.
    private final class Registration: Sendable {
        let log: EventLog
        let waker = Waker()

        init(_ log: EventLog) {
            self.log = log
            log.add(self.waker)
        }

        deinit {
            self.log.remove(self.waker)
        }
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var position: UInt64
        /// Something that was to be read is no longer there.
        package private(set) var hasGap = false
        private let registration: Registration
        private var wakes: AsyncStream<Void>.Iterator

        init(log: EventLog, position: UInt64) {
            self.position = position
            self.registration = Registration(log)
            self.wakes = self.registration.waker.wakes.makeAsyncIterator()
        }

        /// Whether there was a gap since this was last asked.
        package mutating func takeGap() -> Bool {
            defer { self.hasGap = false }
            return self.hasGap
        }

        /// Wakes `nextOrNudge`.
        package var nudge: Nudge { { [registration] in registration.waker.logAdvanced() } }

        /// The next events, at least one.
        package mutating func next() async -> [Event]? {
            while let events = await self.nextOrNudge() {
                if !events.isEmpty { return events }
            }
            return nil
        }

        /// The next events, or none after a nudge.
        package mutating func nextOrNudge() async -> [Event]? {
            var wasWoken = false
            while !Task.isCancelled {
                let log = self.registration.log
                let isClosed = log.head.isClosed
                let page = log.page(after: self.position, maximumBytes: EventLogFollower.pageBytes)
                if page.hasGap { self.hasGap = true }
                if let last = page.events.last {
                    self.position = last.position
                    return page.events
                }
                if isClosed { return nil }
                if wasWoken { return [] }
                guard await self.wakes.next(isolation: #isolation) != nil else { return nil }
                wasWoken = true
            }
            return nil
        }
    }
}
