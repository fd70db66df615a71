/// The time from nothing to the first text: a process started by hand, a session created, a client of the SDK made.
struct StartSuite {
    private static let maximumStarts = 8

    let bench: Bench

    /// - Throws: `BenchmarkError` when a side fails.
    func run() throws {
        try self.measure("stamp agent", self.bench.stampAgent, prompt: "stamp 5 0 283")
        if let claude = self.bench.tools.claude { try self.measure("claude", claude, prompt: "echo 5") }
    }

    private func measure(_ title: String, _ agent: String, prompt: String) throws {
        var table = Table(
            "start to first text, \(title)",
            columns: ["starts", "p50, ms", "least", "most", "added, ms", "±", "server CPU per start, ms"]
        )
        var direct: [Double] = []
        var troupe: [Double] = []
        var sdk: [Double] = []
        var cpuSeconds = 0.0
        try self.bench.withServer(agent: agent) { server in
            // The first of each finds caches cold and is not counted.
            for start in 0...min(Self.maximumStarts, self.bench.turns) {
                let byHand = try self.startDirect(agent, prompt)
                let cpu = server.cpuSeconds
                let created = try self.startSession(server, prompt)
                let spent = server.cpuSeconds - cpu
                guard start > 0 else { continue }
                direct.append(byHand)
                troupe.append(created)
                cpuSeconds += spent
                guard start.isMultiple(of: 2) else { continue }
                let measured = try self.bench.sdk?.run(agent: agent, prompt: prompt, turns: 1, warmup: 0)
                if let measured, let first = measured.firstTexts.first { sdk.append(measured.connectMs + first) }
            }
        }
        let base = Spread(direct)
        func add(_ label: String, _ values: [Double], cpu: Double?) {
            let spread = Spread(values)
            let added = spread.difference(to: base)
            table.add(
                label,
                [
                    Double(spread.count), spread.median, spread.minimum, spread.maximum, added?.value, added?.error,
                    cpu,
                ]
            )
        }
        add("direct", direct, cpu: nil)
        add("troupe, POST and SSE", troupe, cpu: cpuSeconds / Double(max(1, troupe.count)) * 1000)
        if !sdk.isEmpty { add("Python SDK, connected", sdk, cpu: nil) }
        self.bench.report.add(table)
    }

    /// Milliseconds.
    private func startDirect(_ agent: String, _ prompt: String) throws -> Double {
        let began = Monotonic.now
        return try self.bench.withDirect(agent: agent) { side in
            try side.turn(prompt, self.bench.pump)
            return Double((side.watch.firstText ?? Monotonic.now) - began) / 1e6
        }
    }

    /// Milliseconds.
    private func startSession(_ server: Server, _ prompt: String) throws -> Double {
        let pump = self.bench.pump
        let began = Monotonic.now
        let session = try server.createSession(message: prompt)
        let side = try ServerSide(session, of: server, .sse, pump, after: "earliest")
        defer {
            pump.remove(side.inlet)
            side.inlet.close()
        }
        try pump.run(for: 30, "end of a first turn") { side.watch.hasEnded || !side.isOpen }
        guard let first = side.watch.firstText else { throw BenchmarkError("a first turn without text") }
        try server.endSession(session)
        return Double(first - began) / 1e6
    }
}
