import Foundation
import Testing

@testable import App

/// Who has the say over a value, and what is told about it.
struct SettingValuesTests {
    static func file(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(path: "c.yaml", Data(text.utf8))
    }

    @Test
    func `the option beats the command, the environment, the file and the default, in that order`() throws {
        let file = try Self.file("port: 4\nmax-sessions: 4\nwarm: 4\nheartbeat: 4")
        let environment = ["TROUPE_PORT": "3", "TROUPE_MAX_SESSIONS": "3", "TROUPE_WARM": "3"]
        let values = try SettingValues(
            options: ["port": ["1"]],
            presets: ("demo", ["port": "2", "max-sessions": "2"]),
            environment: environment,
            file: file
        )
        #expect(values[\.port] == 1)
        #expect(values.source(of: Settings.all.port) == .option)
        #expect(values[\.maxSessions] == 2)
        #expect(values.source(of: Settings.all.maxSessions) == .command("demo"))
        #expect(values[\.warm] == 3)
        #expect(values.source(of: Settings.all.warm) == .environment("TROUPE_WARM"))
        #expect(values[\.heartbeat] == .seconds(4))
        #expect(values.source(of: Settings.all.heartbeat) == .file(path: "c.yaml", line: 4))
        #expect(values[\.maxStarting] == 2)
        #expect(values.source(of: Settings.all.maxStarting) == .standard)
    }

    @Test
    func `lists, flags and spans have forms in every place`() throws {
        let file = try Self.file("allow-origin: [https://a, https://b]\ninsecure-allow-remote: yes\nttl: 0\nmodel:\n")
        let values = try SettingValues(options: [:], environment: ["TROUPE_SESSION_ENV": "A, B,"], file: file)
        #expect(values[\.allowOrigin] == ["https://a", "https://b"])
        #expect(values[\.insecureAllowRemote])
        #expect(values[\.ttl] == nil)
        #expect(values[\.sessionEnv] == ["A", "B"])
        #expect(values[\.model] == nil)
    }

    @Test(arguments: [
        ("prot: 1", "c.yaml:1: prot is no setting; did you mean port?"),
        ("# \n\nmax_sessions: 1", "c.yaml:3: max_sessions is no setting; did you mean max-sessions?"),
        ("port: many", "c.yaml:1: port takes a number from 0 to 65535"),
        ("port: [1]", "c.yaml:1: port takes a number from 0 to 65535"),
        ("allow-origin: https://a", "c.yaml:1: allow-origin takes a list"),
        ("tls: {cert: x}", "c.yaml:1: a name has a value or a list of values here, nothing deeper"),
        ("[1, 2]", "c.yaml is not a list of names with values, as in port: 7420"),
    ])
    func `a flaw in the file is told with its place`(text: String, message: String) throws {
        let failure = #expect(throws: Failure.self) {
            try SettingValues(options: [:], environment: [:], file: Self.file(text))
        }
        #expect(failure?.message == message)
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "~"])
    func `an empty file says nothing`(text: String) throws {
        let values = try SettingValues(options: [:], environment: [:], file: Self.file(text))
        #expect(values[\.port] == 7420)
    }

    @Test(arguments: ["port: : 1]", "port: 1\nport: 2", "port: &a [*a]", "\u{0}", "a: {"])
    func `a file that is no YAML is refused with its name`(text: String) {
        let failure = #expect(throws: Failure.self) { try Self.file(text) }
        #expect(failure?.message.hasPrefix("c.yaml") == true)
    }

    @Test
    func `a wrong value is told by the name of its place`() {
        let option = #expect(throws: Failure.self) {
            try SettingValues(options: ["port": ["x"]], environment: [:], file: nil)
        }
        #expect(option?.message == "--port takes a number from 0 to 65535")
        let variable = #expect(throws: Failure.self) {
            try SettingValues(options: [:], environment: ["TROUPE_LOG_LEVEL": "loud"], file: nil)
        }
        #expect(variable?.message.hasPrefix("TROUPE_LOG_LEVEL takes one of trace, ") == true)
    }

    @Test
    func `variables that nobody knows are told, those of others are not`() throws {
        let environment = [
            "TROUPE_MAX_SESIONS": "1", "TROUPE_OWNER": "x", "TROUPE_SCRIPT_SPEED": "1", "TROUPE_CONFIG": "",
            "TROUPE_PORT": "", "OTHER_PORT": "1",
        ]
        let values = try SettingValues(options: [:], environment: environment, file: nil)
        let warning = "TROUPE_MAX_SESIONS in the environment is no setting; did you mean TROUPE_MAX_SESSIONS?"
        #expect(values.warnings == [warning])
        #expect(values.source(of: Settings.all.port) == .standard)
    }

    @Test
    func `what differs is found, a default that is said is no difference`() throws {
        let before = try SettingValues(options: [:], environment: [:], file: Self.file("warm: 1\nagent-env: [A=1]"))
        let after = try SettingValues(options: [:], environment: [:], file: Self.file("port: 7420\nagent-env: [A=2]"))
        #expect(after.differences(from: before).map(\.name) == ["warm", "agent-env"])
    }

    @Test
    func `a secret is shown as set and nothing more`() throws {
        let values = try SettingValues(options: ["agent-env": ["TOKEN=hush"]], environment: [:], file: nil)
        let printed = PrintedConfiguration(values: values)
        for text in [printed.text, printed.json] {
            #expect(!text.contains("hush"))
            #expect(text.contains("set"))
        }
    }

    @Test
    func `the usual places are the user's, then the system's`() {
        #expect(
            ConfigurationFile.usualPaths(["HOME": "/h", "XDG_CONFIG_HOME": "/x"])
                == ["/x/troupe/config.yaml", "/etc/troupe/config.yaml"]
        )
        #expect(
            ConfigurationFile.usualPaths(["HOME": "/h", "XDG_CONFIG_HOME": "relative"])
                == ["/h/.config/troupe/config.yaml", "/etc/troupe/config.yaml"]
        )
        #expect(ConfigurationFile.usualPaths([:]) == ["/etc/troupe/config.yaml"])
    }
}
