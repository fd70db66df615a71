import NIOCore
import TestSupport
import Testing

@testable import Storage

@Suite struct StoreBacklogTests {
    private func folded(_ batches: [StoreBatch], maximumBytes: Int = .max) -> [StoreBatch] {
        var backlog = StoreBacklog(maximumBytes: maximumBytes)
        for batch in batches { backlog.fold(batch) }
        let all = backlog.takeAll()
        #expect(backlog.isEmpty)
        #expect(backlog.bytes == 0)
        return all
    }

    @Test func `batches of a session become one`() throws {
        var first = StoreBatch.made("a", events: 1...2)
        first.messages = [.message("m1", isOpen: true), .message("m2")]
        first.usage = [UsageEntry(day: "1", session: "a", model: "x", turns: 1)]
        var second = StoreBatch.made("a", events: 3...3)
        second.record?.body = ByteBuffer(string: "new")
        second.messages = [.message("m1", "closed"), .message("m3")]
        second.approvals = [.message("a1")]
        second.usage = [
            UsageEntry(day: "1", session: "a", model: "x", turns: 2), UsageEntry(day: "2", session: "a", model: "x"),
        ]
        let all = self.folded([first, .made("b"), second])
        #expect(all.map(\.session) == ["a", "b"])
        let batch = try #require(all.first)
        #expect(batch.record == second.record)
        #expect(batch.events.map(\.sequence) == [1, 2, 3])
        #expect(batch.messages == [.message("m1", "closed"), .message("m2"), .message("m3")])
        #expect(batch.approvals == second.approvals)
        #expect(batch.usage.map(\.turns) == [3, 0])
    }

    @Test func `of a removed session only the usage stays, until it is made anew`() {
        var made = StoreBatch.made("a", events: 1...2)
        made.usage = [UsageEntry(day: "1", session: "a", model: "x", turns: 1)]
        var removal = StoreBatch.removal(of: "a")
        removal.usage = made.usage
        var all = self.folded([made, removal])
        #expect(all.map(\.isRemoval) == [true])
        #expect(all.map(\.record) == [nil])
        #expect(all.map(\.events) == [[]])
        #expect(all.first?.usage.map(\.turns) == [2])
        all = self.folded([made, removal, .made("a", events: 1...1)])
        #expect(all.map(\.isRemoval) == [false])
        #expect(all.map(\.startsOver) == [true])
        #expect(all.first?.events.map(\.sequence) == [1])
        all = self.folded([made, removal, .made("a", events: 1...1), .removal(of: "a")])
        #expect(all.map(\.isRemoval) == [true])
        #expect(all.map(\.events) == [[]])
    }

    @Test func `the oldest events of all sessions leave at the budget`() {
        let budget = 2 * 256 + 2 * (40 + 192) + 2 * 2
        let all = self.folded(
            [.made("a", events: 1...1), .made("b", events: 1...2), .made("a", events: 2...2)],
            maximumBytes: budget
        )
        #expect(all.map { $0.events.map(\.sequence) } == [[2], [2]])
        #expect(all.map(\.forgottenThrough) == [1, 1])
    }

    @Test func `records and items stay, whatever the budget`() {
        var made = StoreBatch.made("a", events: 1...2)
        made.messages = [.message("m1")]
        let all = self.folded([made], maximumBytes: 0)
        #expect(all.map(\.record) == [made.record])
        #expect(all.map(\.messages) == [made.messages])
        #expect(all.map(\.events) == [[]])
        #expect(all.map(\.forgottenThrough) == [2])
    }

    @Test func `what is lost since takes with it what came before and was put back`() {
        var since = StoreBatch.of("a", events: 12...12)
        since.forgottenThrough = 11
        let all = self.folded([.of("b", events: 1...1), .of("a", events: 10...10), since])
        #expect(all.map { $0.events.map(\.sequence) } == [[1], [12]])
        #expect(all.map(\.forgottenThrough) == [0, 11])
    }

    @Test func `a new epoch ends the log that waits`() {
        var next = StoreBatch.made("a", events: 1...1)
        next.record?.epoch = 2
        let all = self.folded([.made("a", events: 1...5), .made("b", events: 1...1), next])
        #expect(all.map { $0.events.map(\.sequence) } == [[1], [1]])
    }

    @Test func `a record does not join events whose epoch is not known`() {
        let all = self.folded([.of("a", events: 8...9), .made("a", events: 1...1), .made("a", events: 2...2)])
        #expect(all.map { $0.events.map(\.sequence) } == [[8, 9], [1, 2]])
        #expect(all.map { $0.record == nil } == [true, false])
    }

    @Test(arguments: 0..<50)
    func `what is kept of a log has no hole and ends at its head`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var backlog = StoreBacklog(maximumBytes: 5000)
        var heads: [String: UInt64] = [:]
        for _ in 1...300 {
            let session = "s\(Int.random(in: 0...3, using: &generator))"
            let head = heads[session, default: 0]
            let count = UInt64.random(in: 1...3, using: &generator)
            let bytes = Int.random(in: 0...600, using: &generator)
            backlog.fold(.of(session, events: (head + 1)...(head + count), bytes: bytes))
            heads[session] = head + count
            #expect(backlog.bytes <= 5000)
            guard Int.random(in: 0..<10, using: &generator) == 0 else { continue }
            // As after a failure: all is taken out and put back.
            let taken = backlog.takeAll()
            for batch in taken {
                #expect((batch.events.last?.sequence ?? batch.forgottenThrough) == heads[batch.session])
                if let first = batch.events.first?.sequence {
                    #expect(batch.events.map(\.sequence) == Array(first..<(first + UInt64(batch.events.count))))
                    #expect(first == batch.forgottenThrough + 1)
                }
                backlog.fold(batch)
            }
        }
    }
}
