import ArgumentParser

/// What can be said on the command line of `serve` and `demo`: a line for each of `Settings`, and the file's name.
struct ServeOptions: ParsableArguments {
    @Option(\.host) var host: String?
    @Option(\.port) var port: String?
    @Option(\.tlsCert) var tlsCert: String?
    @Option(\.tlsKey) var tlsKey: String?
    @Option(\.allowOrigin) var allowOrigin: [String]
    @Option(\.allowHost) var allowHost: [String]
    @Option(\.keys) var keys: String?
    @Option(\.apiKeys) var apiKeys: [String]
    @Flag(\.insecureAllowRemote) var insecureAllowRemote: Bool?
    @Flag(\.compatPorts) var compatPorts: Bool?
    @Option(\.basePath) var basePath: String?
    @Option(\.trustedProxy) var trustedProxy: [String]
    @Option(\.forwardedHeaders) var forwardedHeaders: String?
    @Option(\.heartbeat) var heartbeat: String?
    @Option(\.drainDelay) var drainDelay: String?
    @Option(\.drainTimeout) var drainTimeout: String?

    @Option(\.maxConnections) var maxConnections: String?
    @Option(\.maxConnectionsPerAddress) var maxConnectionsPerAddress: String?
    @Option(\.requestTimeout) var requestTimeout: String?
    @Option(\.maxBodyMib) var maxBodyMib: String?
    @Option(\.maxBodiesMib) var maxBodiesMib: String?
    @Option(\.rateLight) var rateLight: String?
    @Option(\.rateWork) var rateWork: String?
    @Option(\.rateStream) var rateStream: String?
    @Option(\.rateWrongKeys) var rateWrongKeys: String?

    @Option(\.store) var store: String?
    @Option(\.maxSessions) var maxSessions: String?
    @Option(\.maxRunning) var maxRunning: String?
    @Option(\.maxWaiting) var maxWaiting: String?
    @Option(\.memoryPerProcess) var memoryPerProcess: String?
    @Option(\.ttl) var ttl: String?
    @Option(\.hibernateAfter) var hibernateAfter: String?
    @Option(\.approvalTimeout) var approvalTimeout: String?
    @Option(\.stallTimeout) var stallTimeout: String?
    @Option(\.warm) var warm: String?
    @Option(\.maxStarting) var maxStarting: String?
    @Option(\.memoryFloor) var memoryFloor: String?

    @Option(\.templates) var templates: String?
    @Option(\.allowWebhookTarget) var allowWebhookTarget: [String]

    @Option(\.agent) var agent: String?
    @Option(\.cwd) var cwd: String?
    @Option(\.model) var model: String?
    @Option(\.permissionMode) var permissionMode: String?
    @Option(\.claudeConfigDir) var claudeConfigDir: String?
    @Option(\.workspaceRoot) var workspaceRoot: [String]
    @Flag(\.sessionDirectories) var sessionDirectories: Bool?
    @Flag(\.removeSessionDirectories) var removeSessionDirectories: Bool?
    @Option(\.maxFileMib) var maxFileMib: String?
    @Option(\.workspaceQuotaMib) var workspaceQuotaMib: String?
    @Option(\.agentSandbox) var agentSandbox: String?
    @Option(\.confine) var confine: String?
    @Option(\.backend) var backend: [String]
    @Option(\.sessionEnv) var sessionEnv: [String]
    @Option(\.agentEnv) var agentEnv: [String]
    @Option(\.holdMs) var holdMs: String?

    @Option(\.mcpapiRateRequests) var mcpapiRateRequests: String?
    @Option(\.mcpapiMaxSessions) var mcpapiMaxSessions: String?
    @Option(\.ccaRateRequests) var ccaRateRequests: String?
    @Option(\.ccaRateWindow) var ccaRateWindow: String?
    @Option(\.ccaChatTimeout) var ccaChatTimeout: String?
    @Option(\.ccaMaxCostPerRequest) var ccaMaxCostPerRequest: String?
    @Option(\.ccaMaxCostPerUser) var ccaMaxCostPerUser: String?
    @Option(\.ccaMaxSessionsPerUser) var ccaMaxSessionsPerUser: String?

    @Option(\.logLevel) var logLevel: String?
    @Option(\.logFormat) var logFormat: String?
    @Option(\.trace) var trace: String?
    @Flag(\.metricsOpen) var metricsOpen: Bool?
    @Option(\.auditDays) var auditDays: String?

    @OptionGroup var configuration: ConfigurationOption

    /// What all settings come to, with the environment and the file as they are now.
    ///
    /// - Parameter presets: what the command itself sets unless an option does.
    /// - Returns: the values, checked one by one.
    /// - Throws: `Failure`, as `SettingValues` does.
    func values(presets: (command: String, values: [String: String]) = ("", [:])) throws -> SettingValues {
        try self.configuration.values(of: self.given, presets: presets)
    }

    /// What was given, by the names of settings.
    ///
    /// ArgumentParser keeps one property for each option; its label in camel case is the setting's name in kebab case.
    var given: [String: [String]] {
        var given: [String: [String]] = [:]
        for child in Mirror(reflecting: self).children {
            guard let label = child.label, label.hasPrefix("_") else { continue }
            let name = Self.settingName(ofProperty: label)
            switch child.value {
            case let option as Option<String?>: given[name] = option.wrappedValue.map { [$0] }
            case let list as Option<[String]> where !list.wrappedValue.isEmpty: given[name] = list.wrappedValue
            case let flag as Flag<Bool?>: given[name] = flag.wrappedValue.map { ["\($0)"] }
            default: break
            }
        }
        return given
    }

    /// `_maxSessions` is for `max-sessions`.
    static func settingName(ofProperty label: String) -> String {
        label.drop { $0 == "_" }.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-\(letter.lowercased())" : String(letter)
        }
    }
}
