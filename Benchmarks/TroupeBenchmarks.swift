import ArgumentParser
import Foundation

/// The program `troupe-benchmarks`: what a session costs through troupe, beside the agent on bare pipes and the SDK.
@main
struct TroupeBenchmarks: AsyncParsableCommand {
    /// The name or the first word by which this program is an agent.
    static let stampAgent = "stamp-agent"

    enum Suite: String, CaseIterable, ExpressibleByArgument {
        case firstToken = "first-token"
        case events, fanout, memory, start, wake, hibernated, commit, all
    }

    static let configuration = CommandConfiguration(
        commandName: "troupe-benchmarks",
        abstract: "Measures what troupe adds to an agent: time, CPU, memory.",
        discussion: "Prints figures and the goals beside them; a slow machine is no failure. See Benchmarks/README.md."
    )

    @Argument(help: "What to measure.")
    var suite: Suite = .all

    @Option(help: "The server. (default: troupe beside this program)")
    var server: String?

    @Option(help: "The real CLI. (default: the one Scripts/fetch-claude prints)")
    var agent: String?

    @Option(help: "A python with claude_agent_sdk. (default: the one Scripts/fetch-sdk prints)")
    var python: String?

    @Option(help: "Turns of each side.")
    var turns = 60

    @Option(help: "Idle sessions to measure the memory of.")
    var sessions = 1000

    @Flag(help: "Print JSON instead of tables.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(self.turns) else { throw ValidationError("--turns takes 1 to 10000") }
        guard (20...5000).contains(self.sessions) else { throw ValidationError("--sessions takes 20 to 5000") }
    }

    /// The program is its own agent and its own stub: told so, it is that and nothing else.
    static func main() async {
        let arguments = CommandLine.arguments
        let name = arguments.first?.split(separator: "/").last.map(String.init)
        if name == Self.stampAgent { return StampAgent.run(arguments: Array(arguments.dropFirst())) }
        if arguments.dropFirst().first == Self.stampAgent {
            return StampAgent.run(arguments: Array(arguments.dropFirst(2)))
        }
        do {
            if arguments.dropFirst().first == Stub.word { return try await Stub.serve() }
            let command = try Self.parse()
            Pump.blockSignals()
            try await command.run()
        } catch {
            Self.exit(withError: error)
        }
    }

    func run() async throws {
        let tools = try Tools(server: self.server, agent: self.agent, python: self.python)
        let bench = try Bench(tools, turns: self.turns, sessions: self.sessions)
        defer { bench.end() }
        if tools.claude == nil { bench.report.add(failure: "the real CLI, as there is none (Scripts/fetch-claude)") }
        if tools.scriptedAgent == nil {
            bench.report.add(failure: "the scripted agent, as it is not beside this program (troupe-scripted-agent)")
        }
        if tools.python == nil { bench.report.add(failure: "the SDK, as there is none (Scripts/fetch-sdk)") }
        for suite in Suite.allCases where suite == self.suite || (self.suite == .all && suite != .all) {
            try await Self.measure(suite, bench)
        }
        print(self.json ? bench.report.json : bench.report.text)
    }

    /// One suite; what fails is reported and the next one goes on, except when the person wants to stop.
    private static func measure(_ suite: Suite, _ bench: Bench) async throws {
        Report.progress("measuring \(suite.rawValue) …")
        do {
            switch suite {
            case .firstToken: try FirstTokenSuite(bench: bench).run()
            case .events: try EventsSuite(bench: bench).run()
            case .fanout: try FanoutSuite(bench: bench).run()
            case .memory: try MemorySuite(bench: bench).run()
            case .start: try StartSuite(bench: bench).run()
            case .wake: try WakeSuite(bench: bench).run()
            case .hibernated: try HibernatedSuite(bench: bench).run()
            case .commit: try await CommitSuite(bench: bench).run()
            case .all: break
            }
        } catch let error as BenchmarkError where !error.isInterruption {
            bench.report.add(failure: "\(suite.rawValue): \(error)")
        }
    }
}
