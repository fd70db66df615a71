import Actors

/// All that can be set, each declared once.
///
/// To add one: a line here, named as the option in camel case; `@Option(\.maxSessions) var maxSessions: String?` in
/// `ServeOptions` (`[String]` for a list, `@Flag` and `Bool?` for a flag); and `values[\.maxSessions]`, typed, where
/// `ServerSettings` puts it to use.
struct Settings: Sendable {
    // Where and how it listens.
    let host = Setting.text("host", default: "127.0.0.1", "Address to listen on.")
    let port = Setting.number("port", 0...65535, default: 7420, "Port to listen on; 0 for any free one.")
    let tlsCert = Setting<String?>.text("tls-cert", "PEM file of the certificate and its chain; turns TLS on.")
    let tlsKey = Setting<String?>.text("tls-key", "PEM file of the certificate's private key.")
    let allowOrigin = Setting.list("allow-origin", "Another origin whose pages may use the server; may be repeated.")
    let allowHost = Setting.list("allow-host", "A name the server answers to, beside localhost; may be repeated.")
    let keys = Setting<String?>.text(
        "keys",
        "The file that `troupe keys` writes; once it holds a key, nobody gets in without one.",
        absent: "troupe/keys.json in the state directory"
    )
    let apiKeys = Setting.list(
        "api-keys",
        "Keys in plain, NAME:TOKEN or TOKEN, which may do everything; better in the environment than here."
    ).secret
    let insecureAllowRemote = Setting.flag(
        "insecure-allow-remote",
        "Listen on an address that other machines reach without keys or without TLS, as behind a proxy."
    )
    let compatPorts = Setting.flag(
        "compat-ports",
        "Listen on 127.0.0.1 at 8080, 3000, 8000 and 3050 too, as the systems whose clients have these ports."
    )
    let basePath = Setting.text("base-path", default: "/", "Path below which everything lives, as /troupe.")
    let trustedProxy = Setting.list(
        "trusted-proxy",
        "Address or range (10.0.0.0/8) of a proxy whose word about its clients is believed; may be repeated."
    )
    let forwardedHeaders = Setting.choice(
        "forwarded-headers",
        ["x-forwarded", "forwarded"],
        default: "x-forwarded",
        "What trusted proxies set: X-Forwarded-For and its kin, or Forwarded (RFC 7239)."
    )
    let heartbeat = Setting.seconds("heartbeat", 1...3600, default: 15, "Seconds between signs of life on a stream.")
    let drainDelay = Setting.seconds(
        "drain-delay",
        0...300,
        default: 0,
        "Seconds between not being ready any more and the drain, for load balancers to notice."
    )
    let drainTimeout = Setting.seconds(
        "drain-timeout",
        0...3600,
        default: 10,
        "Seconds running turns get to finish when the server is told to stop."
    )

    // What clients may take; docs/limits.md has the rest.
    let maxConnections = Setting.number("max-connections", 1...1_000_000, default: 10_000, "Connections at once.")
    let maxConnectionsPerAddress = Setting.number(
        "max-connections-per-address",
        1...1_000_000,
        default: 256,
        "Connections of one client address at once; those of this machine are not counted."
    )
    let requestTimeout = Setting.seconds(
        "request-timeout",
        1...3600,
        default: 30,
        "Seconds the head of a request may take, and its body beside a second for each KiB."
    )
    let maxBodyMib = Setting.number("max-body-mib", 1...1024, default: 32, "MiB that a request with a prompt may have.")
    let maxBodiesMib = Setting.number(
        "max-bodies-mib",
        1...1_000_000,
        default: 256,
        "MiB of memory that all bodies of requests and WebSocket messages may hold together."
    )
    let rateLight = Setting<Int?>.rate("rate-light", "Requests a minute that look something up").reloadable
    let rateWork = Setting<Int?>.rate("rate-work", "Requests a minute that make an agent work").reloadable
    let rateStream = Setting<Int?>.rate("rate-stream", "Streams begun a minute").reloadable
    let rateWrongKeys = Setting<Int?>.rate("rate-wrong-keys", "Wrong keys shown a minute").reloadable

    // What is kept, and how many there may be.
    let store = Setting<String?>.text(
        "store",
        "Where sessions are kept over a restart; :memory: for nowhere.",
        absent: "troupe/troupe.db in the state directory"
    )
    let maxSessions = Setting.number(
        "max-sessions",
        1...Supervisor.mostSessions,
        default: 1000,
        "Sessions that may exist at once, hibernated ones included."
    ).reloadable
    let maxRunning = Setting.limit(
        "max-running",
        0...10_000,
        default: 0,
        "Processes that may run at once; further sessions wait in line; 0 for as many as the memory holds."
    ).reloadable
    let maxWaiting = Setting.number(
        "max-waiting",
        0...10_000,
        default: 100,
        "Sessions that may wait for a process; one more is refused."
    ).reloadable
    let memoryPerProcess = Setting.number(
        "memory-per-process",
        1...1_000_000,
        default: 150,
        "MiB a process is counted with when it is let in."
    ).reloadable
    let ttl = Setting.span("ttl", default: 86_400, "Seconds an idle session without viewers lives; 0 for ever.")
        .reloadable
    let hibernateAfter = Setting.span(
        "hibernate-after",
        default: 600,
        "Seconds after which an idle session gives its process back; 0 for never."
    ).reloadable
    let approvalTimeout = Setting.span(
        "approval-timeout",
        default: 1800,
        "Seconds an approval waits before it is denied; 0 for ever."
    ).reloadable
    let stallTimeout = Setting.span(
        "stall-timeout",
        default: 600,
        "Seconds of silence after which a turn is stopped; 0 for never."
    ).reloadable
    let warm = Setting.number(
        "warm",
        0...1000,
        default: 0,
        "Processes kept ready for new sessions, about 100 MiB each."
    )
    let maxStarting = Setting.number("max-starting", 1...1000, default: 2, "Processes that may start at once.")
    let memoryFloor = Setting.number(
        "memory-floor",
        0...1_000_000_000,
        default: 512,
        "MiB of free memory below which idle sessions give their processes back; 0 for never."
    ).reloadable

    // What sessions are made of, and who is told of them.
    let templates = Setting<String?>.text(
        "templates",
        "A directory of YAML files, each a template for sessions, beside those that come with the program.",
        absent: "those alone"
    )
    let allowWebhookTarget = Setting.list(
        "allow-webhook-target",
        "A host, address or block (10.0.0.0/8) that webhooks may call although it is private; may be repeated."
    )

    // The agent.
    let agent = Setting<String?>.text("agent", "The Claude Code CLI, a path or a name on PATH.", absent: "claude")
    let cwd = Setting<String?>.text(
        "cwd",
        "Where sessions work that name no directory.",
        absent: "the current directory"
    )
    let model = Setting<String?>.text("model", "Model for sessions that name none.", absent: "the CLI's")
    let permissionMode = Setting<String?>.text(
        "permission-mode",
        "Permission mode for sessions that name none.",
        absent: "the CLI's"
    )
    let claudeConfigDir = Setting<String?>.text(
        "claude-config-dir",
        "Another configuration directory for the CLI.",
        absent: "its own, so that your login works"
    )
    // Where sessions work, and what keeps them there (docs/workspace.md).
    let workspaceRoot = Setting.list(
        "workspace-root",
        "A directory that sessions may work in, with all below it; may be repeated."
    )
    let sessionDirectories = Setting.flag(
        "session-directories",
        "Give a session that names no directory one of its own, in the first workspace root."
    )
    let removeSessionDirectories = Setting.flag(
        "remove-session-directories",
        "Remove such a directory, with all that is in it, when its session is forgotten."
    )
    let maxFileMib = Setting.number("max-file-mib", 1...1_000_000, default: 10, "MiB of one uploaded file.")
    let workspaceQuotaMib = Setting.limit(
        "workspace-quota-mib",
        0...1_000_000_000,
        default: 0,
        "MiB a session's directory may hold when a file is uploaded; 0 for what the disk has."
    )
    let agentSandbox = Setting<String?>.text(
        "agent-sandbox",
        "The CLI's own sandbox for its tools: on, or a JSON object as in its settings.",
        absent: "off"
    )
    let confine = Setting.choice(
        "confine",
        ["none", "bubblewrap"],
        default: "none",
        "What closes the agents in: the machine read-only, without homes, but for where they work."
    )
    let backend = Setting.list(
        "backend",
        "NAME=ADAPTER:COMMAND, another program that sessions may ask for by name; ADAPTER is codex or gemini; may be repeated."
    )
    let sessionEnv = Setting.list(
        "session-env",
        "A variable that a session may set in its agent's environment; may be repeated."
    )
    let agentEnv = Setting.list("agent-env", "NAME=VALUE for the agents' environment; may be repeated.").secret
    let holdMs = Setting.milliseconds(
        "hold-ms",
        0...10_000,
        default: 20,
        "Milliseconds the CLI may hold text to join it into one event."
    )

    // What clients of mcp-coding-agents are held to (docs/surfaces/coding-agents.md).
    let mcpapiRateRequests = Setting.number(
        "mcpapi-rate-requests",
        0...1_000_000,
        default: 100,
        "Requests of mcp-coding-agents' clients in an hour, for each key or else client address; 0 for no limit."
    )
    let mcpapiMaxSessions = Setting.limit(
        "mcpapi-max-sessions",
        0...10_000,
        default: 100,
        "Sessions that a caller may have made as mcp-coding-agents' client; 0 for any number."
    )

    // What clients of claude-code-api are held to (docs/surfaces/claude-code-api.md).
    let ccaRateRequests = Setting.number(
        "cca-rate-requests",
        0...1_000_000,
        default: 30,
        "Requests of claude-code-api's limited routes in a window, for each key or else client address; 0 for no limit."
    )
    let ccaRateWindow = Setting.seconds("cca-rate-window", 1...86_400, default: 60, "Seconds of that window.")
    let ccaChatTimeout = Setting.span(
        "cca-chat-timeout",
        default: 300,
        "Seconds a chat of claude-code-api may take that is answered in one piece; 0 for ever."
    )
    let ccaMaxCostPerRequest = Setting<Double?>.amount(
        "cca-max-cost-per-request",
        upTo: 1_000_000,
        default: 5,
        "USD that one request of claude-code-api may cost; 0 for any amount."
    )
    let ccaMaxCostPerUser = Setting<Double?>.amount(
        "cca-max-cost-per-user",
        upTo: 1_000_000,
        default: 50,
        "USD that the sessions of one user of claude-code-api may have cost together; 0 for any amount."
    )
    let ccaMaxSessionsPerUser = Setting.limit(
        "cca-max-sessions-per-user",
        0...10_000,
        default: 10,
        "Sessions of one user of claude-code-api; one more ends the one that was idle longest; 0 for any number."
    )

    // What the operator sees.
    let logLevel = Setting.choice(
        "log-level",
        ["trace", "debug", "info", "notice", "warning", "error"],
        default: "info",
        "How much is logged."
    ).reloadable
    let logFormat = Setting.choice(
        "log-format",
        ["auto", "text", "json"],
        default: "auto",
        "How log lines are written; auto is text on a terminal and JSON otherwise."
    )
    let trace = Setting.choice(
        "trace",
        ["off", "log"],
        default: "off",
        "Where spans of requests, turns and tools go; log writes each as a line when it ends."
    )
    let metricsOpen = Setting.flag("metrics-open", "Answer /metrics without a key too.")
    let auditDays = Setting<Int?>.limit(
        "audit-days",
        0...36_500,
        default: 90,
        "Days for which it is kept who did what; 0 for ever."
    )

    /// The one table.
    static let all = Settings()

    /// Every declaration, in the order above.
    static let declarations: [any SettingDeclaration] = Mirror(reflecting: Settings.all).children.compactMap {
        $0.value as? any SettingDeclaration
    }

    /// What else begins with `TROUPE_` and is none of the server's settings: marks of agents, the client's, the scripted
    /// agent's, the tests'.
    static let foreignPrefixes = [
        "TROUPE_OWNER", "TROUPE_URL", "TROUPE_TOKEN", "TROUPE_SCRIPT_", "TROUPE_SOAK_", "TROUPE_TEST_",
    ]
}
