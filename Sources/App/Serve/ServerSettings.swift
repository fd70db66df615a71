import Actors
import Agent
import Foundation
import Logging
import SystemPackage
import Transport

/// Everything `serve` needs, checked and put into the shapes of the parts it goes to.
struct ServerSettings: Sendable {
    var transport = TransportServer.Configuration()
    var supervisor = Supervisor.Configuration()
    var plan: LaunchPlan
    var version: ServerVersion
    /// Between not being ready any more and the drain.
    let drainDelay: Duration
    /// What running turns get to finish.
    let drainTimeout: Duration
    /// The operator's templates; `nil` for the built-in ones alone.
    var templates: TemplateDirectory
    /// Which addresses webhooks may call.
    var webhookTargets: AddressPolicy
    /// The database's path; `nil` when nothing is kept.
    var storePath: String?
    /// Processes kept ready for new sessions.
    var warm: Int
    /// Processes that may start at once.
    var maximumStarting: Int
    let logLevel: Live<Logger.Level>
    let logFormat: LogFormat
    /// Whether spans go to the log.
    let isTracing: Bool
    /// What is kept of who did what.
    var audit = AuditTrail.Limits()
    /// MiB of free memory below which idle sessions give their processes back.
    let memoryFloor: Live<Int>
    /// Where all this came from.
    let values: SettingValues

    /// - Throws: `Failure` with one line for the person who started the server.
    init(_ values: SettingValues) async throws {
        self.values = values
        self.transport.host = values[\.host]
        self.transport.port = values[\.port]
        if values[\.compatPorts] { self.transport.surfacePorts = TransportServer.SurfacePort.classic }
        self.transport.allowedOrigins = values[\.allowOrigin]
        self.transport.codingAgents.requestsPerHour = values[\.mcpapiRateRequests]
        self.transport.codingAgents.maximumSessions = values[\.mcpapiMaxSessions]
        self.transport.codeAPI.rateRequests = values[\.ccaRateRequests]
        self.transport.codeAPI.rateWindow = values[\.ccaRateWindow]
        self.transport.codeAPI.chatTimeout = values[\.ccaChatTimeout]
        self.transport.codeAPI.maximumCostPerRequest = values[\.ccaMaxCostPerRequest]
        self.transport.codeAPI.maximumCostPerUser = values[\.ccaMaxCostPerUser]
        self.transport.codeAPI.maximumSessionsPerUser = values[\.ccaMaxSessionsPerUser]
        self.transport.clients = try Self.clients(values)
        self.transport.fanout.heartbeat = values[\.heartbeat]
        self.transport.limits = Self.limits(values, self.transport.clients)
        self.supervisor.epoch = { Timestamp.epoch() }
        Self.setLimits(of: &self.supervisor, values)
        self.warm = values[\.warm]
        self.maximumStarting = values[\.maxStarting]
        let memoryFloor = Live(values[\.memoryFloor])
        self.memoryFloor = memoryFloor
        self.supervisor.isMemoryShort = {
            let floor = memoryFloor.value
            return floor > 0 && Memory.availableMiB.map { $0 < floor } ?? false
        }
        self.drainDelay = values[\.drainDelay]
        self.supervisor.admission.memory = {
            let floor = memoryFloor.value
            return floor > 0 ? Memory.availableMiB.map { ($0, floor) } : nil
        }
        self.drainTimeout = values[\.drainTimeout]
        self.logLevel = Live(values.logLevel)
        self.logFormat = LogFormat(values[\.logFormat], for: STDERR_FILENO)
        self.isTracing = values[\.trace] == "log"
        self.audit.days = values[\.auditDays]
        self.transport.isMetricsOpen = values[\.metricsOpen]
        self.storePath = Self.storePath(values)
        let templates = try values[\.templates].map { try Self.directory($0, of: "templates") }
        self.templates = TemplateDirectory(path: templates)
        self.webhookTargets = try Self.targets(values[\.allowWebhookTarget])

        let agent = try await Self.agent(values[\.agent])
        let directory = values[\.cwd] ?? FileManager.default.currentDirectoryPath
        self.plan = LaunchPlan(executable: agent.path, defaultDirectory: try Self.directory(directory))
        self.version = ServerVersion(troupe: Troupe.version, agent: agent.version)
        self.plan.model = values[\.model]
        self.plan.permissionMode = values[\.permissionMode]
        self.plan.configDirectory = values[\.claudeConfigDir]
        self.plan.streamEventHold = values[\.holdMs]
        self.plan.sessionVariables = Set(values[\.sessionEnv])
        self.plan.backends = try Self.backends(values[\.backend])
        self.plan.extraEnvironment = try Self.variables(values[\.agentEnv])
        self.transport.tls = try Self.tls(certificate: values[\.tlsCert], key: values[\.tlsKey])
        self.transport.allowedHosts = values[\.allowHost]
        let keys = try Self.keyRing(values)
        self.transport.keys = keys
        self.supervisor.admission.keyLimits = { keys.limits(of: $0) }
        self.transport.rates.set(Self.rates(values, self.transport))
        try self.confine(values)
        try Self.checkExposure(self.transport, values)
    }

    /// Whoever reaches a server without keys runs commands here; without TLS, its own or a proxy's, the keys can be read on the
    /// way.
    private static func checkExposure(_ transport: TransportServer.Configuration, _ values: SettingValues) throws {
        guard !transport.isLoopback, !values[\.insecureAllowRemote] else { return }
        let missing = [
            transport.keys.isRequired ? nil : "keys (troupe keys create)",
            transport.tls == nil && transport.clients.trusted.isEmpty
                ? "TLS (--tls-cert and --tls-key, or a --trusted-proxy that speaks it)" : nil,
        ].compactMap { $0 }
        guard !missing.isEmpty else { return }
        throw Failure(
            "\(transport.host) can be reached from other machines, and whoever reaches it runs commands here; it needs "
                + "\(missing.joined(separator: " and ")): or keep to 127.0.0.1, or say --insecure-allow-remote"
        )
    }

    private static func keyRing(_ values: SettingValues) throws -> KeyRing {
        let plain = try values[\.apiKeys].map { text in
            guard let key = KeyRing.PlainKey(text) else {
                throw Failure("--api-keys takes NAME:TOKEN or TOKEN with at least 16 characters in the token")
            }
            return key
        }
        do {
            return try KeyRing(file: KeyFile(path: values[\.keys] ?? Self.defaultKeys), plain: plain)
        } catch {
            throw Failure("--keys: \(error.message)")
        }
    }

    /// `$XDG_STATE_HOME/troupe/keys.json`.
    static var defaultKeys: String { "\(Self.stateDirectory)/keys.json" }

    /// The limits of the house that a reload may change.
    static func setLimits(of supervisor: inout Supervisor.Configuration, _ values: SettingValues) {
        supervisor.maximumSessions = values[\.maxSessions]
        supervisor.admission.maximumRunning = values[\.maxRunning]
        supervisor.admission.maximumWaiting = values[\.maxWaiting]
        supervisor.admission.memoryPerProcess = values[\.memoryPerProcess]
        supervisor.session.timeToLive = values[\.ttl]
        supervisor.session.hibernateAfter = values[\.hibernateAfter]
        supervisor.session.approvalTimeout = values[\.approvalTimeout]
        supervisor.session.stallLimit = values[\.stallTimeout]
        supervisor.session.stallNotice =
            values[\.stallTimeout].map { $0 / 5 } ?? SessionMachine.Configuration().stallNotice
    }

    /// Brings what a reload may change into force; the limits of the house go to the supervisor.
    func takeUp(_ values: SettingValues) {
        self.logLevel.value = values.logLevel
        self.memoryFloor.value = values[\.memoryFloor]
        self.transport.rates.set(Self.rates(values, self.transport))
    }

    /// None for a server of one person on their own machine, unless an option says so.
    private static func rates(_ values: SettingValues, _ transport: TransportServer.Configuration) -> RateLimits {
        var rates = transport.keys.isRequired || !transport.isLoopback ? RateLimits.shared : .none
        if let light = values[\.rateLight] { rates.light = light }
        if let work = values[\.rateWork] { rates.work = work }
        if let stream = values[\.rateStream] { rates.stream = stream }
        if let failures = values[\.rateWrongKeys] { rates.failures = failures }
        return rates
    }

    private static func limits(_ values: SettingValues, _ clients: ClientResolver) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.maximumConnections = values[\.maxConnections]
        limits.maximumConnectionsPerAddress = values[\.maxConnectionsPerAddress]
        limits.requestTimeout = values[\.requestTimeout]
        limits.maximumBodyBytes = values[\.maxBodyMib] << 20
        limits.maximumBodiesBytes = values[\.maxBodiesMib] << 20
        limits.proxies = clients.trusted
        limits.exemptsLoopback = clients.trusted.isEmpty
        return limits
    }

    /// The database's path; `nil` when nothing is kept.
    static func storePath(_ values: SettingValues) -> String? {
        let store = values[\.store] ?? "\(Self.stateDirectory)/troupe.db"
        return store == ":memory:" ? nil : store
    }

    /// `$XDG_STATE_HOME/troupe`, by default in `~/.local/state` (XDG Base Directory Specification).
    private static var stateDirectory: String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let directory = state ?? "\(environment["HOME"] ?? NSHomeDirectory())/.local/state"
        return "\(directory)/troupe"
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

    private static func targets(_ words: [String]) throws -> AddressPolicy {
        let exceptions = try words.map { word in
            guard let exception = AddressPolicy.Exception(word) else {
                throw Failure("--allow-webhook-target: \(word) is no host, address or block such as 10.0.0.0/8")
            }
            return exception
        }
        return AddressPolicy(allowing: exceptions)
    }

    private static func directory(_ path: String, of option: String = "cwd") throws -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw Failure("--\(option): \(path) is not a directory")
        }
        return URL(filePath: path).standardizedFileURL.path
    }

    private static func clients(_ values: SettingValues) throws -> ClientResolver {
        guard let base = BasePath(values[\.basePath]) else {
            throw Failure("--base-path: \(values[\.basePath]) is no path of plain names, as /troupe")
        }
        let trusted = try values[\.trustedProxy].map { text in
            guard let range = AddressRange(text) else {
                throw Failure("--trusted-proxy: \(text) is no address and no range of addresses, as 10.0.0.0/8")
            }
            return range
        }
        let fields = ClientResolver.Fields(rawValue: values[\.forwardedHeaders]) ?? .xForwarded
        return ClientResolver(trusted: trusted, fields: fields, base: base)
    }

    /// The usual programs, with those in their place that are named.
    static func backends(_ words: [String]) throws -> [AgentBackend] {
        var backends = AgentBackend.usual
        for word in words {
            let sides = word.split(separator: "=", maxSplits: 1)
            let parts = sides.count == 2 ? sides[1].split(separator: ":", maxSplits: 1) : []
            guard parts.count == 2, Identifier.isAcceptable(String(sides[0])),
                let adapter = AgentBackend.Adapter(rawValue: String(parts[0])), adapter != .claude,
                sides[0] != AgentBackend.standardName
            else { throw Failure("--backend takes NAME=ADAPTER:COMMAND, where ADAPTER is codex or gemini") }
            let backend = AgentBackend(name: String(sides[0]), adapter: adapter, command: String(parts[1]))
            if let place = backends.firstIndex(where: { $0.name == backend.name }) {
                backends[place] = backend
            } else {
                backends.append(backend)
            }
        }
        return backends
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

extension SettingValues {
    /// The level as swift-log has it; the setting's words are its.
    fileprivate var logLevel: Logger.Level { Logger.Level(rawValue: self[\.logLevel]) ?? .info }
}
