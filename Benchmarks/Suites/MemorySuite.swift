/// What of the server's memory one idle session and one idle reader take, by growth over many.
///
/// The agents' own memory is not in it.
struct MemorySuite {
    private static let firstSessions = 200
    private static let readers = 1000
    private static let tokens = "stamp 1000 0 283"
    private static let goal = 16.0
    /// Longer than any of the server's own tidying up.
    private static let settling = 1.5

    let bench: Bench

    /// - Throws: `BenchmarkError` when a server fails.
    func run() throws {
        var table = Table(
            "memory of the server",
            columns: ["count", "anonymous before, KiB", "after, KiB", "KiB each"]
        )
        try self.bench.withServer(
            agent: self.bench.stampAgent,
            Server.Options(maximumSessions: self.bench.sessions + 1)
        ) { server in
            try self.measureSessions(server, &table)
        }
        for transport in ServerSide.Transport.allCases {
            try self.bench.withServer(agent: self.bench.stampAgent) { server in
                try self.measureReaders(transport, server, &table)
            }
        }
        self.bench.report.add(table)
    }

    private func measureSessions(_ server: Server, _ table: inout Table) throws {
        // What the first session brings about once is none of the others' cost.
        let first = try server.createSession()
        try server.waitForIdle(1)
        try server.send(prompt: Self.tokens, to: first, wait: 30)
        var sessions: [String] = []
        let few = min(Self.firstSessions, self.bench.sessions)
        let fresh = try self.growth("idle session, fresh", of: few, server, &table) {
            for _ in 0..<few { sessions.append(try server.createSession()) }
            try server.waitForIdle(few + 1, within: 90)
        }
        self.bench.report.add(goal: "idle session, fresh", (fresh, 0), under: Self.goal, "KiB")
        let used = try self.growth("the same after a turn of 1000 tokens, beside that", of: few, server, &table) {
            for session in sessions { try server.send(prompt: Self.tokens, to: session, wait: 30) }
        }
        self.bench.report.add(goal: "idle session after 1000 tokens", (fresh + used, 0), under: Self.goal, "KiB")
        let again = try self.growth("the same after a second such turn, beside that", of: few, server, &table) {
            for session in sessions { try server.send(prompt: Self.tokens, to: session, wait: 30) }
        }
        self.bench.report.add(
            goal: "idle session after 2000 tokens",
            (fresh + used + again, 0),
            under: Self.goal,
            "KiB"
        )
        let many = self.bench.sessions - few
        guard many > 0 else { return }
        let later = try self.growth("idle session, fresh, beside \(few)", of: many, server, &table) {
            for _ in 0..<many { _ = try server.createSession() }
            try server.waitForIdle(self.bench.sessions + 1, within: 120)
        }
        let name = "idle session, fresh, \(self.bench.sessions) of them"
        self.bench.report.add(goal: name, (later, 0), under: Self.goal, "KiB")
    }

    private func measureReaders(_ transport: ServerSide.Transport, _ server: Server, _ table: inout Table) throws {
        let pump = self.bench.pump
        let session = try server.createSession()
        try server.waitForIdle(1)
        var sides = try ServerSide.many(20, to: session, of: server, transport, pump)
        defer {
            pump.removeAll(sides.map(\.inlet))
            for side in sides { side.inlet.close() }
        }
        _ = try self.growth("idle reader, \(transport.rawValue)", of: Self.readers, server, &table) {
            sides += try ServerSide.many(Self.readers, to: session, of: server, transport, pump)
        }
        _ = try self.growth("the same after 200 events, beside that", of: Self.readers, server, &table) {
            for side in sides { side.watch.begin() }
            try server.send(prompt: "stamp 200 100 283", to: session)
            try pump.run(for: 30, "end of a turn") { sides.allSatisfy { $0.watch.hasEnded || !$0.isOpen } }
        }
    }

    /// KiB that each of `count` things takes which `body` makes.
    private func growth(
        _ label: String,
        of count: Int,
        _ server: Server,
        _ table: inout Table,
        _ body: () throws -> Void
    ) throws -> Double {
        try self.bench.pump.rest(Self.settling)
        let before = Double(server.anonymousBytes) / 1024
        try body()
        try self.bench.pump.rest(Self.settling)
        let after = Double(server.anonymousBytes) / 1024
        let each = (after - before) / Double(count)
        table.add(label, [Double(count), before, after, each])
        return each
    }
}
