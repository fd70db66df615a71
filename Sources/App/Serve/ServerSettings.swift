import Actors
import Agent
import Configuration
import Foundation
import Logging
import SystemPackage
import Transport

/// Everything `serve` needs, checked: from the options, then `TROUPE_…` in the environment, then the defaults.
struct ServerSettings: Sendable {
    var transport = TransportServer.Configuration()
    var supervisor = Supervisor.Configuration()
    var plan: LaunchPlan
    var version: ServerVersion
    /// What running turns get to finish.
    var drainTimeout: Duration
    /// The database's path; `nil` when nothing is kept.
    var storePath: String?
    /// Processes kept ready for new sessions.
    var warm: Int
    /// Processes that may start at once.
    var maximumStarting: Int
    var logLevel: Logger.Level

    /// - Throws: `Failure` with one line for the person who started the server.
    init(_ options: ServeOptions) async throws {
        let environment = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "troupe")
        func text(_ option: String?, _ key: ConfigKey) -> String? {
            option ?? environment.string(forKey: key)
        }
        func number(
            _ option: Int?,
            _ key: ConfigKey,
            _ name: String,
            _ range: ClosedRange<Int>,
            _ standard: Int
        ) throws -> Int {
            let raw = environment.string(forKey: key)
            guard let value = option ?? (raw == nil ? standard : raw.flatMap { Int($0) }), range.contains(value) else {
                throw Failure("--\(name) takes a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }

        self.transport.host = text(options.host, "host") ?? "127.0.0.1"
        self.transport.port = try number(options.port, "port", "port", 0...65535, 7420)
        self.transport.allowedOrigins = options.allowOrigin
        self.transport.fanout.heartbeat = .seconds(
            try number(options.heartbeat, "heartbeat", "heartbeat", 1...3600, 15)
        )
        self.supervisor.maximumSessions = try number(
            options.maxSessions,
            "max.sessions",
            "max-sessions",
            1...10_000,
            1000
        )
        self.supervisor.epoch = { Timestamp.epoch() }
        func span(_ option: Int?, _ key: ConfigKey, _ name: String, _ standard: Int) throws -> Duration? {
            let seconds = try number(option, key, name, 0...31_536_000, standard)
            return seconds == 0 ? nil : .seconds(seconds)
        }
        self.supervisor.session.timeToLive = try span(options.ttl, "ttl", "ttl", 86_400)
        self.supervisor.session.hibernateAfter = try span(
            options.hibernateAfter,
            "hibernate.after",
            "hibernate-after",
            600
        )
        self.supervisor.session.approvalTimeout = try span(
            options.approvalTimeout,
            "approval.timeout",
            "approval-timeout",
            1800
        )
        let stallLimit = try span(options.stallTimeout, "stall.timeout", "stall-timeout", 600)
        self.supervisor.session.stallLimit = stallLimit
        if let stallLimit { self.supervisor.session.stallNotice = stallLimit / 5 }
        self.warm = try number(options.warm, "warm", "warm", 0...1000, 0)
        self.maximumStarting = try number(options.maxStarting, "max.starting", "max-starting", 1...1000, 2)
        let floor = try number(options.memoryFloor, "memory.floor", "memory-floor", 0...1_000_000_000, 512)
        if floor > 0 { self.supervisor.isMemoryShort = { Memory.availableMiB.map { $0 < floor } ?? false } }
        self.drainTimeout = .seconds(try number(options.drainTimeout, "drain.timeout", "drain-timeout", 0...3600, 10))

        let level = text(options.logLevel, "log.level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else { throw Failure("--log-level does not know \(level)") }
        self.logLevel = logLevel
        let store = text(options.store, "store") ?? Self.defaultStore
        self.storePath = store == ":memory:" ? nil : store

        let agent = try await Self.agent(text(options.agent, "agent"))
        let directory = text(options.cwd, "cwd") ?? FileManager.default.currentDirectoryPath
        self.plan = LaunchPlan(executable: agent.path, defaultDirectory: try Self.directory(directory))
        self.version = ServerVersion(troupe: Troupe.version, agent: agent.version)
        self.plan.model = text(options.model, "model")
        self.plan.permissionMode = text(options.permissionMode, "permission.mode")
        self.plan.configDirectory = text(options.claudeConfigDir, "claude.config.dir")
        self.plan.streamEventHold = .milliseconds(try number(options.holdMs, "hold.ms", "hold-ms", 0...10_000, 20))
        self.plan.sessionVariables = Set(options.sessionEnv)
        self.plan.extraEnvironment = try Self.variables(options.agentEnvironment)
        self.transport.tls = try Self.tls(
            certificate: text(options.tlsCert, "tls.cert"),
            key: text(options.tlsKey, "tls.key")
        )
        if !self.transport.isLoopback, !options.insecureAllowRemote {
            throw Failure(
                "\(self.transport.host) can be reached from other machines, and whoever reaches it runs commands here; "
                    + "this version knows no keys: keep to 127.0.0.1, or say --insecure-allow-remote"
            )
        }
    }

    /// `$XDG_STATE_HOME/troupe/troupe.db`, by default in `~/.local/state` (XDG Base Directory Specification).
    private static var defaultStore: String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let directory = state ?? "\(environment["HOME"] ?? NSHomeDirectory())/.local/state"
        return "\(directory)/troupe/troupe.db"
    }

    private static func agent(_ name: String?) async throws -> (path: String, version: String) {
        do {
            let executable = try AgentExecutable.locate(explicit: name)
            return (executable.path.string, try await executable.version())
        } catch {
            throw Failure(
                "no Claude Code CLI: \(error.detail)\(error.cause.map { " (\($0))" } ?? ""); install it (npm install -g @anthropic-ai/claude-code), "
                    + "name it with --agent, or look around with `troupe demo`"
            )
        }
    }

    private static func directory(_ path: String) throws -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw Failure("--cwd: \(path) is not a directory")
        }
        return URL(filePath: path).standardizedFileURL.path
    }

    private static func variables(_ pairs: [String]) throws -> [String: String] {
        var variables: [String: String] = [:]
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                throw Failure("--agent-env takes NAME=VALUE")
            }
            variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        return variables
    }

    private static func tls(certificate: String?, key: String?) throws -> TLSContextStore? {
        guard certificate != nil || key != nil else { return nil }
        guard let certificate, let key else { throw Failure("--tls-cert and --tls-key go together") }
        do {
            return try TLSContextStore(
                TLSConfiguration(
                    certificateChainFile: certificate,
                    privateKeyFile: key,
                    applicationProtocols: ["h2", "http/1.1"]
                )
            )
        } catch {
            throw Failure("TLS: \(error)")
        }
    }
}
