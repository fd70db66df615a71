import Testing

@testable import App

/// Variables of other systems: what is taken of them, and what is not.
struct SettingAliasTests {
    private static func values(
        _ environment: [String: String],
        options: [String: [String]] = [:]
    ) throws -> SettingValues {
        try SettingValues(options: options, environment: environment, file: nil)
    }

    @Test
    func `an environment made for claude-code-api is understood`() throws {
        let values = try Self.values([
            "API_HOST": "127.0.0.2", "API_PORT": "8000", "API_KEYS": "one-key-of-sixteen, another-key-of-16",
            "APPROVED_DIRECTORY": "/srv/projects", "CLAUDE_MODEL": "opus", "CLAUDE_PERMISSION_MODE": "plan",
            "CORS_ORIGINS": "https://a.example,https://b.example", "LOG_LEVEL": "WARN", "SANDBOX_ENABLED": "true",
            "RATE_LIMIT_REQUESTS": "100", "RATE_LIMIT_WINDOW": "10", "CLAUDE_MAX_COST_PER_REQUEST": "2.5",
            "CLAUDE_MAX_COST_PER_USER": "0", "MAX_SESSIONS_PER_USER": "3", "CLAUDE_TIMEOUT_SECONDS": "30",
        ])
        #expect(values[\.host] == "127.0.0.2" && values[\.port] == 8000)
        #expect(values[\.apiKeys] == ["one-key-of-sixteen", "another-key-of-16"])
        #expect(values[\.workspaceRoot] == ["/srv/projects"] && values[\.model] == "opus")
        #expect(values[\.permissionMode] == "plan" && values[\.agentSandbox] == "on")
        #expect(values[\.allowOrigin] == ["https://a.example", "https://b.example"] && values[\.logLevel] == "warning")
        #expect(values[\.ccaRateRequests] == 100 && values[\.ccaRateWindow] == .seconds(10))
        #expect(values[\.ccaMaxCostPerRequest] == 2.5 && values[\.ccaMaxCostPerUser] == nil)
        #expect(values[\.ccaMaxSessionsPerUser] == 3 && values[\.ccaChatTimeout] == .seconds(30))
        #expect(values.source(of: Settings.all.port) == .environment("API_PORT"))
        #expect(values.warnings.isEmpty)
    }

    @Test
    func `the keys of all systems count together, and each has its numbers`() throws {
        let values = try Self.values([
            "CLINVK_API_KEYS": "key-of-clinvoker-1", "CLAUDE_API_KEY": "key-of-the-rest-0", "CLAUDE_API_KEY_2": "two",
            "CLAUDE_API_KEY_1": "one", "CLAUDE_API_KEY_NAME": "none",
        ])
        #expect(values[\.apiKeys] == ["key-of-clinvoker-1", "key-of-the-rest-0", "one", "two"])
    }

    @Test
    func `our own names count more, the file too`() throws {
        let file = try SettingValuesTests.file("model: filed")
        let environment = ["PORT": "1", "TROUPE_PORT": "2", "CLAUDE_MODEL": "theirs", "LOG_LEVEL": "debug"]
        let values = try SettingValues(options: ["log-level": ["error"]], environment: environment, file: file)
        #expect(values[\.port] == 2 && values[\.model] == "filed" && values[\.logLevel] == "error")
    }

    @Test(arguments: [
        ("CORS_ORIGINS", "*"), ("CLAUDE_PERMISSION_MODE", "bypassPermissions"), ("APPROVED_DIRECTORY", "."),
        ("CLAUDE_API_KEY", "sk-ant-api03-x"), ("PORT", "many"), ("LOG_LEVEL", "loud"),
    ])
    func `what would loosen something or cannot be is not taken, and that is said`(name: String, value: String) throws {
        let values = try Self.values([name: value])
        #expect(values.warnings.count == 1 && values.warnings[0].hasPrefix("\(name) in the environment is not taken"))
        #expect(values.differences(from: try Self.values([:])).isEmpty)
    }

    @Test
    func `every alias is of a setting`() {
        #expect(Set(SettingAlias.all.keys).subtracting(Settings.declarations.map(\.name)).isEmpty)
    }
}
