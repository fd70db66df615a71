/// The time of each event from the agent's write to the client's read, and the CPU it costs, at several rates.
struct EventsSuite {
    fileprivate struct Tally {
        var microseconds: [Double] = []
        var events = 0
        var reads = 0
        var cpuSeconds = 0.0
        var wallSeconds = 0.0
        /// From the first write to the last read, for each event.
        var perEvent: [Double] = []
    }

    /// As large as the CLI's own (FIGURES.md).
    private static let lineBytes = 283
    private static let rounds = 3
    /// Events a second; 0 stands for a burst.
    private static let loads = [(rate: 20, count: 40), (100, 200), (1000, 2000), (0, 2000)]
    private static let goal = 200.0

    let bench: Bench

    /// - Throws: `BenchmarkError` when a side fails.
    func run() throws {
        var steady = Table(
            "events one by one",
            columns: [
                "events", "p50, µs", "p99, µs", "added p50, µs", "added p99, µs", "host CPU per event, µs",
                "beyond what idling costs",
            ]
        )
        var burst = Table(
            "2000 events at once",
            columns: ["to the last, µs per event", "p50, µs", "p99, µs", "events per read", "host CPU per event, µs"]
        )
        try self.bench.withServer(agent: self.bench.stampAgent) { server in
            try self.bench.withDirect(agent: self.bench.stampAgent) { direct in
                let sides: [any Side] =
                    try [direct] + ServerSide.Transport.allCases.map { try self.bench.newSession(of: server, $0) }
                for side in sides { try side.turn("stamp 500 0 \(Self.lineBytes)", self.bench.pump) }
                let idle = try self.idleShare(of: server)
                steady.add("nothing, troupe, ms of CPU a second", [nil, nil, nil, nil, nil, idle * 1000, 0])
                for load in Self.loads {
                    try self.measure(load, sides, server, idle: idle, &steady, &burst)
                }
            }
        }
        self.bench.report.add(steady)
        self.bench.report.add(burst)
    }

    /// CPU seconds of a second without work.
    private func idleShare(of server: Server) throws -> Double {
        try self.bench.pump.rest(0.5)
        let (cpu, began) = (server.cpuSeconds, Monotonic.now)
        try self.bench.pump.rest(3)
        return (server.cpuSeconds - cpu) / (Double(Monotonic.now - began) / 1e9)
    }

    private func measure(
        _ load: (rate: Int, count: Int),
        _ sides: [any Side],
        _ server: Server,
        idle: Double,
        _ steady: inout Table,
        _ burst: inout Table
    ) throws {
        let prompt = "stamp \(load.count) \(load.rate) \(Self.lineBytes)"
        var tallies = [Tally](repeating: Tally(), count: sides.count)
        for _ in 0..<Self.rounds {
            for (index, side) in sides.enumerated() {
                try self.bench.pump.rest(0.05)
                let inlet = (side as? ServerSide)?.inlet
                let reads = inlet?.reads ?? 0
                let began = Monotonic.now
                let cpu = index == 0 ? ProcessFigures.ownCPUSeconds : server.cpuSeconds
                try side.turn(prompt, self.bench.pump)
                let now = index == 0 ? ProcessFigures.ownCPUSeconds : server.cpuSeconds
                tallies[index].wallSeconds += Double(Monotonic.now - began) / 1e9
                tallies[index].add(side.watch, cpuSeconds: now - cpu, reads: (inlet?.reads ?? 0) - reads)
                guard side.watch.deltaCount == load.count, side.watch.outOfOrder == 0 else {
                    throw BenchmarkError("\(side.name) lost events: \(side.watch.deltaCount) of \(load.count)")
                }
            }
        }
        let base = Spread(tallies[0].microseconds)
        for (side, tally) in zip(sides, tallies) {
            if load.rate > 0 {
                tally.add(to: &steady, "\(load.rate)/s, \(side.name)", base: base, idle: side is ServerSide ? idle : 0)
            } else {
                tally.add(to: &burst, side.name)
            }
        }
        for (side, tally) in zip(sides, tallies).dropFirst() where load.rate > 0 {
            let name = "added to an event at \(load.rate)/s, p50, \(side.name)"
            let added = Spread(tally.microseconds).difference(to: base)
            self.bench.report.add(goal: name, added, under: Self.goal, "µs")
        }
        // One block each is enough to know the SDK's CPU; its times are in the first table.
        guard let sdk = self.bench.sdk, load.rate != 20 else { return }
        let measured = try sdk.run(agent: self.bench.stampAgent, prompt: prompt, turns: 1)
        let cpu = measured.cpuS / Double(max(1, measured.events)) * 1e6
        if load.rate > 0 {
            steady.add("\(load.rate)/s, Python SDK", [Double(measured.events), nil, nil, nil, nil, cpu, nil])
        } else {
            burst.add("Python SDK", [nil, nil, nil, nil, cpu])
        }
    }
}

extension EventsSuite.Tally {
    mutating func add(_ watch: TurnWatch, cpuSeconds: Double, reads: Int) {
        self.microseconds += watch.deltas.map(\.microseconds)
        self.events += watch.deltaCount
        self.reads += reads
        self.cpuSeconds += cpuSeconds
        guard let first = watch.deltas.first else { return }
        self.perEvent.append(Double(watch.lastReceived - first.written) / 1e3 / Double(watch.deltaCount))
    }

    private var cpuMicroseconds: Double { self.cpuSeconds / Double(max(1, self.events)) * 1e6 }

    func add(to table: inout Table, _ label: String, base: Spread, idle: Double) {
        let spread = Spread(self.microseconds)
        func added(_ value: Double?, _ base: Double?) -> Double? { value.flatMap { value in base.map { value - $0 } } }
        table.add(
            label,
            [
                Double(self.events), spread.median, spread.p99, added(spread.median, base.median),
                added(spread.p99, base.p99), self.cpuMicroseconds,
                self.cpuMicroseconds - idle * self.wallSeconds / Double(max(1, self.events)) * 1e6,
            ]
        )
    }

    func add(to table: inout Table, _ label: String) {
        let spread = Spread(self.microseconds)
        table.add(
            label,
            [
                Spread(self.perEvent).median, spread.median, spread.p99,
                self.reads > 0 ? Double(self.events) / Double(self.reads) : nil, self.cpuMicroseconds,
            ]
        )
    }
}
