/// The time from nothing to the first text: a process started by hand, a session created, a client of the SDK made; and
/// the same where a process is waiting already.
struct StartSuite {
    /// What one way has shown so far.
    fileprivate struct Tally {
        var milliseconds: [Double] = []
        var serverSeconds = 0.0
        var agentSeconds = 0.0
    }

    /// MiB of one process.
    fileprivate struct Memory {
        var resident: [Double] = []
        var anonymous: [Double] = []
    }

    /// What was taken of one start.
    fileprivate struct Start {
        let milliseconds: Double
        var serverSeconds = 0.0
        let agentSeconds: Double
    }

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
            columns: [
                "starts", "p50, ms", "least", "most", "added, ms", "±", "times direct", "server CPU per start, ms",
                "agent's CPU since, ms",
            ]
        )
        var memory = Table(
            "memory of one process, claude",
            columns: ["processes", "resident, MiB", "anonymous, MiB"]
        )
        var spawned = Tally()
        var initialised = Tally()
        var cold = Tally()
        var warm = Tally()
        var sdk = Tally()
        var waiting = Memory()
        var used = Memory()
        try self.bench.withServer(agent: agent) { server in
            try self.bench.withServer(agent: agent, Server.Options(warm: 1)) { warmServer in
                // The first of each finds caches cold and is not counted.
                for start in 0...min(Self.maximumStarts, self.bench.turns) {
                    let byHand = try self.startDirect(agent, prompt)
                    let ready = try self.startInitialised(agent, prompt)
                    let created = try self.startSession(server, prompt)
                    let process = try self.waitForWarmProcess(of: warmServer)
                    if start > 0 { waiting.add(process) }
                    let leased = try self.startSession(warmServer, prompt, process: process) {
                        if start > 0 { used.add($0) }
                    }
                    guard start > 0 else { continue }
                    spawned.add(byHand)
                    initialised.add(ready)
                    cold.add(created)
                    warm.add(leased)
                    guard start.isMultiple(of: 2) else { continue }
                    let measured = try self.bench.sdk?.run(agent: agent, prompt: prompt, turns: 1, warmup: 0)
                    if let measured, let first = measured.firstTexts.first {
                        sdk.milliseconds.append(measured.connectMs + first)
                    }
                }
            }
        }
        spawned.add(to: &table, "direct", base: spawned)
        cold.add(to: &table, "troupe, POST and SSE", base: spawned, hasServer: true)
        if !sdk.milliseconds.isEmpty { sdk.add(to: &table, "Python SDK, connected", base: spawned, hasAgent: false) }
        initialised.add(to: &table, "direct, initialised before", base: initialised)
        warm.add(to: &table, "troupe, --warm 1, beside that", base: initialised, hasServer: true)
        self.bench.report.add(table)
        guard agent == self.bench.tools.claude else { return }
        waiting.add(to: &memory, "waits in the pool")
        used.add(to: &memory, "the same after one turn")
        self.bench.report.add(memory)
    }

    private func startDirect(_ agent: String, _ prompt: String) throws -> Start {
        let began = Monotonic.now
        return try self.bench.withDirect(agent: agent) { side in
            try side.turn(prompt, self.bench.pump)
            return Start(
                milliseconds: Double((side.watch.firstText ?? Monotonic.now) - began) / 1e6,
                agentSeconds: ProcessFigures.cpuSeconds(of: side.pid)
            )
        }
    }

    /// The first turn of a process that has done its starting before.
    private func startInitialised(_ agent: String, _ prompt: String) throws -> Start {
        try self.bench.withDirect(agent: agent) { side in
            try self.waitUntilQuiet(side.pid)
            let cpu = ProcessFigures.cpuSeconds(of: side.pid)
            try side.turn(prompt, self.bench.pump)
            return Start(
                milliseconds: side.watch.firstTextMilliseconds ?? 0,
                agentSeconds: ProcessFigures.cpuSeconds(of: side.pid) - cpu
            )
        }
    }

    /// A new session's first turn.
    ///
    /// - Parameters:
    ///   - server: where.
    ///   - prompt: of the turn.
    ///   - process: the one it must get; `nil` for one of its own.
    ///   - whenDone: gets the process after the turn.
    /// - Returns: what it took.
    /// - Throws: `BenchmarkError` when it fails, or got another process.
    private func startSession(
        _ server: Server,
        _ prompt: String,
        process: Int32? = nil,
        whenDone: (Int32) -> Void = { _ in }
    ) throws -> Start {
        let pump = self.bench.pump
        let agentSeconds = process.map { ProcessFigures.cpuSeconds(of: $0) } ?? 0
        let serverSeconds = server.cpuSeconds
        let began = Monotonic.now
        let session = try server.createSession(message: prompt)
        let side = try ServerSide(session, of: server, .sse, pump, after: "earliest")
        defer {
            pump.remove(side.inlet)
            side.inlet.close()
        }
        try pump.run(for: 30, "end of a first turn") { side.watch.hasEnded || !side.isOpen }
        guard let first = side.watch.firstText else { throw BenchmarkError("a first turn without text") }
        let spent = server.cpuSeconds - serverSeconds
        guard let agent = try server.agent(of: session), process == nil || process == agent else {
            throw BenchmarkError("a session did not get the warm process")
        }
        let start = Start(
            milliseconds: Double(first - began) / 1e6,
            serverSeconds: spent,
            agentSeconds: ProcessFigures.cpuSeconds(of: agent) - agentSeconds
        )
        whenDone(agent)
        try server.endSession(session)
        return start
    }

    /// The one process of the pool, once it has done its starting.
    private func waitForWarmProcess(of server: Server) throws -> Int32 {
        let deadline = Monotonic.now + 30_000_000_000
        while Monotonic.now < deadline {
            let agents = ProcessFigures.agents(of: server.pid)
            if let agent = agents.first, agents.count == 1 {
                try self.waitUntilQuiet(agent)
                return agent
            }
            try self.bench.pump.rest(0.05)
        }
        throw BenchmarkError("no warm process within 30 s")
    }

    /// Returns when a process has had next to nothing to do for a while.
    private func waitUntilQuiet(_ process: Int32) throws {
        var cpu = 0.0
        for _ in 0..<40 {
            try self.bench.pump.rest(0.4)
            let now = ProcessFigures.cpuSeconds(of: process)
            if now - cpu < 0.01 { return }
            cpu = now
        }
    }
}

extension StartSuite.Tally {
    mutating func add(_ start: StartSuite.Start) {
        self.milliseconds.append(start.milliseconds)
        self.serverSeconds += start.serverSeconds
        self.agentSeconds += start.agentSeconds
    }

    func add(
        to table: inout Table,
        _ label: String,
        base: StartSuite.Tally,
        hasServer: Bool = false,
        hasAgent: Bool = true
    ) {
        let spread = Spread(self.milliseconds)
        let added = spread.difference(to: Spread(base.milliseconds))
        let count = Double(max(1, spread.count))
        table.add(
            label,
            [
                Double(spread.count), spread.median, spread.minimum, spread.maximum, added?.value, added?.error,
                spread.ratio(to: Spread(base.milliseconds)), hasServer ? self.serverSeconds / count * 1000 : nil,
                hasAgent ? self.agentSeconds / count * 1000 : nil,
            ]
        )
    }
}

extension StartSuite.Memory {
    mutating func add(_ process: Int32) {
        self.resident.append(Double(ProcessFigures.residentBytes(of: process)) / 1_048_576)
        self.anonymous.append(Double(ProcessFigures.anonymousBytes(of: process)) / 1_048_576)
    }

    func add(to table: inout Table, _ label: String) {
        let resident = Spread(self.resident)
        table.add(label, [Double(resident.count), resident.median, Spread(self.anonymous).median])
    }
}
