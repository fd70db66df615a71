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

    @Option(help: "Where sessions are kept; only :memory: so far. (default: :memory:)")
    var store: String?

    @Option(help: "PEM file of the certificate and its chain; turns TLS on.")
    var tlsCert: String?

    @Option(help: "PEM file of the certificate's private key.")
    var tlsKey: String?

    @Option(help: "Sessions that may exist at once. (default: 100)")
    var maxSessions: Int?

    @Option(help: "Seconds an idle session without viewers lives; 0 for ever. (default: 3600)")
    var ttl: Int?

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
