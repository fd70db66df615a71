/// The time from a message to the first text of a session that was hibernated, beside one with a living process.
struct WakeSuite {
    /// What one way has shown so far.
    fileprivate struct Tally {
        var firstTexts: [Double] = []
        /// What the server itself says of the start, in milliseconds.
        var reported: [Double] = []
        var serverSeconds = 0.0
        var agentSeconds = 0.0
    }

    private static let maximumWakes = 8
    /// Turns that the conversation has had before it is taken up for the first time.
    private static let history = 3
    /// Seconds of quiet before each message.
    private static let rest = 0.1

    let bench: Bench

    /// - Throws: `BenchmarkError` when a side fails.
    func run() throws {
        try self.measure("stamp agent", self.bench.stampAgent, prompt: "stamp 5 0 283")
        if let claude = self.bench.tools.claude { try self.measure("claude", claude, prompt: "echo 5") }
    }

    private func measure(_ title: String, _ agent: String, prompt: String) throws {
        var table = Table(
            "message to first text, \(title)",
            columns: [
                "messages", "p50, ms", "least", "most", "added, ms", "±", "times a living process", "wake_ms, p50",
                "server CPU per message, ms", "agent's CPU, ms",
            ]
        )
        var living = Tally()
        var resumed = Tally()
        var live = Tally()
        var woken = Tally()
        let pump = self.bench.pump
        try self.bench.withServer(agent: agent, Server.Options(store: self.bench.stage.newStore())) { server in
            try self.bench.withDirect(agent: agent) { direct in
                let side = try self.bench.newSession(of: server, .sse)
                defer {
                    pump.remove(side.inlet)
                    side.inlet.close()
                }
                let conversation = try self.bench.withDirect(agent: agent) { other in
                    for _ in 0..<Self.history { try other.turn(prompt, pump) }
                    return other.conversation
                }
                for _ in 0..<Self.history {
                    try direct.turn(prompt, pump)
                    try side.turn(prompt, pump)
                }
                // The first of each finds caches cold and is not counted.
                for round in 0...min(Self.maximumWakes, self.bench.turns) {
                    let isCounted = round > 0
                    try pump.rest(Self.rest)
                    let cpu = ProcessFigures.cpuSeconds(of: direct.pid)
                    try direct.turn(prompt, pump)
                    if isCounted { living.add(direct.watch, agent: ProcessFigures.cpuSeconds(of: direct.pid) - cpu) }

                    try pump.rest(Self.rest)
                    let began = Monotonic.now
                    try self.bench.withDirect(agent: agent, resuming: conversation) { other in
                        try other.turn(prompt, pump)
                        let agentSeconds = ProcessFigures.cpuSeconds(of: other.pid)
                        if isCounted { resumed.add(other.watch, since: began, agent: agentSeconds) }
                    }

                    try self.message(prompt, to: side, of: server, counted: isCounted, &live)
                    try server.hibernate(side.session)
                    try self.message(prompt, to: side, of: server, counted: isCounted, &woken)
                }
            }
        }
        living.add(to: &table, "direct, living process", base: living, living: living)
        live.add(to: &table, "troupe, living process", base: living, living: live, hasServer: true)
        resumed.add(to: &table, "direct, --resume", base: resumed, living: living)
        woken.add(to: &table, "troupe, hibernated, beside that", base: resumed, living: live, hasServer: true)
        self.bench.report.add(table)
    }

    /// One turn of the session, to its end.
    private func message(
        _ prompt: String,
        to side: ServerSide,
        of server: Server,
        counted isCounted: Bool,
        _ tally: inout Tally
    ) throws {
        try self.bench.pump.rest(Self.rest)
        let before = try server.agent(of: side.session).map { ProcessFigures.cpuSeconds(of: $0) } ?? 0
        let cpu = server.cpuSeconds
        try side.turn(prompt, self.bench.pump)
        let spent = server.cpuSeconds - cpu
        let after = try server.agent(of: side.session).map { ProcessFigures.cpuSeconds(of: $0) } ?? 0
        if isCounted { tally.add(side.watch, server: spent, agent: after - before) }
    }
}

extension WakeSuite.Tally {
    /// Takes up what a watch has seen; with `since`, counted from there and not from the prompt.
    mutating func add(_ watch: TurnWatch, since began: UInt64? = nil, server: Double = 0, agent: Double) {
        guard let first = watch.firstText else { return }
        self.firstTexts.append(Double(first - (began ?? watch.promptWritten)) / 1e6)
        if let reported = watch.wakeMilliseconds { self.reported.append(reported) }
        self.serverSeconds += server
        self.agentSeconds += agent
    }

    func add(
        to table: inout Table,
        _ label: String,
        base: WakeSuite.Tally,
        living: WakeSuite.Tally,
        hasServer: Bool = false
    ) {
        let spread = Spread(self.firstTexts)
        let added = spread.difference(to: Spread(base.firstTexts))
        let count = Double(max(1, spread.count))
        table.add(
            label,
            [
                Double(spread.count), spread.median, spread.minimum, spread.maximum, added?.value, added?.error,
                spread.ratio(to: Spread(living.firstTexts)), Spread(self.reported).median,
                hasServer ? self.serverSeconds / count * 1000 : nil, self.agentSeconds / count * 1000,
            ]
        )
    }
}
