import Agent
import ArgumentParser

/// `troupe serve`: the server, with the real CLI or nothing.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve Claude Code sessions.",
        discussion: """
            An option that takes one value can also be set in the environment, e.g. as TROUPE_PORT; the option wins.
            """
    )

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let settings = try await ServerSettings(self.options)
        try await ServeProgram(settings).run()
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
        var options = self.options
        options.agent = try options.agent ?? ScriptedAgentLocation.find()
        options.store = options.store ?? ":memory:"
        try await ServeProgram(await ServerSettings(options)).run()
    }
}

/// What can be said on the command line; a single value that is absent comes from the environment or the defaults.
struct ServeOptions: ParsableArguments {
    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "Port to listen on; 0 for any free one. (default: 7420)")
    var port: Int?

    @Option(help: "The Claude Code CLI, a path or a name on PATH. (default: claude)")
    var agent: String?

    @Option(help: "Where sessions work that name no directory. (default: the current directory)")
    var cwd: String?

    @Option(
        help:
            "Where sessions are kept over a restart; :memory: for nowhere. (default: troupe/troupe.db in the state directory)"
    )
    var store: String?

    @Option(help: "PEM file of the certificate and its chain; turns TLS on.")
    var tlsCert: String?

    @Option(help: "PEM file of the certificate's private key.")
    var tlsKey: String?

    @Option(help: "Sessions that may exist at once, hibernated ones included. (default: 1000)")
    var maxSessions: Int?

    @Option(help: "Seconds an idle session without viewers lives; 0 for ever. (default: 86400)")
    var ttl: Int?

    @Option(help: "Seconds after which an idle session gives its process back; 0 for never. (default: 600)")
    var hibernateAfter: Int?

    @Option(help: "Seconds an approval waits before it is denied; 0 for ever. (default: 1800)")
    var approvalTimeout: Int?

    @Option(help: "Seconds of silence after which a turn is stopped; 0 for never. (default: 600)")
    var stallTimeout: Int?

    @Option(help: "Processes kept ready for new sessions, about 100 MiB each. (default: 0)")
    var warm: Int?

    @Option(help: "Processes that may start at once. (default: 2)")
    var maxStarting: Int?

    @Option(help: "MiB of free memory below which idle sessions give their processes back; 0 for never. (default: 512)")
    var memoryFloor: Int?

    @Option(help: "A variable that a session may set in its agent's environment; may be repeated.")
    var sessionEnv: [String] = []

    @Option(help: "Model for sessions that name none. (default: the CLI's)")
    var model: String?

    @Option(help: "Permission mode for sessions that name none. (default: the CLI's)")
    var permissionMode: String?

    @Option(help: "Another configuration directory for the CLI. (default: its own, so that your login works)")
    var claudeConfigDir: String?

    @Option(help: "Milliseconds the CLI may hold text to join it into one event. (default: 20)")
    var holdMs: Int?

    @Option(help: "Seconds running turns get to finish when the server is told to stop. (default: 10)")
    var drainTimeout: Int?

    @Option(help: "Seconds between signs of life on a stream. (default: 15)")
    var heartbeat: Int?

    @Option(help: "trace, debug, info, notice, warning or error. (default: info)")
    var logLevel: String?

    @Option(name: .customLong("agent-env"), help: "NAME=VALUE for the agents' environment; may be repeated.")
    var agentEnvironment: [String] = []

    @Option(help: "Another origin whose pages may use the server; may be repeated.")
    var allowOrigin: [String] = []

    @Flag(help: "Listen on an address that other machines reach, though this version knows no keys.")
    var insecureAllowRemote = false
}
