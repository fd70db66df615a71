import Foundation

/// What of the server's memory a hibernated session takes, in the server it was used in and in one started after.
struct HibernatedSuite {
    /// The server's memory at one moment, in KiB.
    private struct Memory {
        let anonymous: Double
        let resident: Double

        init(of server: Server) {
            self.anonymous = Double(server.anonymousBytes) / 1024
            self.resident = Double(ProcessFigures.residentBytes(of: server.pid)) / 1024
        }
    }

    private static let warmup = 20
    private static let firstSessions = 200
    private static let prompt = "say What was said stays."
    private static let longPrompt = "text 100000"
    /// Sessions that get the long prompt.
    private static let talkative = 50
    /// Longer than any of the server's own tidying up.
    private static let settling = 1.5
    private static let starts = 3

    let bench: Bench

    /// - Throws: `BenchmarkError` when a server fails.
    func run() throws {
        guard let agent = self.bench.tools.scriptedAgent else { return }
        var memory = Table(
            "memory of the server, hibernated sessions",
            columns: [
                "count", "anonymous before, KiB", "after, KiB", "KiB each", "resident before, KiB", "after, KiB",
                "server CPU each, ms",
            ]
        )
        var start = Table(
            "start of the server",
            columns: ["starts", "until it listens, p50, ms", "least", "most", "times the first", "CPU by then, ms"]
        )
        let store = self.bench.stage.newStore()
        try self.fill(store, agent, &memory)
        try self.fill(":memory:", agent, &memory)
        try self.restart(store, agent, &memory, &start)
        self.bench.report.add(memory)
        self.bench.report.add(start)
    }

    private func options(_ store: String) -> Server.Options {
        Server.Options(maximumSessions: self.bench.sessions + Self.warmup, store: store)
    }

    /// Sessions with one turn each, hibernated one after the other.
    private func fill(_ store: String, _ agent: String, _ table: inout Table) throws {
        let name = store == ":memory:" ? "--store :memory:" : "--store FILE"
        try self.bench.withServer(agent: agent, self.options(store)) { server in
            // What the first sessions bring about once is none of the others' cost.
            _ = try self.hibernateNew(Self.warmup, of: server)
            let few = min(Self.firstSessions, self.bench.sessions)
            var sessions: [String] = []
            try self.growth("\(name), after one turn", of: few, server, &table) {
                sessions = try self.hibernateNew(few, of: server)
            }
            let more = self.bench.sessions - few
            guard more > 0 else { return }
            try self.growth("\(name), beside \(few)", of: more, server, &table) {
                _ = try self.hibernateNew(more, of: server)
            }
            let talkative = sessions.prefix(Self.talkative)
            try self.growth("\(name), after a text of 100 KB more", of: talkative.count, server, &table) {
                for session in talkative { try self.hibernate(session, after: Self.longPrompt, of: server) }
            }
            guard try server.sessions(in: "hibernated") == self.bench.sessions + Self.warmup else {
                throw BenchmarkError("not all sessions are hibernated")
            }
        }
    }

    private func hibernateNew(_ count: Int, of server: Server) throws -> [String] {
        try (0..<count).map { _ in
            let session = try server.createSession()
            try self.hibernate(session, after: Self.prompt, of: server)
            return session
        }
    }

    private func hibernate(_ session: String, after prompt: String, of server: Server) throws {
        try server.send(prompt: prompt, to: session, wait: 20)
        try server.hibernate(session)
    }

    /// Servers on a store with nothing in it and on that which was filled, by turns.
    private func restart(_ filled: String, _ agent: String, _ memory: inout Table, _ start: inout Table) throws {
        let empty = self.bench.stage.newStore()
        var times: [[Double]] = [[], []]
        var cpuSeconds = [0.0, 0.0]
        var grown: [(before: Memory, after: Memory)] = []
        for _ in 0..<Self.starts {
            let taken = try [empty, filled].enumerated().map { index, store in
                try self.bench.withServer(agent: agent, self.options(store)) { server in
                    times[index].append(server.startMilliseconds)
                    cpuSeconds[index] += server.cpuSeconds
                    // A first request, as all that come make the server allocate.
                    let count = try server.sessions(in: "hibernated")
                    guard index == 0 || count == self.bench.sessions + Self.warmup else {
                        throw BenchmarkError("only \(count) sessions were taken up")
                    }
                    try self.bench.pump.rest(Self.settling)
                    return Memory(of: server)
                }
            }
            grown.append((taken[0], taken[1]))
        }
        let count = Double(self.bench.sessions + Self.warmup)
        let (before, after) = grown.sorted { $0.after.anonymous < $1.after.anonymous }[grown.count / 2]
        let each = (after.anonymous - before.anonymous) / count
        memory.add(
            "taken up by a server that was started on that FILE",
            [count, before.anonymous, after.anonymous, each, before.resident, after.resident, nil]
        )
        for (index, name) in ["an empty store", "\(Int(count)) sessions, \(self.size(of: filled)) KiB"].enumerated() {
            let spread = Spread(times[index])
            start.add(
                name,
                [
                    Double(spread.count), spread.median, spread.minimum, spread.maximum,
                    spread.ratio(to: Spread(times[0])), cpuSeconds[index] / Double(spread.count) * 1000,
                ]
            )
        }
    }

    /// KiB of a file.
    private func size(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return ((attributes?[.size] as? Int) ?? 0) >> 10
    }

    /// Adds what each of `count` things takes which `body` makes.
    private func growth(
        _ label: String,
        of count: Int,
        _ server: Server,
        _ table: inout Table,
        _ body: () throws -> Void
    ) throws {
        try self.bench.pump.rest(Self.settling)
        let before = Memory(of: server)
        let cpu = server.cpuSeconds
        try body()
        let spent = server.cpuSeconds - cpu
        try self.bench.pump.rest(Self.settling)
        let after = Memory(of: server)
        let each = (after.anonymous - before.anonymous) / Double(count)
        table.add(
            label,
            [
                Double(count), before.anonymous, after.anonymous, each, before.resident, after.resident,
                spent / Double(count) * 1000,
            ]
        )
    }
}
