/// The time from a prompt to the first text, in short blocks of turns by turns: on pipes, through troupe, through the SDK.
struct FirstTokenSuite {
    /// What one side has shown so far.
    fileprivate struct Tally {
        var firstTexts: [Double] = []
        var inward: [Double] = []
        var outward: [Double] = []
        var cpuSeconds = 0.0
    }

    /// Rounds in which each side has its block of turns.
    ///
    /// Blocks, because the SDK can have no single turns between others, and a side that comes back after three others finds
    /// its caches colder than one that goes on.
    private static let blocks = 4
    /// Seconds of quiet before each turn: a person's prompt never comes to a machine that is awake.
    private static let rest = 0.02
    private static let warmup = 2
    private static let goal = 2.0

    let bench: Bench

    /// - Throws: `BenchmarkError` when a side fails.
    func run() throws {
        try self.measure("stamp agent", self.bench.stampAgent, prompt: "stamp 5 0 283")
        if let claude = self.bench.tools.claude { try self.measure("claude", claude, prompt: "echo 5") }
    }

    private func measure(_ title: String, _ agent: String, prompt: String) throws {
        var table = Table(
            "first text, \(title)",
            columns: [
                "turns", "prompt → agent, µs", "agent → client, µs", "to first text, ms", "p99", "added, ms", "±",
                "CPU of the host per turn, ms",
            ]
        )
        let pump = self.bench.pump
        var tallies: [String: Tally] = [:]
        var sdk = Tally()
        try self.bench.withServer(agent: agent) { server in
            try self.bench.withDirect(agent: agent) { direct in
                let sides: [any Side] =
                    try [direct] + ServerSide.Transport.allCases.map { try self.bench.newSession(of: server, $0) }
                for _ in 0..<Self.blocks {
                    for side in sides {
                        for _ in 0..<Self.warmup { try side.turn(prompt, pump) }
                        for _ in 0..<max(1, self.bench.turns / Self.blocks) {
                            try pump.rest(Self.rest)
                            let isDirect = side === direct
                            let cpu = isDirect ? ProcessFigures.ownCPUSeconds : server.cpuSeconds
                            try side.turn(prompt, pump)
                            let now = isDirect ? ProcessFigures.ownCPUSeconds : server.cpuSeconds
                            tallies[side.name, default: Tally()].add(side.watch, cpuSeconds: now - cpu)
                        }
                    }
                    guard let measured = try self.block(agent, prompt) else { continue }
                    sdk.firstTexts += measured.firstTexts
                    sdk.cpuSeconds += measured.cpuS
                }
                let base = Spread(tallies[direct.name]?.firstTexts ?? [])
                for side in sides { tallies[side.name]?.add(to: &table, side.name, base: base) }
                if !sdk.firstTexts.isEmpty { sdk.add(to: &table, "Python SDK", base: base) }
                for side in sides.dropFirst() {
                    self.bench.report.add(
                        goal: "added to the first text, \(title), \(side.name)",
                        Spread(tallies[side.name]?.firstTexts ?? []).difference(to: base),
                        under: Self.goal,
                        "ms"
                    )
                }
            }
        }
        self.bench.report.add(table)
    }

    private func block(_ agent: String, _ prompt: String) throws -> SDKSide.Measurements? {
        guard let sdk = self.bench.sdk else { return nil }
        let turns = max(1, self.bench.turns / Self.blocks)
        return try sdk.run(agent: agent, prompt: prompt, turns: turns, warmup: Self.warmup, rest: Self.rest)
    }
}

extension FirstTokenSuite.Tally {
    mutating func add(_ watch: TurnWatch, cpuSeconds: Double) {
        if let time = watch.firstTextMilliseconds { self.firstTexts.append(time) }
        if let time = watch.inwardMicroseconds { self.inward.append(time) }
        if let delta = watch.deltas.first { self.outward.append(delta.microseconds) }
        self.cpuSeconds += cpuSeconds
    }

    func add(to table: inout Table, _ label: String, base: Spread) {
        let spread = Spread(self.firstTexts)
        let added = spread.difference(to: base)
        table.add(
            label,
            [
                Double(spread.count), Spread(self.inward).median, Spread(self.outward).median, spread.median,
                spread.p99,
                added?.value, added?.error,
                self.cpuSeconds / Double(max(1, spread.count)) * 1000,
            ]
        )
    }
}
