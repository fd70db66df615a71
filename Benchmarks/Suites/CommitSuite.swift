/// What it costs to keep an event: a server with a store beside one without, and the store alone.
struct CommitSuite {
    /// Turns of one kind.
    private struct Load {
        let name: String
        let prompt: String
        /// That write to one server at once.
        let sessions: Int
        /// Of each session in one round.
        let turns: Int
    }

    /// What one server has shown so far.
    fileprivate struct Tally {
        var milliseconds: [Double] = []
        var events = 0
        var cpuSeconds = 0.0
        var wallSeconds = 0.0
    }

    private static let rounds = 4
    private static let sessions = 20
    private static let say = "say What was said stays."
    private static let toolRounds = 20

    let bench: Bench

    /// - Throws: `BenchmarkError` when a side fails.
    func run() async throws {
        if let agent = self.bench.tools.scriptedAgent { try self.measureServers(agent) }
        let table = try await StoreAlone(path: self.bench.stage.newStore()).run()
        self.bench.report.add(table)
    }

    private var loads: [Load] {
        let tool = #"tool:Read {\"file_path\":\"/nowhere\"}\n"#
        let tools = String(repeating: tool, count: Self.toolRounds) + "say Done."
        let turns = max(1, self.bench.turns / Self.rounds)
        return [
            Load(name: "short turns", prompt: Self.say, sessions: 1, turns: turns * 2),
            Load(name: "\(Self.toolRounds) tools a turn", prompt: tools, sessions: 1, turns: turns),
            Load(
                name: "\(Self.sessions) sessions, short turns",
                prompt: Self.say,
                sessions: Self.sessions,
                turns: turns
            ),
            Load(
                name: "\(Self.sessions) sessions, \(Self.toolRounds) tools a turn",
                prompt: tools,
                sessions: Self.sessions,
                turns: max(1, turns / 4)
            ),
        ]
    }

    private func measureServers(_ agent: String) throws {
        var table = Table(
            "commit, scripted agent",
            columns: [
                "turns", "durable events", "prompt → turn.ended, p50, ms", "p99", "added, ms", "±", "events/s",
                "server CPU per event, µs", "added, µs", "times :memory:",
            ]
        )
        let file = self.bench.stage.newStore()
        try self.bench.withServer(agent: agent) { without in
            try self.bench.withServer(agent: agent, Server.Options(store: file)) { with in
                let servers = [without, with]
                let sides = try servers.map { try self.attach(Self.sessions, to: $0) }
                defer {
                    self.bench.pump.removeAll(sides.joined().map(\.inlet))
                    for side in sides.joined() { side.inlet.close() }
                }
                for load in self.loads {
                    var tallies = [Tally(), Tally()]
                    for round in 0...Self.rounds {
                        for index in servers.indices {
                            let chosen = Array(sides[index].prefix(load.sessions))
                            // A first round to warm up, as everywhere.
                            let turns = round == 0 ? 2 : load.turns
                            let tally = try self.round(load.prompt, turns, chosen, of: servers[index])
                            if round > 0 { tallies[index].add(tally) }
                        }
                    }
                    tallies[0].add(to: &table, "\(load.name), :memory:", base: tallies[0])
                    tallies[1].add(to: &table, "\(load.name), FILE", base: tallies[0])
                }
            }
        }
        self.bench.report.add(table)
    }

    private func attach(_ count: Int, to server: Server) throws -> [ServerSide] {
        var sides: [ServerSide] = []
        for _ in 0..<count {
            let session = try server.createSession()
            // Over WebSocket, so that each session has a way in of its own.
            sides.append(try ServerSide(session, of: server, .webSocket, self.bench.pump))
        }
        try server.waitForIdle(count)
        try ServerSide.waitUntilLive(sides[...], self.bench.pump)
        return sides
    }

    /// Turns of all sessions at once; each session's next begins when all have ended.
    private func round(_ prompt: String, _ turns: Int, _ sides: [ServerSide], of server: Server) throws -> Tally {
        let pump = self.bench.pump
        var tally = Tally()
        let before = try sides.reduce(0) { try $0 + server.durableEvents(of: $1.session) }
        let cpu = server.cpuSeconds
        for _ in 0..<turns {
            let began = Monotonic.now
            for side in sides {
                side.watch.begin()
                try side.write(prompt: prompt)
            }
            try pump.run(for: 60, "end of the turns") { sides.allSatisfy { $0.watch.hasEnded || !$0.isOpen } }
            tally.wallSeconds += Double(Monotonic.now - began) / 1e9
            let times = sides.compactMap(\.watch.turnMilliseconds)
            guard times.count == sides.count else { throw BenchmarkError("a stream ended within a turn") }
            tally.milliseconds += times
            // What follows the end of a turn belongs to it.
            try pump.rest(0.01)
        }
        try pump.rest(0.1)
        tally.cpuSeconds = server.cpuSeconds - cpu
        tally.events = try sides.reduce(0) { try $0 + server.durableEvents(of: $1.session) } - before
        return tally
    }
}

extension CommitSuite.Tally {
    mutating func add(_ other: CommitSuite.Tally) {
        self.milliseconds += other.milliseconds
        self.events += other.events
        self.cpuSeconds += other.cpuSeconds
        self.wallSeconds += other.wallSeconds
    }

    private var cpuMicroseconds: Double { self.cpuSeconds / Double(max(1, self.events)) * 1e6 }

    func add(to table: inout Table, _ label: String, base: CommitSuite.Tally) {
        let spread = Spread(self.milliseconds)
        let added = spread.difference(to: Spread(base.milliseconds))
        table.add(
            label,
            [
                Double(spread.count), Double(self.events), spread.median, spread.p99, added?.value, added?.error,
                Double(self.events) / self.wallSeconds, self.cpuMicroseconds,
                self.cpuMicroseconds - base.cpuMicroseconds, self.cpuMicroseconds / base.cpuMicroseconds,
            ]
        )
    }
}
