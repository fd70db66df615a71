import NIOCore
import Testing

@testable import Storage

@Suite struct StoreReadingTests {
    private let fixture: StoreFixture

    init() throws {
        self.fixture = try StoreFixture()
    }

    @Test func `a page has at least one event and ends at its bytes`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...9, bytes: 100)) == .committed)
            #expect(await store.commit(.made("s2", events: 1...9, bytes: 100)) == .committed)
            for (maximum, page) in [(0, [1]), (100, [1]), (199, [1]), (200, [1, 2])] as [(Int, [UInt64])] {
                let events = try await store.events(session: "s1", after: 0, maximumBytes: maximum)
                #expect(events.map(\.sequence) == page)
            }
            #expect(try await store.events(session: "s1", after: 8, maximumBytes: .max) == [.numbered(9, bytes: 100)])
            #expect(try await store.events(session: "s1", after: 9, maximumBytes: .max).isEmpty)
            #expect(try await store.events(session: "s1", after: .max, maximumBytes: .max).isEmpty)
            #expect(try await store.events(session: "s3", after: 0, maximumBytes: .max).isEmpty)
        }
    }

    @Test(
        arguments: [
            (nil, 2, [], [8, 9]), (8, 2, [], [6, 7]), (nil, 2, ["turn.ended"], [6, 9]),
            (9, 9, ["turn.ended", "agent.assistant"], [1, 2, 3, 4, 5, 6, 7, 8]), (1, 5, [], []), (0, 5, [], []),
            (nil, 0, [], []), (nil, -1, [], []), (nil, 5, ["no.such"], []),
        ] as [(UInt64?, Int, [String], [UInt64])]
    )
    func `the newest are found before a number and by type`(
        before: UInt64?,
        count: Int,
        types: [String],
        expected: [UInt64]
    ) async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...9)) == .committed)
            let found = try await store.newest(session: "s1", before: before, count: count, types: types)
            #expect(found == expected.map { .numbered($0) })
        }
    }

    @Test(
        arguments: [
            (0, 2, [], [1, 2]), (8, 2, [], [9]), (0, 2, ["turn.ended"], [3, 6]), (3, 5, ["turn.ended"], [6, 9]),
            (0, 0, [], []), (0, -1, [], []), (9, 5, [], []),
        ] as [(UInt64, Int, [String], [UInt64])]
    )
    func `the next are found after a number and by type`(
        after: UInt64,
        count: Int,
        types: [String],
        expected: [UInt64]
    ) async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...9)) == .committed)
            let found = try await store.events(session: "s1", after: after, count: count, types: types)
            #expect(found == expected.map { .numbered($0) })
        }
    }

    @Test func `places are found by type, without what lies there`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...9)) == .committed)
            #expect(await store.commit(.made("s2", events: 1...9)) == .committed)
            let all = try await store.events(session: "s1", after: 0, count: 9, types: ["turn.ended"])
            let places = try await store.places(session: "s1", types: ["turn.ended"])
            #expect(places == all.map { EventPlace(sequence: $0.sequence, turn: $0.turn) } && places.count == 3)
            #expect(try await store.places(session: "s1", types: []).map(\.sequence) == Array(1...9))
            #expect(try await store.places(session: "s3", types: []).isEmpty)
        }
    }

    @Test func `readers see whole transactions while the writer writes`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1")) == .committed)
            try await withThrowingTaskGroup { group in
                for _ in 1...3 {
                    group.addTask {
                        var numbers: [UInt64] = []
                        while numbers.count < 500 {
                            numbers = try await store.numbers(of: "s1")
                            #expect(numbers.count.isMultiple(of: 5))
                            #expect(numbers == Array(UInt64(1)..<UInt64(numbers.count + 1)))
                        }
                    }
                }
                for first in stride(from: UInt64(1), to: 500, by: 5) {
                    #expect(await store.commit(.of("s1", events: first...(first + 4))) == .committed)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a reader does not wait for a writer that is held up`() async throws {
        try await self.fixture.withStore { (store) async throws in
            #expect(await store.commit(.made("s1", events: 1...3)) == .committed)
            try await self.fixture.withForeignLock { () async throws in
                #expect(await store.commit(.of("s1", events: 4...4)) == .delayed)
                #expect(try await store.numbers(of: "s1") == [1, 2, 3])
                #expect(try await store.sessions().map(\.head) == [3])
            }
        }
    }
}
