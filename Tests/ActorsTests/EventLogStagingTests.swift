import NIOCore
import Synchronization
import Testing

@testable import Actors
@testable import Storage

/// Events that have their number and wait for their commit.
@Suite struct EventLogStagingTests {
    private final class Observer: EventLogObserver {
        let count = Atomic(0)

        func logAdvanced() {
            self.count.add(1, ordering: .relaxed)
        }

        var wakes: Int { self.count.load(ordering: .relaxed) }
    }

    private static func log(after sequence: UInt64 = 0, bytes: Int = 1 << 20) -> EventLog {
        EventLog(session: "s_1", maximumBytes: bytes, after: sequence)
    }

    private static func id(_ sequence: UInt64) -> EventID { EventID(epoch: 1, sequence: sequence) }

    @Test func `what is staged is numbered, and seen by nobody before it is published`() {
        let log = Self.log()
        let observer = Observer()
        log.add(observer)
        let staged = log.stage([.durable(), .durable()])
        #expect(staged.map(\.sequence) == [1, 2] && staged.map(\.position) == [1, 2])
        #expect(log.everything.isEmpty && observer.wakes == 0)
        #expect(log.head.id == Self.id(0) && log.head.position == 0 && log.head.offset == 0)
        #expect(log.lastSequence == 2)
        #expect(log.newest(10) { _ in true }.isEmpty)
        #expect(log.resume(after: Self.id(1)).kind == .gap(.unknown))
        log.publish(through: 1)
        #expect(log.everything.map(\.sequence) == [1] && observer.wakes == 1)
        log.publish(through: 2)
        #expect(log.everything.map(\.sequence) == [1, 2] && observer.wakes == 2)
        #expect(log.head.id == Self.id(2) && log.head.offset == staged[1].offset)
    }

    @Test func `a publication that says nothing new wakes nobody`() {
        let log = Self.log()
        let observer = Observer()
        log.add(observer)
        _ = log.stage([.durable()])
        log.publish(through: 0)
        #expect(observer.wakes == 0)
        log.publish(through: 1)
        log.publish(through: 1)
        #expect(observer.wakes == 1)
        #expect(log.stage([]).isEmpty)
    }

    @Test func `previews with nothing before them are seen at once`() {
        let log = Self.log()
        _ = log.stage([.messageStart, .text(0, "a")])
        #expect(log.everything.count == 2)
    }

    @Test func `previews behind a durable event wait with it, and keep their order`() {
        let log = Self.log()
        _ = log.stage([.messageStart, .durable(), .text(0, "a")])
        _ = log.stage([.text(0, "b")])
        _ = log.stage([.durable()])
        #expect(log.everything.map(\.position) == [1])
        log.publish(through: 2)
        #expect(log.everything.map(\.position) == [1, 2, 3, 4])
        #expect(log.head.id == Self.id(1))
        log.publish(through: 5)
        #expect(log.everything.map(\.position) == [1, 2, 3, 4, 5])
    }

    @Test func `commits told together publish everything up to the last`() {
        let log = Self.log()
        for _ in 0..<3 { _ = log.stage([.durable(), .messageStart]) }
        log.publish(through: 5)
        #expect(log.everything.map(\.position) == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a whole message supersedes its previews when it is seen, not before`() {
        let log = Self.log()
        _ = log.stage([.messageStart, .blockStart(0), .text(0, "half")])
        _ = log.stage([.whole])
        #expect(log.resume(after: nil).partial?.json.contains("half") == true)
        #expect(log.resume(after: nil).supersededThrough == 0)
        log.publish(through: 4)
        #expect(log.resume(after: nil).partial?.json == "null")
        #expect(log.resume(after: nil).supersededThrough == 4)
    }

    @Test func `a log is closed when what was staged has been seen`() {
        let log = Self.log()
        let observer = Observer()
        log.add(observer)
        _ = log.stage([.durable()])
        log.close()
        #expect(!log.head.isClosed)
        log.publish(through: 1)
        #expect(log.head.isClosed && observer.wakes == 2)
        let empty = Self.log()
        empty.close()
        #expect(empty.head.isClosed)
    }

    @Test func `a log of an earlier life goes on with its numbers`() {
        let log = Self.log(after: 41)
        #expect(log.head.id == Self.id(41) && log.lastSequence == 41 && log.firstInMemory == 42)
        log.append([.durable()])
        #expect(log.head.id == Self.id(42))
        #expect(log.resume(after: Self.id(41)).kind == .replay)
        #expect(log.resume(after: Self.id(42)).kind == .exact)
        #expect(log.resume(after: Self.id(40)).kind == .gap(.evicted))
        #expect(log.resume(after: Self.id(43)).kind == .gap(.unknown))
    }

    @Test func `a reader goes on where the memory has what follows`() {
        let log = Self.log(bytes: 1000)
        log.append((0..<20).map { _ in .durable() })
        let first = log.firstInMemory
        #expect(first > 1)
        #expect(log.position(after: first - 2) == nil)
        #expect(log.position(after: first - 1) == first - 1)
        #expect(log.position(after: first) == first)
        #expect(log.position(after: 20) == 20)
    }

    @Test func `with an archive what has left is read there first`() throws {
        let kept = try KeptStore()
        let log = EventLog(
            session: "s_1",
            maximumBytes: 1000,
            archive: EventArchive(try kept.open(), session: "s_1")
        )
        log.append((0..<20).map { _ in .durable() })
        let old = log.resume(after: Self.id(1))
        #expect(old.kind == .replay && old.archivedAfter == Self.id(1) && old.cursor == Self.id(1))
        #expect(old.headPosition == 20)
        let recent = log.resume(after: Self.id(19))
        #expect(recent.kind == .replay && recent.archivedAfter == nil && recent.position == 19)
        #expect(log.resume(after: .earliest).archivedAfter == Self.id(0))
        #expect(log.resume(after: EventID(epoch: 2, sequence: 1)).kind == .gap(.epoch))
    }
}
