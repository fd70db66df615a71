/// What a delivery costs the server when many read along (two shapes of load the design was chosen by).
struct FanoutSuite {
    private struct Shape {
        let sessions: Int
        /// Of each session.
        let readers: Int
        /// Thousands of deliveries per CPU-second of SwiftNIO writing one buffer past the encoder.
        var anchor: (sse: Double, webSocket: Double)?
    }

    private static let shapes = [
        Shape(sessions: 1, readers: 1), Shape(sessions: 1, readers: 100),
        Shape(sessions: 1, readers: 1000, anchor: (124, 126)), Shape(sessions: 100, readers: 20, anchor: (106, 99)),
    ]
    private static let lineBytes = 200
    /// Events a second of each session.
    private static let rate = 100
    private static let seconds = 4

    let bench: Bench

    /// - Throws: `BenchmarkError` when a server fails.
    func run() throws {
        var table = Table(
            "fan-out, \(Self.rate) events/s a session",
            columns: [
                "deliveries/s", "lost", "streams cut", "thousand deliveries per server CPU-s", "anchor",
                "server CPU per delivery, µs", "events per read", "p50, ms", "p99, ms",
            ]
        )
        try self.addUnread(to: &table)
        for shape in Self.shapes {
            for transport in ServerSide.Transport.allCases {
                try self.bench.withServer(agent: self.bench.stampAgent) { server in
                    try self.measure(shape, transport, server, &table)
                }
            }
        }
        self.bench.report.add(table)
    }

    private static var count: Int { Self.rate * Self.seconds }
    private static var prompt: String { "stamp \(Self.count) \(Self.rate) \(Self.lineBytes)" }

    /// What an event costs that nobody reads, and what it costs on a pipe: per event, not per delivery.
    private func addUnread(to table: inout Table) throws {
        try self.bench.withDirect(agent: self.bench.stampAgent) { direct in
            try direct.turn("stamp 100 0 \(Self.lineBytes)", self.bench.pump)
            let cpu = ProcessFigures.ownCPUSeconds
            try direct.turn(Self.prompt, self.bench.pump)
            let spent = ProcessFigures.ownCPUSeconds - cpu
            let spread = Spread(direct.watch.deltas.map { $0.microseconds / 1e3 })
            table.add(
                "direct (CPU of the driver)",
                [
                    Double(Self.rate), 0, 0, Double(Self.count) / spent / 1e3, nil, spent / Double(Self.count) * 1e6,
                    nil,
                    spread.median, spread.p99,
                ]
            )
        }
        try self.bench.withServer(agent: self.bench.stampAgent) { server in
            let session = try server.createSession()
            try server.waitForIdle(1)
            try server.send(prompt: "stamp 100 0 \(Self.lineBytes)", to: session, wait: 10)
            let cpu = server.cpuSeconds
            try server.send(prompt: Self.prompt, to: session)
            try self.bench.pump.rest(Double(Self.seconds) + 0.3)
            let spent = server.cpuSeconds - cpu
            table.add(
                "nobody reads (CPU per event)",
                [0, nil, nil, nil, nil, spent / Double(Self.count) * 1e6, nil, nil, nil]
            )
        }
    }

    private func measure(
        _ shape: Shape,
        _ transport: ServerSide.Transport,
        _ server: Server,
        _ table: inout Table
    ) throws {
        let pump = self.bench.pump
        var sessions: [String] = []
        for _ in 0..<shape.sessions { sessions.append(try server.createSession()) }
        try server.waitForIdle(shape.sessions)
        var sides: [ServerSide] = []
        for session in sessions {
            sides += try ServerSide.many(shape.readers, to: session, of: server, transport, pump)
        }
        defer {
            pump.removeAll(sides.map(\.inlet))
            for side in sides { side.inlet.close() }
        }
        // One turn to warm up, as everywhere.
        try self.turn("stamp 20 0 \(Self.lineBytes)", sessions, sides, server)
        for side in sides { side.watch.samplingInterval = max(1, sides.count * Self.count / 20_000) }
        let reads = sides.reduce(0) { $0 + $1.inlet.reads }
        let cpu = server.cpuSeconds
        let began = Monotonic.now
        try self.turn(Self.prompt, sessions, sides, server)
        let wall = Double(Monotonic.now - began) / 1e9
        let spent = server.cpuSeconds - cpu
        let delivered = sides.reduce(0) { $0 + $1.watch.deltaCount }
        let read = sides.reduce(0) { $0 + $1.inlet.reads } - reads
        let spread = Spread(sides.flatMap { side in side.watch.deltas.map { $0.microseconds / 1e3 } })
        table.add(
            "\(shape.sessions) × \(shape.readers), \(transport.rawValue)",
            [
                Double(delivered) / wall, Double(sides.count * Self.count - delivered),
                Double(sides.count { !$0.isOpen }), Double(delivered) / spent / 1e3,
                shape.anchor.map { transport == .sse ? $0.sse : $0.webSocket },
                spent / Double(max(1, delivered)) * 1e6, Double(delivered) / Double(max(1, read)), spread.median,
                spread.p99,
            ]
        )
    }

    /// One turn of every session at once, to its end at every reader that is not cut off.
    private func turn(_ prompt: String, _ sessions: [String], _ sides: [ServerSide], _ server: Server) throws {
        for side in sides { side.watch.begin() }
        for session in sessions { try server.begin(prompt: prompt, to: session) }
        try self.bench.pump.run(for: 40, "end of the turns") {
            sides.allSatisfy { $0.watch.hasEnded || !$0.isOpen }
        }
    }
}
