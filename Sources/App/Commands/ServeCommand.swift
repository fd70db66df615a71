import Agent
import ArgumentParser
import Foundation

/// `troupe serve`: the server, with the real CLI or nothing.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve Claude Code sessions.",
        discussion: """
            Every option can also be set in the environment, e.g. as TROUPE_PORT, or in a file of YAML, as port: 7420. The \
            option wins, then the environment, then the file. A list has commas in the environment: TROUPE_SESSION_ENV=A,B.
            """
    )

    @OptionGroup var options: ServeOptions

    @Flag(help: "Show every setting, its value and where that comes from, instead of serving.")
    var printConfig = false

    @Flag(help: "With --print-config: as JSON.")
    var json = false

    func run() async throws {
        let values = try self.options.values()
        if self.printConfig {
            let printed = PrintedConfiguration(values: values)
            print(self.json ? printed.json : printed.text)
            return
        }
        guard !self.json else { throw Failure("--json goes with --print-config") }
        try await ServeProgram(ServerSettings(values)) { [options] in try options.values() }.run()
    }
}

/// `troupe demo`: the same with the scripted agent, for a look around without an account.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Serve with the scripted agent instead of Claude Code: no account, no cost."
    )

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let agent = try self.options.agent ?? ScriptedAgentLocation.find()
        let read: @Sendable () throws -> SettingValues = { [options] in
            try options.values(presets: ("demo", ["agent": agent, "store": ":memory:"]))
        }
        try await ServeProgram(ServerSettings(read()), read: read).run()
    }
}
