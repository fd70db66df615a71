import Glibc
import Testing

/// What sessions cost, in their own view and in the house's sums.
@Suite(.timeLimit(.minutes(15)))
struct UsageTests {
    private static func cost(_ session: SessionClient) async throws -> Double {
        try #require(try await session.summary()["usage"]["cost_usd"].number)
    }

    /// Checks the sums of the house, each way of grouping them.
    static func expect(_ cost: Double, turns: Int, in session: SessionClient) async throws {
        #expect(abs(try await Self.cost(session) - cost) < 1e-6)
        #expect(try await session.summary()["usage"]["turns"].integer == turns)
        for grouping in ["session", "day", "model"] {
            let usage = try await session.server.request("GET", "/v1/usage?by=\(grouping)").json
            #expect(abs((usage["total"]["cost_usd"].number ?? -1) - cost) < 1e-6, "by \(grouping)")
            let rows = usage["usage"].elements
            let sum = rows.compactMap { $0["cost_usd"].number }.reduce(0, +)
            #expect(abs(sum - cost) < 1e-6, "by \(grouping)")
            #expect(rows.compactMap { $0["turns"].integer }.reduce(0, +) == turns, "by \(grouping)")
            if grouping == "session" { #expect(rows.map { $0["key"].text } == [session.id]) }
        }
        let narrowed = try await session.server.request("GET", "/v1/usage?session=\(session.id)").json
        #expect(abs((narrowed["total"]["cost_usd"].number ?? -1) - cost) < 1e-6)
    }

    @Test
    func `cost after a respawn does not go backwards or count twice`() async throws {
        try await withStoringServer { server in
            var session = try await server.createSession()
            let stream = try await session.stream()
            var total = 0.0
            var turns = 0
            func spend(_ cost: Double, on session: SessionClient) async throws {
                let ended = try await session.run("cost \(cost)\nsay paid")
                #expect(ended["outcome"] == "completed")
                #expect(abs((ended["cost_usd"].number ?? -1) - cost) < 1e-6)
                (total, turns) = (total + cost, turns + 1)
                #expect(abs(try await Self.cost(session) - total) < 1e-6)
            }
            try await spend(0.25, on: session)
            try await spend(0.5, on: session)

            let old = try await session.processID()
            kill(old, SIGKILL)
            _ = try await session.processID(after: old)
            _ = try await stream.next("process.exited")
            #expect(abs(try await Self.cost(session) - total) < 1e-6)
            try await spend(0.125, on: session)

            try await session.hibernate()
            #expect(abs(try await Self.cost(session) - total) < 1e-6)
            try await spend(0.0625, on: session)
            try await Self.expect(total, turns: turns, in: session)

            let next = try await server.restarted()
            session = session.on(next)
            try await Self.expect(total, turns: turns, in: session)
            try await spend(1.5, on: session)
            try await Self.expect(total, turns: turns, in: session)
            let last = try await next.restarted(by: SIGTERM)
            session = session.on(last)
            try await Self.expect(total, turns: turns, in: session)
            try await spend(0.03125, on: session)
            try await Self.expect(total, turns: turns, in: session)
        }
    }
}
