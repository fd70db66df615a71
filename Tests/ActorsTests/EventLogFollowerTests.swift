import NIOCore
import Testing

@testable import Actors
@testable import Storage

@Suite(.timeLimit(.minutes(2))) struct EventLogFollowerTests {
    private static func log(maximumBytes: Int = 1 << 20) -> EventLog {
        EventLog(session: "s_1", maximumBytes: maximumBytes)
    }

    @Test func `it ends when the log is closed, after the last event`() async {
        let log = Self.log()
        async let seen = EventLogFollower(log, after: 0).reduce(into: [UInt64]()) { $0 += $1.map(\.sequence) }
        log.append([.durable()])
        await Task.yield()
        log.append([.durable(), .durable()])
        log.close()
        #expect(await seen == [1, 2, 3])
    }

    @Test func `one that begins after the end has nothing to wait for`() async {
        let log = Self.log()
        log.append([.durable(), .durable()])
        log.close()
        #expect(await EventLogFollower(log, after: 1).reduce(0) { $0 + $1.count } == 1)
        #expect(await EventLogFollower(log, after: 2).reduce(0) { $0 + $1.count } == 0)
    }

    @Test func `it ends when its task is cancelled while it waits`() async {
        let log = Self.log()
        let follower = Task { await EventLogFollower(log, after: 0).reduce(0) { $0 + $1.count } }
        await Task.yield()
        follower.cancel()
        #expect(await follower.value == 0)
    }

    @Test func `it ends when its task is cancelled while there is more to read`() async {
        let log = Self.log()
        let follower = Task {
            var count = 0
            for await events in EventLogFollower(log, after: 0) {
                count += events.count
                withUnsafeCurrentTask { $0?.cancel() }
                log.append([.durable()])
            }
            return count
        }
        log.append([.durable()])
        #expect(await follower.value == 1)
    }

    @Test func `it passes over what has left, and says so`() async {
        let log = Self.log(maximumBytes: 1000)
        for _ in 0..<10 { log.append([.durable()]) }
        var iterator = EventLogFollower(log, after: 1).makeAsyncIterator()
        #expect(!iterator.hasGap)
        #expect(await iterator.next()?.last?.sequence == 10)
        #expect(iterator.hasGap)
    }

    @Test func `a nudge returns with nothing, an event with the event`() async {
        let log = Self.log()
        var iterator = EventLogFollower(log, after: 0).makeAsyncIterator()
        iterator.nudge()
        #expect(await iterator.nextOrNudge()?.isEmpty == true)
        log.append([.durable()])
        #expect(await iterator.nextOrNudge()?.count == 1)
        iterator.nudge()
        log.append([.durable(), .durable()])
        #expect(await iterator.next()?.count == 2)
        log.close()
        #expect(await iterator.nextOrNudge() == nil)
    }

    @Test func `a nudge does not end the sequence`() async {
        let log = Self.log()
        var iterator = EventLogFollower(log, after: 0).makeAsyncIterator()
        let nudge = iterator.nudge
        async let end: Void = {
            nudge()
            await Task.yield()
            nudge()
            log.append([.durable()])
        }()
        #expect(await iterator.next()?.count == 1)
        await end
    }
}
