import NIOCore
import TestSupport
import Testing

@testable import Actors
@testable import Storage

/// Every reader sees each durable event exactly once and in order, wherever it was cut.
@Suite(.timeLimit(.minutes(2))) struct EventLogReadersTests {
    /// A reader that comes and goes; it remembers only what a client remembers.
    private struct Reader {
        /// The id of the last durable event it has had.
        private(set) var last = EventID(epoch: 1, sequence: 0)
        private(set) var faults: [String] = []
        private(set) var gaps = 0
        private var position: UInt64?

        var isAttached: Bool { self.position != nil }

        mutating func attach(to log: EventLog) {
            let point = log.resume(after: self.last)
            switch point.kind {
            case .exact, .replay:
                if point.cursor != self.last { self.faults.append("goes on at \(point.cursor) after \(self.last)") }
            case .gap:
                self.gaps += 1
            case .fresh:
                self.faults.append("is fresh in spite of its cursor")
            }
            // A snapshot brings the reader to the point's cursor.
            self.last = point.cursor
            self.position = point.position
        }

        mutating func detach() {
            self.position = nil
        }

        mutating func read(from log: EventLog, maximumBytes: Int) {
            guard let position else { return }
            let page = log.page(after: position, maximumBytes: maximumBytes)
            if page.hasGap {
                self.detach()
                self.attach(to: log)
                return
            }
            if page.events.isEmpty, page.head != position { self.faults.append("is told nothing at \(position)") }
            for event in page.events {
                self.position = event.position
                guard event.kind == .durable else { continue }
                if event.sequence != self.last.sequence + 1 { self.faults.append("\(event.cursor) after \(self.last)") }
                self.last = event.cursor
            }
        }
    }

    @Test(arguments: UInt64(1)...30)
    func `readers that come and go at random miss nothing and see nothing twice`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Every third log is so small that readers fall out of it, and must be told.
        let log = EventLog(session: "s_1", maximumBytes: seed % 3 == 0 ? 4000 : 1 << 20)
        var readers = [Reader](repeating: Reader(), count: 8)
        for _ in 0..<600 {
            let index = readers.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3:
                let drafts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    [EventDraft.durable(), .durable(), .text(0, "x"), .whole].randomElement(using: &random) ?? .whole
                }
                log.append(drafts)
            case 3: readers[index].detach()
            case 4 where !readers[index].isAttached: readers[index].attach(to: log)
            default: readers[index].read(from: log, maximumBytes: Int.random(in: 0...3000, using: &random))
            }
        }
        for index in readers.indices {
            if !readers[index].isAttached { readers[index].attach(to: log) }
            for _ in 0..<2000 { readers[index].read(from: log, maximumBytes: 1000) }
            #expect(readers[index].faults.isEmpty)
            #expect(readers[index].last == log.head.id)
            if seed % 3 != 0 { #expect(readers[index].gaps == 0) }
        }
    }

    @Test func `readers on tasks of their own see every event once while it is written`() async {
        let log = EventLog(session: "s_1", maximumBytes: 16 << 20)
        let count: UInt64 = 3000
        await withTaskGroup(of: [UInt64].self) { group in
            for seed in 0..<6 {
                group.addTask { await Self.readAll(of: log, seed: UInt64(seed)) }
            }
            for number in 0..<count {
                log.append(number % 5 == 0 ? [.text(0, "x"), .durable()] : [.durable()])
                if number % 50 == 0 { await Task.yield() }
            }
            log.close()
            for await seen in group { #expect(seen == Array(1...count)) }
        }
    }

    /// Follows a log to its end, leaving and coming back at random.
    private static func readAll(of log: EventLog, seed: UInt64) async -> [UInt64] {
        var random = SeededGenerator(seed: seed)
        var seen: [UInt64] = []
        while true {
            let point = log.resume(after: EventID(epoch: 1, sequence: seen.last ?? 0))
            var isAtEnd = true
            for await events in EventLogFollower(log, after: point.position) {
                seen += events.filter { $0.kind == .durable }.map(\.sequence)
                if Int.random(in: 0..<8, using: &random) == 0 {
                    isAtEnd = false
                    break
                }
            }
            if isAtEnd { return seen }
        }
    }
}
