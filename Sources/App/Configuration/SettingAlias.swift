/// A variable of another system that stands for a setting of ours, so that an environment made for that system works here
/// (docs/operations.md).
///
/// Asked last, after the command line, our own variable and the file. What would loosen a default is not taken, and what
/// cannot be taken is a warning.
struct SettingAlias: Sendable {
    /// What a variable comes to.
    enum Reading: Equatable {
        case words([String])
        /// Not taken, and why.
        case refused(String)
        /// It asks for what is so anyway.
        case nothing
    }

    /// Its name; one that ends in `_` stands for all that have a number behind that.
    let variable: String
    /// What its value comes to.
    let read: @Sendable (String) -> Reading

    init(_ variable: String, _ read: @escaping @Sendable (String) -> Reading = { .words([$0]) }) {
        self.variable = variable
        self.read = read
    }

    /// By the names of settings.
    static let all: [String: [SettingAlias]] = [
        "host": [SettingAlias("API_HOST")],
        "port": [SettingAlias("API_PORT"), SettingAlias("PORT")],
        "api-keys": ["API_KEYS", "CLINVK_API_KEYS", "CLAUDE_API_KEYS", "CLAUDE_API_KEY", "CLAUDE_API_KEY_"].map {
            SettingAlias($0, Self.keys)
        },
        "allow-origin": [SettingAlias("CORS_ORIGINS", Self.origins)],
        "workspace-root": [SettingAlias("APPROVED_DIRECTORY", Self.directory)],
        "agent": [SettingAlias("CLAUDE_CLI_PATH")],
        "model": [SettingAlias("CLAUDE_MODEL")],
        "permission-mode": [SettingAlias("CLAUDE_PERMISSION_MODE", Self.mode)],
        "agent-sandbox": [SettingAlias("SANDBOX_ENABLED", Self.sandbox)],
        "log-level": [SettingAlias("LOG_LEVEL", Self.level)],
        "cca-rate-requests": [SettingAlias("RATE_LIMIT_REQUESTS")],
        "cca-rate-window": [SettingAlias("RATE_LIMIT_WINDOW")],
        "cca-chat-timeout": [SettingAlias("CLAUDE_TIMEOUT_SECONDS")],
        "cca-max-cost-per-request": [SettingAlias("CLAUDE_MAX_COST_PER_REQUEST")],
        "cca-max-cost-per-user": [SettingAlias("CLAUDE_MAX_COST_PER_USER")],
        "cca-max-sessions-per-user": [SettingAlias("MAX_SESSIONS_PER_USER")],
    ]

    /// What the variables of other systems say of a setting: the first of them, or of a list all together.
    ///
    /// - Parameters:
    ///   - setting: which.
    ///   - environment: all of it.
    ///   - warnings: gets a line for each that is not taken.
    /// - Returns: the value and the variables that it is of; `nil` when none says anything.
    static func entry(
        for setting: any SettingDeclaration,
        _ environment: [String: String],
        _ warnings: inout [String]
    ) -> SettingValues.Entry? {
        var words: [String] = []
        var names: [String] = []
        for alias in Self.all[setting.name] ?? [] {
            for name in alias.names(in: environment) {
                guard let value = environment[name], !value.isEmpty else { continue }
                switch alias.read(value) {
                case .nothing: break
                case .refused(let reason): warnings.append("\(name) in the environment is not taken: \(reason)")
                case .words(let found) where setting.accepts(found):
                    words += found
                    names.append(name)
                case .words:
                    warnings.append("\(name) in the environment is not taken: it takes \(setting.kind.expectation)")
                }
            }
            if setting.kind != .list, !names.isEmpty { break }
        }
        guard !names.isEmpty else { return nil }
        return SettingValues.Entry(words: words, source: .environment(names.joined(separator: ", ")))
    }

    private func names(in environment: [String: String]) -> [String] {
        guard self.variable.hasSuffix("_") else { return [self.variable] }
        return environment.keys.sorted().filter { name in
            name.hasPrefix(self.variable) && name != self.variable
                && name.dropFirst(self.variable.count).allSatisfy(\.isNumber)
        }
    }

    // MARK: Values

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { word in
            var word = word.drop(while: \.isWhitespace)
            while word.last?.isWhitespace == true { word.removeLast() }
            return String(word)
        }.filter { !$0.isEmpty }
    }

    private static func keys(_ text: String) -> Reading {
        let keys = Self.list(text)
        // Some have the key of the Messages API under such a name, which is none of this server's.
        guard !keys.contains(where: { $0.hasPrefix("sk-ant-") }) else {
            return .refused("it is a key of Anthropic's API")
        }
        return keys.isEmpty ? .nothing : .words(keys)
    }

    private static func origins(_ text: String) -> Reading {
        let origins = Self.list(text)
        guard !origins.contains("*") else {
            return .refused("pages of any origin would reach this server; name them with --allow-origin")
        }
        return origins.isEmpty ? .nothing : .words(origins)
    }

    private static func directory(_ text: String) -> Reading {
        text.hasPrefix("/") ? .words([text]) : .refused("it is no absolute path")
    }

    private static func mode(_ text: String) -> Reading {
        ["default", "acceptEdits", "plan"].contains(text)
            ? .words([text]) : .refused("say it with --permission-mode, for it may ask nobody")
    }

    private static func sandbox(_ text: String) -> Reading {
        ["true", "1", "yes", "on"].contains(text.lowercased()) ? .words(["on"]) : .nothing
    }

    private static func level(_ text: String) -> Reading {
        switch text.lowercased() {
        case "warn": .words(["warning"])
        case "critical", "fatal": .words(["error"])
        case let level: .words([level])
        }
    }
}
