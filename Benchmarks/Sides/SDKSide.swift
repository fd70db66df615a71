import Foundation

/// The official Python SDK in a process of its own: a block of turns by `sdk_driver.py`.
struct SDKSide {
    /// What the driver prints; see its head.
    struct Measurements: Decodable {
        struct Turn: Decodable {
            let firstTextMs: Double?
            let events: Int
        }

        let version: String
        let connectMs: Double
        let cpuS: Double
        let turns: [Turn]

        var firstTexts: [Double] { self.turns.compactMap(\.firstTextMs) }
        var events: Int { self.turns.reduce(0) { $0 + $1.events } }
    }

    let python: String
    let driver: String
    let stage: Stage
    let pump: Pump

    /// One process of the SDK with one of the agent: connects, turns to warm up, turns that are measured.
    ///
    /// - Parameters:
    ///   - agent: what it runs as the CLI.
    ///   - prompt: of every turn.
    ///   - turns: that are measured.
    ///   - warmup: turns before.
    ///   - rest: seconds of quiet before each measured turn.
    /// - Returns: what the driver measured.
    /// - Throws: `BenchmarkError` when it fails or takes more than a minute.
    func run(agent: String, prompt: String, turns: Int, warmup: Int = 1, rest: Double = 0) throws -> Measurements {
        // The CLI joins text for as long as it does under troupe.
        let environment = self.stage.environment.merging(
            ["CLAUDE_CODE_STREAM_EVENT_HOLD_MS": Stage.addedByTroupe["CLAUDE_CODE_STREAM_EVENT_HOLD_MS"] ?? "20"]
        ) { $1 }
        let child = try ChildProcess(
            self.python,
            [
                self.driver, "--cli", agent, "--url", self.stage.apiURL, "--turns", "\(turns)",
                "--warmup", "\(warmup)", "--rest", "\(rest)", "--prompt", prompt,
            ],
            environment: environment,
            directory: self.stage.root,
            log: self.stage.log("sdk")
        )
        defer { child.end() }
        var line = Data()
        let output = Inlet(child.output, framing: .lines, ownsDescriptor: false) { message, _ in line = Data(message) }
        self.pump.add(output)
        defer { self.pump.remove(output) }
        try self.pump.run(for: 60, "end of sdk_driver.py") { !line.isEmpty || !output.isOpen }
        guard !line.isEmpty else { throw BenchmarkError("sdk_driver.py: \(self.stage.lastWords("sdk"))") }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Measurements.self, from: line)
    }
}
