import Storage
import Testing

@testable import Actors

/// What was used, where nothing is stored.
@Suite struct UsageLedgerTests {
    private static func entry(_ day: String, _ session: String, _ model: String, turns: Int = 1) -> UsageEntry {
        UsageEntry(day: day, session: session, model: model, turns: turns, inputTokens: 10, costUSD: 0.5)
    }

    @Test func `entries of one day, session and model are one row, ordered`() {
        let ledger = UsageLedger()
        ledger.add([Self.entry("2026-11-22", "s1", "opus"), Self.entry("2026-11-21", "s2", "opus")])
        ledger.add([Self.entry("2026-11-22", "s1", "haiku"), Self.entry("2026-11-22", "s1", "opus", turns: 2)])
        let rows = ledger.entries(from: nil, through: nil, session: nil)
        #expect(
            rows.map { "\($0.day) \($0.session) \($0.model) \($0.turns)" } == [
                "2026-11-21 s2 opus 1", "2026-11-22 s1 haiku 1", "2026-11-22 s1 opus 3",
            ]
        )
        #expect(rows.last?.inputTokens == 20 && rows.last?.costUSD == 1)
    }

    @Test(
        arguments: [
            (nil, nil, nil, 3), ("2026-11-21", nil, nil, 2), (nil, "2026-11-21", nil, 2),
            ("2026-11-21", "2026-11-21", nil, 1), (nil, nil, "s1", 2), ("2026-11-22", nil, "s2", 0),
            ("2026-11-23", nil, nil, 0),
        ] as [(String?, String?, String?, Int)]
    )
    func `the first and the last day belong to it`(from: String?, through: String?, session: String?, count: Int) {
        let ledger = UsageLedger()
        ledger.add([
            Self.entry("2026-11-20", "s1", "opus"), Self.entry("2026-11-21", "s2", "opus"),
            Self.entry("2026-11-22", "s1", "opus"),
        ])
        #expect(ledger.entries(from: from, through: through, session: session).count == count)
    }

    @Test func `above the bound the oldest days leave`() {
        let ledger = UsageLedger()
        ledger.add((0..<50_000).map { Self.entry("2026-11-20", "s\($0)", "opus") })
        #expect(ledger.entries(from: nil, through: nil, session: nil).count == 50_000)
        ledger.add([Self.entry("2026-11-21", "new", "opus")])
        #expect(ledger.entries(from: nil, through: nil, session: nil).count == 45_001)
        #expect(ledger.entries(from: "2026-11-21", through: nil, session: nil).count == 1)
    }

    @Test func `a turn is one turn, whatever models shared it`() {
        var result = TurnResult()
        result.models = [
            TurnResult.ModelShare(model: "opus", usage: TurnResult.Usage(), costUSD: 1),
            TurnResult.ModelShare(model: "haiku", usage: TurnResult.Usage(), costUSD: 0.25),
        ]
        let shares = UsageEntry.of(result, session: "s", model: "other", day: "d")
        #expect(shares.map(\.model) == ["opus", "haiku"])
        #expect(shares.map(\.turns) == [1, 0] && shares.map(\.costUSD) == [1, 0.25])
    }

    @Test func `a turn without a result counts for the session's model`() {
        #expect(UsageEntry.of(nil, session: "s", model: "opus", day: "d").map(\.model) == ["opus"])
        #expect(UsageEntry.of(nil, session: "s", model: nil, day: "d").map(\.turns) == [1])
        #expect(UsageEntry.of(nil, session: "s", model: nil, day: "d").map(\.model) == ["unknown"])
    }
}
