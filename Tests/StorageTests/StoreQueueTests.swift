import Synchronization
import Testing

@testable import Storage

@Suite struct StoreQueueTests {
    /// What the writer was told to do, in a form that can be compared.
    private enum Step: Equatable {
        case write([String], isRetry: Bool)
        case tell(Int)
        case wait(Duration?)
        case end
    }

    /// A queue, its clock, and the writer's half of the talk with it.
    private struct Writer {
        var queue: StoreQueue
        let start = ContinuousClock.now
        var time = Duration.zero
        var isCancelled = false
        var work: StoreQueue.Work?

        init(change: (inout StoreLimits) -> Void = { _ in }) {
            var limits = StoreLimits()
            change(&limits)
            self.queue = StoreQueue(limits: limits)
        }

        mutating func add(_ session: String, events: ClosedRange<UInt64>? = nil) {
            self.queue.add(.of(session, events: events)) { _ in }
        }

        mutating func next() -> Step {
            switch self.queue.next(now: self.start + self.time, isCancelled: self.isCancelled) {
            case .write(let work):
                self.work = work
                return .write(work.batches.map { "\($0.session):\($0.events.map(\.sequence))" }, isRetry: work.isRetry)
            case .tell(let completions): return .tell(completions.count)
            case .wait(let deadline): return .wait(deadline.map { $0 - self.start })
            case .end: return .end
            }
        }

        mutating func fail() throws {
            self.queue.failed(
                try #require(self.work),
                error: StorageError(.full, "full"),
                now: self.start + self.time,
                isCancelled: self.isCancelled
            )
        }
    }

    @Test func `what waits is written at once, and batch by batch`() {
        var writer = Writer()
        #expect(writer.next() == .wait(nil))
        writer.add("a", events: 1...2)
        writer.add("b", events: 1...1)
        writer.add("a", events: 3...3)
        #expect(writer.next() == .write(["a:[1, 2]", "b:[1]", "a:[3]"], isRetry: false))
        writer.add("b", events: 2...2)
        writer.queue.committed(refused: 0)
        #expect(writer.next() == .write(["b:[2]"], isRetry: false))
        writer.queue.committed(refused: 1)
        #expect(writer.next() == .wait(nil))
        #expect(writer.queue.counts.commits == 2)
        #expect(writer.queue.counts.refused == 1)
    }

    @Test func `a failure is told, waited out and tried again before what came since`() throws {
        var writer = Writer()
        writer.add("a", events: 1...1)
        writer.add("b", events: 1...1)
        _ = writer.next()
        writer.add("a", events: 2...2)
        try writer.fail()
        #expect(writer.queue.condition == .failing(StorageError(.full, "full")))
        #expect(writer.next() == .tell(3))
        #expect(writer.next() == .wait(.milliseconds(250)))
        writer.time = .milliseconds(200)
        writer.add("b", events: 2...2)
        #expect(writer.next() == .tell(1))
        #expect(writer.next() == .wait(.milliseconds(250)))
        writer.time = .milliseconds(250)
        writer.add("a", events: 3...3)
        #expect(writer.next() == .write(["a:[1, 2]", "b:[1, 2]", "a:[3]"], isRetry: true))
        writer.queue.committed(refused: 0)
        #expect(writer.queue.condition == .healthy)
        #expect(writer.next() == .wait(nil))
    }

    @Test func `tries become rarer, and one that succeeds starts again`() throws {
        var writer = Writer()
        writer.add("a")
        for delay in [250, 500, 1000, 2000, 4000, 5000, 5000] {
            #expect(writer.next() == .write(["a:[]"], isRetry: delay > 250))
            try writer.fail()
            while case .tell = writer.next() {}
            writer.time += .milliseconds(delay)
        }
        _ = writer.next()
        writer.queue.committed(refused: 0)
        writer.add("a")
        #expect(writer.next() == .write(["a:[]"], isRetry: false))
        try writer.fail()
        #expect(writer.next() == .tell(1))
        #expect(writer.next() == .wait(writer.time + .milliseconds(250)))
    }

    @Test func `it ends when it is finished and everything is written`() throws {
        var writer = Writer()
        writer.add("a")
        writer.queue.finish()
        #expect(writer.next() == .write(["a:[]"], isRetry: false))
        try writer.fail()
        #expect(writer.next() == .tell(1))
        #expect(writer.next() == .wait(.milliseconds(250)))
        writer.time = .seconds(1)
        #expect(writer.next() == .write(["a:[]"], isRetry: true))
        #expect(!writer.queue.isEnded)
        writer.queue.committed(refused: 0)
        #expect(writer.next() == .end)
        #expect(writer.queue.isEnded)
    }

    @Test func `cancelled, it tries at once and once more`() throws {
        var writer = Writer()
        writer.add("a")
        _ = writer.next()
        try writer.fail()
        writer.isCancelled = true
        writer.add("b")
        #expect(writer.next() == .write(["a:[]", "b:[]"], isRetry: true))
        writer.add("c")
        try writer.fail()
        #expect(writer.next() == .tell(3))
        #expect(writer.next() == .end)
    }

    @Test func `what a slow disk keeps waiting is bounded, and told late`() throws {
        var writer = Writer { $0.backlogBytes = 3000 }
        writer.add("a", events: 1...1)
        _ = writer.next()
        for number in 2...40 as ClosedRange<UInt64> { writer.add("a", events: number...number) }
        let dropped = writer.queue.counts.droppedEvents
        #expect(dropped > 20)
        writer.queue.committed(refused: 0)
        _ = writer.next()
        let work = try #require(writer.work)
        #expect(work.batches.first?.forgottenThrough == dropped + 1)
        #expect(work.batches.flatMap(\.events).map(\.sequence) == Array((dropped + 2)...40))
        #expect(work.batches.reduce(0) { $0 + $1.cost } < 3500)
        let outcomes = work.outcomes(refused: []).map(\.1)
        #expect(outcomes.count == 39)
        #expect(outcomes.filter { $0 == .delayed }.count >= Int(dropped))
    }

    @Test func `the one that was refused is told, and no other`() {
        var writer = Writer()
        for session in ["a", "b", "c"] { writer.add(session) }
        _ = writer.next()
        #expect(writer.work?.outcomes(refused: [1]).map(\.1) == [.committed, .delayed, .committed])
    }
}
