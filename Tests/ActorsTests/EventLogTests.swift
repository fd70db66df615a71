import NIOCore
import Synchronization
import Testing

@testable import Actors
@testable import Storage

@Suite struct EventLogTests {
    /// Counts its wakes.
    private final class Observer: EventLogObserver {
        let count = Atomic(0)

        func logAdvanced() {
            self.count.add(1, ordering: .relaxed)
        }

        var wakes: Int { self.count.load(ordering: .relaxed) }
    }

    private static func log(maximumBytes: Int = 1 << 20, epoch: UInt32 = 1) -> EventLog {
        EventLog(session: "s_1", epoch: epoch, maximumBytes: maximumBytes)
    }

    private static func id(_ sequence: UInt64, epoch: UInt32 = 1) -> EventID {
        EventID(epoch: epoch, sequence: sequence)
    }

    // MARK: Numbers

    @Test func `durable events are numbered without holes, previews stand between`() {
        let log = Self.log(epoch: 3)
        log.append([.durable(), .messageStart, .text(0, "a"), .durable()])
        log.append([.messageStart])
        log.append([.durable()])
        let events = log.everything
        #expect(events.map(\.position) == [1, 2, 3, 4, 5, 6])
        #expect(events.map(\.sequence) == [1, 1, 1, 2, 2, 3])
        #expect(events.allSatisfy { $0.epoch == 3 })
        #expect(events.map { $0.cursor.description } == ["3.1", "3.1", "3.1", "3.2", "3.2", "3.3"])
        #expect(log.head.id == Self.id(3, epoch: 3))
        #expect(log.head.position == 6)
    }

    @Test func `an envelope says what its event is`() throws {
        let log = Self.log()
        log.append([EventDraft("agent.user", turn: "t_9", data: ByteBuffer(string: #"{ "x": 1 }"#)), .preview("{}")])
        let events = log.everything
        let durable = String(buffer: events[0].envelope)
        #expect(durable.hasPrefix(#"{"id":"1.1","session":"s_1","turn":"t_9","type":"agent.user","at":"2"#))
        #expect(durable.hasSuffix(#"Z","durable":true,"data":{ "x": 1 }}"#))
        #expect(String(buffer: events[1].envelope).hasPrefix(#"{"session":"s_1","type":"agent.stream_event","at":"2"#))
        #expect(events[0].offset == UInt64(events[0].envelope.readableBytes))
        #expect(events[1].offset == UInt64(events.reduce(0) { $0 + $1.envelope.readableBytes }))
        #expect(log.head.offset == events[1].offset)
    }

    @Test func `two events in one millisecond keep distinct, ordered ids`() {
        let log = Self.log()
        for _ in 0..<200 { log.append([.durable(), .durable()]) }
        let events = log.everything
        let times = events.map { event in String(buffer: event.envelope).firstMatch(of: /"at":"([^"]+)"/)?.1 }
        #expect(Set(times).count < events.count)
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.cursor < $1.cursor })
    }

    // MARK: Readers

    @Test func `observers are woken once an append and once at the end`() {
        let (log, observer, other) = (Self.log(), Observer(), Observer())
        log.add(observer)
        log.add(observer)
        log.add(other)
        log.append([])
        #expect(observer.wakes == 0)
        log.append([.durable(), .durable(), .durable()])
        #expect(observer.wakes == 1)
        log.remove(other)
        log.append([.messageStart])
        log.close()
        #expect(observer.wakes == 3)
        #expect(other.wakes == 1)
        #expect(log.head.isClosed)
    }

    @Test func `a page says when something has left`() {
        let log = Self.log(maximumBytes: 1000)
        for _ in 0..<10 { log.append([.durable()]) }
        let first = log.everything[0].position
        #expect(first > 2)
        #expect(log.page(after: first - 2, maximumBytes: .max).hasGap)
        #expect(!log.page(after: first - 1, maximumBytes: .max).hasGap)
        #expect(log.page(after: 10, maximumBytes: .max).events.isEmpty)
        #expect(log.page(after: 0, maximumBytes: .max).head == 10)
    }

    // MARK: Resuming

    @Test func `without a cursor a reader begins at the head with the message in progress`() {
        let log = Self.log()
        log.append([.durable(), .messageStart, .blockStart(0), .text(0, "half")])
        let point = log.resume(after: nil)
        #expect(point.kind == .fresh)
        #expect(point.position == 4 && point.headPosition == 4)
        #expect(point.cursor == Self.id(1) && point.head == Self.id(1))
        #expect(point.partial?.blocks.map(\.text) == ["half"])
    }

    @Test func `the newest id goes on exactly, with the previews after it`() {
        let log = Self.log()
        log.append([.durable(), .durable(), .messageStart, .text(0, "x")])
        let point = log.resume(after: Self.id(2))
        #expect(point.kind == .exact)
        #expect(point.position == 2)
        #expect(point.cursor == Self.id(2))
        #expect(point.partial == nil)
    }

    @Test func `an older id replays what followed`() {
        let log = Self.log()
        log.append([.durable(), .messageStart, .durable(), .durable()])
        let point = log.resume(after: Self.id(1))
        #expect(point.kind == .replay)
        #expect(point.position == 1)
        #expect(point.cursor == Self.id(1) && point.head == Self.id(3))
        #expect(log.resume(after: Self.id(0)).position == 0)
    }

    @Test func `an empty log knows the start`() {
        let log = Self.log()
        #expect(log.resume(after: nil).kind == .fresh)
        #expect(log.resume(after: Self.id(0)).kind == .exact)
        #expect(log.resume(after: Self.id(1)).kind == .gap(.unknown))
    }

    @Test(
        arguments: [(EventID(epoch: 2, sequence: 1), .epoch), (EventID(epoch: 1, sequence: 99), .unknown)]
            as [(EventID, ResumePoint.GapReason)]
    )
    func `a cursor that this log never gave out is a gap`(cursor: EventID, reason: ResumePoint.GapReason) {
        let log = Self.log()
        log.append([.durable(), .messageStart, .blockStart(0), .text(0, "half")])
        let point = log.resume(after: cursor)
        #expect(point.kind == .gap(reason))
        #expect(point.position == 4)
        #expect(point.cursor == Self.id(1))
        #expect(point.partial?.blocks.map(\.text) == ["half"])
    }

    @Test func `a cursor whose followers have left is a gap`() {
        let log = Self.log(maximumBytes: 1000)
        for _ in 0..<10 { log.append([.durable()]) }
        let oldest = log.everything[0].sequence
        #expect(log.resume(after: Self.id(oldest - 2)).kind == .gap(.evicted))
        #expect(log.resume(after: Self.id(oldest - 1)).kind == .replay)
        #expect(log.resume(after: Self.id(10)).kind == .exact)
    }

    @Test func `previews of the message in progress that have left are a gap`() {
        let log = Self.log(maximumBytes: 2000)
        log.append([.durable(), .messageStart, .blockStart(0)])
        for number in 0..<40 { log.append([.text(0, "\(number) ")]) }
        let point = log.resume(after: Self.id(1))
        #expect(point.kind == .gap(.previews))
        #expect(point.partial?.blocks.map(\.text) == [(0..<40).map { "\($0) " }.joined()])
    }

    @Test func `a log that never held a durable event can lose previews too`() {
        let log = Self.log(maximumBytes: 1000)
        for number in 0..<20 { log.append([.text(0, "\(number)")]) }
        #expect(log.resume(after: Self.id(0)).kind == .gap(.previews))
    }

    // MARK: The message in progress

    @Test func `a whole message takes its previews out of the message in progress`() {
        let log = Self.log()
        log.append([.messageStart, .blockStart(0), .text(0, "a")])
        log.append([.whole])
        #expect(log.resume(after: nil).partial?.json == "null")
        log.append([.blockStart(1), .text(1, "b")])
        let point = log.resume(after: nil)
        #expect(point.partial?.json == #"{"message_id":"msg_1","blocks":[{"index":1,"type":"text","text":"b"}]}"#)
        #expect(point.supersededThrough == 4)
    }

    @Test func `the message in progress survives the eviction of its previews, until it is whole`() {
        let log = Self.log(maximumBytes: 900)
        log.append([.messageStart, .blockStart(0)])
        var written = ""
        for number in 0..<100 {
            log.append([.text(0, "w\(number) ")])
            written += "w\(number) "
            #expect(log.resume(after: nil).partial?.blocks.map(\.text) == [written])
        }
        log.append([.whole])
        #expect(log.resume(after: nil).partial?.json == "null")
        log.append([.messageStart, .blockStart(0), .text(0, "next")])
        #expect(log.resume(after: nil).partial?.blocks.map(\.text) == ["next"])
    }

    @Test func `trimming frees superseded previews and nothing else`() {
        let log = Self.log()
        log.append([.durable(), .messageStart, .whole, .blockStart(1)])
        log.trim()
        #expect(log.everything.map(\.position) == [1, 3, 4])
        #expect(!log.page(after: 0, maximumBytes: .max).hasGap)
        #expect(log.resume(after: Self.id(1)).kind == .replay)
    }
}
